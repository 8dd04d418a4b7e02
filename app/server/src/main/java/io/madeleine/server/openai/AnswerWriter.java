package io.madeleine.server.openai;

import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.Usage;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.server.events.EventStream;
import io.madeleine.server.openai.protocol.ChatRequest;
import io.madeleine.server.openai.protocol.OpenAiErrors;
import io.madeleine.server.openai.protocol.OpenAiException;
import io.madeleine.server.openai.protocol.Wire;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Writes one answer in the protocol's words, whole or as it comes. For one thread at a time. */
final class AnswerWriter {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration COMMENT_EVERY = Duration.ofMillis(500);

  private final String id = "chatcmpl-" + UUID.randomUUID().toString().replace("-", "");
  private final long created = System.currentTimeMillis() / 1000;
  private final String model;
  private final ChatRequest request;
  private final CancelToken cancel = new CancelToken();
  private final List<Wire.TokenProbability> probabilities = new ArrayList<>();
  private final Optional<EventStream> stream;
  private ChatMessage.Assistant message = new ChatMessage.Assistant("");
  private FinishReason finish = FinishReason.END;
  private Usage usage = new Usage(0, 0, 0);
  private boolean opened;
  private long lastComment = System.nanoTime() - COMMENT_EVERY.toNanos();

  /**
   * @param stream is told the parts as they come; without one they are gathered
   */
  AnswerWriter(String model, ChatRequest request, Optional<EventStream> stream) {
    this.model = model;
    this.request = request;
    this.stream = stream;
  }

  /** {@return what ends the answer when nobody listens any more} */
  CancelToken cancel() {
    return cancel;
  }

  /**
   * Tells a stream how much of what has to be read first is read, in a comment, which clients of
   * the protocol pass over: it keeps the line alive, and shows whether anybody still listens.
   */
  void reading(int read, int all) {
    long now = System.nanoTime();
    if (now - lastComment > COMMENT_EVERY.toNanos()) {
      lastComment = now;
      send(to -> to.comment("read %d of %d tokens".formatted(read, all)));
    }
  }

  /**
   * The same, where nothing is known but that nothing has come. It opens the response as any event
   * does: a refusal behind it is an event, too ({@link #failStream}).
   */
  void waiting() {
    send(to -> to.comment("waiting"));
  }

  void text(String piece) {
    send(Wire.Delta.text(piece));
  }

  void thinking(String piece) {
    send(Wire.Delta.thinking(piece));
  }

  void call(int index, ToolCall call) {
    send(Wire.Delta.call(wire(index, call)));
  }

  void probability(Wire.TokenProbability probability) {
    probabilities.add(probability);
  }

  void finished(ChatMessage.Assistant whole, FinishReason why, Usage cost) {
    message = whole;
    finish = why;
    usage = cost;
  }

  Wire.ChatCompletion whole() {
    var choice =
        new Wire.Choice(
            0,
            new Wire.Message(
                "assistant",
                message.text().isEmpty() && !message.toolCalls().isEmpty() ? null : message.text(),
                message.thinking(),
                message.toolCalls().stream().map(call -> wire(null, call)).toList()),
            logProbabilities(probabilities),
            reason());
    return new Wire.ChatCompletion(
        id, "chat.completion", created, model, List.of(choice), wire(usage), "madeleine");
  }

  /** Ends a stream that went well. */
  void completeStream() {
    emit(chunk(Wire.Delta.nothing(), reason(), null));
    if (request.streamUsage()) {
      emit(new Wire.Chunk(id, "chat.completion.chunk", created, model, List.of(), wire(usage)));
    }
    raw("[DONE]");
  }

  /** Ends a stream that went wrong behind its beginning, where no status can tell of it. */
  void failStream(Throwable failure) {
    if (cancel.isCancelled()) {
      return; // nobody is left to be told
    }
    OpenAiException error = OpenAiErrors.of(failure);
    try {
      raw(JSON.writeValueAsString(error.body()));
    } catch (UncheckedIOException e) {
      // The client went away meanwhile.
    }
  }

  private void send(Wire.Delta delta) {
    if (stream.isEmpty()) {
      return;
    }
    if (!opened) {
      opened = true;
      emit(chunk(Wire.Delta.role("assistant"), null, null));
    }
    List<Wire.TokenProbability> now = List.copyOf(probabilities);
    probabilities.clear();
    emit(chunk(delta, null, logProbabilities(now)));
  }

  private Wire.Chunk chunk(
      Wire.Delta delta, @Nullable String finishReason, Wire.@Nullable LogProbabilities logprobs) {
    return new Wire.Chunk(
        id,
        "chat.completion.chunk",
        created,
        model,
        List.of(new Wire.ChunkChoice(0, delta, logprobs, finishReason)),
        null);
  }

  private void emit(Wire.Chunk chunk) {
    raw(JSON.writeValueAsString(chunk));
  }

  private void raw(String data) {
    send(to -> to.data(data));
  }

  private void send(Consumer<EventStream> event) {
    try {
      stream.ifPresent(event);
    } catch (UncheckedIOException e) {
      cancel.cancel();
      throw e;
    }
  }

  private Wire.@Nullable LogProbabilities logProbabilities(List<Wire.TokenProbability> of) {
    return request.topChances() < 0 ? null : new Wire.LogProbabilities(List.copyOf(of));
  }

  private String reason() {
    if (!message.toolCalls().isEmpty()) {
      return "tool_calls";
    }
    return finish == FinishReason.LENGTH ? "length" : "stop";
  }

  private static Wire.Call wire(@Nullable Integer index, ToolCall call) {
    return new Wire.Call(
        index, call.id(), "function", new Wire.Function(call.name(), call.arguments()));
  }

  private static Wire.Usage wire(Usage usage) {
    return new Wire.Usage(
        usage.promptTokens(),
        usage.answerTokens(),
        usage.promptTokens() + usage.answerTokens(),
        new Wire.PromptDetails(usage.cachedTokens()));
  }
}
