package io.madeleine.server.openai;

import io.madeleine.conversation.completion.Completing;
import io.madeleine.conversation.completion.Completion;
import io.madeleine.conversation.completion.CompletionRequest;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.completion.Program;
import io.madeleine.conversation.mind.EpisodicConversation;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.mind.EpisodicTurn;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.chat.AnswerPart;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.generation.Usage;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.server.access.Caller;
import io.madeleine.server.compute.Computing;
import io.madeleine.server.openai.protocol.ChatRequest;
import io.madeleine.server.openai.protocol.OpenAiException;
import io.madeleine.spring.metrics.AnswerObservations;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Answers a request, in a conversation that is remembered or from the messages alone. */
@Component
class Answers {

  private static final int LONGEST = 1_024;

  private final ReadyModel model;
  private final Completions completions;
  private final EpisodicConversations conversations;
  private final Forms forms;
  private final AnsweredTurns turns;
  private final AnswerObservations observations;
  private final Computing computing;

  Answers(
      ReadyModel model,
      Completions completions,
      EpisodicConversations conversations,
      Forms forms,
      AnsweredTurns turns,
      AnswerObservations observations,
      Computing computing) {
    this.model = model;
    this.completions = completions;
    this.conversations = conversations;
    this.forms = forms;
    this.turns = turns;
    this.observations = observations;
    this.computing = computing;
  }

  /** {@return the name to answer under: the one that was asked for, or the model's own} */
  String modelName(String asked) {
    return asked.isEmpty() || asked.equals("default") ? model.name() : asked;
  }

  void answer(Caller caller, Optional<String> conversation, ChatRequest chat, AnswerWriter writer) {
    boolean saysSomething = chat.messages().getLast() instanceof ChatMessage.User;
    var running = observations.start("madeleine", model.name());
    try {
      Usage usage =
          conversation.isPresent() && saysSomething && chat.tools().isEmpty()
              ? say(caller, conversation.get(), chat, writer)
              : complete(caller, conversation, chat, writer);
      running.ended(usage.promptTokens(), usage.cachedTokens(), usage.answerTokens());
    } catch (RuntimeException | Error e) {
      running.failed(e);
      throw e;
    }
  }

  private Usage say(Caller caller, String id, ChatRequest chat, AnswerWriter writer) {
    if (chat.topChances() >= 0) {
      throw OpenAiException.unsupported(
          "logprobs",
          "logprobs are told of answers from messages alone, and conversation '%s' is remembered:"
                  .formatted(id)
              + " leave logprobs out, or name no conversation");
    }
    EpisodicConversation conversation =
        conversations.conversation(caller.conversation(id), instruction(chat.messages()));
    var options =
        new GenerationOptions(
            chat.sampling(),
            new StopRule(model.stopIds(), chat.stops(), chat.maxTokens().orElse(LONGEST)),
            chat.form().map(forms::mask),
            -1,
            model.spoken(List.of()),
            model.never(List.of()));
    String said = chat.messages().getLast().text();
    var parts = new TurnParts();
    CompletableFuture<EpisodicTurn> saying =
        computing.start(() -> conversation.say(said, options, parts, writer.cancel()));
    parts.tell(saying, writer);
    EpisodicTurn turn = Computing.result(saying);
    var usage = new Usage(turn.read() + turn.saved(), turn.saved(), turn.written());
    writer.finished(turn.answer(), turn.finish(), usage);
    return usage;
  }

  /** {@return all that the operator says, wherever it stands, as the one thing that holds} */
  private static List<ChatMessage> instruction(List<ChatMessage> messages) {
    List<ChatMessage> told =
        messages.stream().filter(ChatMessage.System.class::isInstance).toList();
    String whole =
        told.stream()
            .map(ChatMessage::text)
            .filter(text -> !text.isEmpty())
            .collect(Collectors.joining("\n\n"));
    return told.isEmpty() ? List.of() : List.of(new ChatMessage.System(whole));
  }

  private Usage complete(
      Caller caller, Optional<String> conversation, ChatRequest chat, AnswerWriter writer) {
    model
        .refusal(chat.tools())
        .ifPresent(
            why -> {
              throw OpenAiException.unsupported("tools", why);
            });
    var request =
        new CompletionRequest(
                caller.tenant(),
                chat.messages(),
                chat.tools(),
                chat.sampling(),
                chat.stops(),
                chat.maxTokens(),
                chat.form().map(forms::mask),
                chat.topChances())
            .in(new Program(conversation.map(caller::conversation), Map.of()));
    var probabilities =
        new Probabilities(
            model.words().tokenizer().stream(model.spoken(chat.tools())),
            model.stopIds(),
            chat.topChances());
    var parts = new AnswerParts();
    Completing completing = completions.start(request, parts);
    var calls = new int[1];
    Completion completion =
        parts.tell(
            completing,
            writer::waiting,
            (part, chances) -> {
              probabilities.of(chances).forEach(writer::probability);
              switch (part) {
                case AnswerPart.Text(String text) -> writer.text(text);
                case AnswerPart.Thinking(String text) -> writer.thinking(text);
                case AnswerPart.Call(var call) -> {
                  if (calls[0] < chat.mostCalls()) {
                    writer.call(calls[0]++, call);
                  }
                }
                case AnswerPart.MalformedCall wrong -> writer.text(wrong.written());
              }
            });
    ChatMessage.Assistant said = said(completion, chat.mostCalls());
    conversation
        .map(caller::conversation)
        .ifPresent(key -> turns.remember(key, chat.messages(), said, completion.finish()));
    writer.finished(said, completion.finish(), completion.usage());
    return completion.usage();
  }

  /**
   * {@return the answer, with the first {@code mostCalls} of its calls} Calls that the model got
   * wrong are text in it, as in a stream.
   */
  static ChatMessage.Assistant said(Completion completion, int mostCalls) {
    ChatMessage.Assistant message = completion.message();
    String wrong =
        completion.malformed().stream()
            .map(AnswerPart.MalformedCall::written)
            .collect(Collectors.joining());
    return new ChatMessage.Assistant(
        message.text() + wrong,
        message.thinking(),
        message.toolCalls().stream().limit(mostCalls).toList());
  }
}
