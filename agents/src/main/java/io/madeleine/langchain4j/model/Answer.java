package io.madeleine.langchain4j.model;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.madeleine.conversation.completion.Completing;
import io.madeleine.conversation.completion.Completion;
import io.madeleine.conversation.completion.CompletionListener;
import io.madeleine.conversation.completion.CompletionRequest;
import io.madeleine.conversation.scheduling.OverloadedException;
import io.madeleine.engine.chat.AnswerPart.MalformedCall;
import io.madeleine.engine.chat.AnswerPart.Problem;
import io.madeleine.engine.kv.PoolExhaustedException;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.langchain4j.message.Messages;
import java.util.ArrayList;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One answer: asked for, asked for once more if a tool was called wrongly, and told. One thread
 * gets it; any thread may cancel.
 */
final class Answer {

  private final ModelSettings settings;
  private final CompletionListener listener;
  private volatile @Nullable Completing running;
  private volatile boolean cancelled;

  Answer(ModelSettings settings, CompletionListener listener) {
    this.settings = settings;
    this.listener = listener;
  }

  /** Ends it before its next token. */
  void cancel() {
    cancelled = true;
    Completing now = running;
    if (now != null) {
      now.cancel();
    }
  }

  boolean isCancelled() {
    return cancelled;
  }

  /**
   * {@return the answer} Waits for it; a thread that is interrupted cancels it.
   *
   * @param request makes the request, afresh for each attempt, since a form is used once
   * @throws MalformedToolCallException if a tool is called wrongly twice, or a call is cut off
   * @throws RateLimitException if there is no room for it now, to run or to wait or for its keys
   *     and values
   * @throws InvalidRequestException if it does not fit the model's context, or the memory for keys
   *     and values even alone, or is wrong otherwise
   * @throws LangChain4jException if it fails for any other reason
   */
  ChatResponse get(Supplier<CompletionRequest> request) {
    Completion first = complete(request.get());
    if (!callsWrongly(first)) {
      return response(first, MadeleineTokenUsage.of(first.usage()));
    }
    Completion second = complete(repairing(request.get(), first.malformed().getFirst()));
    if (callsWrongly(second)) {
      throw new MalformedToolCallException(second.malformed().getFirst());
    }
    return response(
        second, MadeleineTokenUsage.of(first.usage()).add(MadeleineTokenUsage.of(second.usage())));
  }

  /** {@return whether it has to be asked for again} That would not help where a call is cut off. */
  private boolean callsWrongly(Completion completion) {
    if (completion.malformed().isEmpty() || cancelled) {
      return false;
    }
    if (endsInsideACall(completion)) {
      throw MalformedToolCallException.cutOff(completion.usage().answerTokens());
    }
    return true;
  }

  /** A call with any other fault could be read, so it is whole. */
  private static boolean endsInsideACall(Completion completion) {
    Problem last = completion.malformed().getLast().problem();
    return completion.finish() == io.madeleine.engine.generation.FinishReason.LENGTH
        && (last == Problem.UNFINISHED || last == Problem.NOT_READABLE);
  }

  private static CompletionRequest repairing(CompletionRequest request, MalformedCall wrong) {
    var messages = new ArrayList<>(request.messages());
    messages.add(new ChatMessage.Assistant(wrong.written()));
    // With the question behind it, since small models answer what they read last.
    String question =
        request.messages().getLast() instanceof ChatMessage.User(String text) ? text : "";
    messages.add(
        new ChatMessage.User(
            "That call could not be used: %s. Call again, correctly. %s"
                .formatted(wrong.detail(), question)
                .strip()));
    return new CompletionRequest(
        request.tenant(),
        messages,
        request.tools(),
        request.sampling(),
        request.stops(),
        request.maxTokens(),
        request.form(),
        request.topChances(),
        request.program());
  }

  private Completion complete(CompletionRequest request) {
    Completing completing = start(request);
    running = completing;
    if (cancelled) {
      completing.cancel();
    }
    Future<Completion> done = completing.done();
    try {
      return done.get();
    } catch (InterruptedException e) {
      completing.cancel();
      Thread.currentThread().interrupt();
      throw new LangChain4jException("the thread that waited for the answer was interrupted", e);
    } catch (CancellationException e) {
      throw new LangChain4jException("the model was closed while it answered", e);
    } catch (ExecutionException e) {
      throw told(e.getCause());
    }
  }

  private Completing start(CompletionRequest request) {
    try {
      return settings.completions().start(request, listener);
    } catch (RuntimeException e) {
      throw told(e);
    }
  }

  /**
   * {@return what LangChain4j's users know it by: whether to ask later, or otherwise, or neither}
   */
  private static LangChain4jException told(@Nullable Throwable why) {
    return switch (why) {
      case LangChain4jException known -> known;
      case OverloadedException busy ->
          new RateLimitException(String.valueOf(busy.getMessage()), busy);
      case PoolExhaustedException full ->
          new RateLimitException(String.valueOf(full.getMessage()), full);
      case IllegalArgumentException wrong ->
          new InvalidRequestException(String.valueOf(wrong.getMessage()), wrong);
      case null, default -> new LangChain4jException("the answer failed: " + why, why);
    };
  }

  private ChatResponse response(Completion completion, TokenUsage usage) {
    return ChatResponse.builder()
        .id(UUID.randomUUID().toString())
        .aiMessage(Messages.ai(completion.message()))
        .modelName(settings.model().name())
        .tokenUsage(usage)
        .finishReason(reason(completion))
        .build();
  }

  private static FinishReason reason(Completion completion) {
    if (!completion.message().toolCalls().isEmpty()) {
      return FinishReason.TOOL_EXECUTION;
    }
    return switch (completion.finish()) {
      case END, STOP_TEXT -> FinishReason.STOP;
      case LENGTH -> FinishReason.LENGTH;
      case CANCELLED -> FinishReason.OTHER;
    };
  }
}
