package io.madeleine.server.openai;

import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.Usage;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.server.openai.protocol.ChatRequest;
import io.madeleine.server.openai.protocol.OpenAiErrors;
import io.madeleine.server.openai.protocol.OpenAiException;
import io.madeleine.server.openai.protocol.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
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
  private final CompletableFuture<Void> begun = new CompletableFuture<>();
  private Optional<SseEmitter> emitter = Optional.empty();
  private ChatMessage.Assistant message = new ChatMessage.Assistant("");
  private FinishReason finish = FinishReason.END;
  private Usage usage = new Usage(0, 0, 0);
  private boolean opened;
  private long lastComment = System.nanoTime() - COMMENT_EVERY.toNanos();
  private Runnable onCancel = () -> {};

  AnswerWriter(String model, ChatRequest request) {
    this.model = model;
    this.request = request;
  }

  /** {@return what ends the answer when nobody listens any more} */
  CancelToken cancel() {
    return cancel;
  }

  /** {@return done when something was said or all of it is over, failed if it failed before} */
  CompletableFuture<Void> begun() {
    return begun;
  }

  void streamTo(SseEmitter listener) {
    emitter = Optional.of(listener);
    listener.onError(gone -> hangUp());
    listener.onTimeout(this::hangUp);
    listener.onCompletion(this::hangUp);
  }

  /** Says what else to do when nobody listens any more. */
  void onCancel(Runnable action) {
    onCancel = action;
    if (cancel.isCancelled()) {
      action.run();
    }
  }

  private void hangUp() {
    cancel.cancel();
    onCancel.run();
  }

  /**
   * Tells a stream how much of what has to be read first is read, in a comment, which clients of
   * the protocol pass over: it keeps the line alive, and shows whether anybody still listens.
   */
  void reading(int read, int all) {
    long now = System.nanoTime();
    if (emitter.isPresent() && now - lastComment > COMMENT_EVERY.toNanos()) {
      lastComment = now;
      send(SseEmitter.event().comment("read %d of %d tokens".formatted(read, all)));
    }
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

  void completeStream() {
    emit(chunk(Wire.Delta.nothing(), reason(), null));
    if (request.streamUsage()) {
      emit(new Wire.Chunk(id, "chat.completion.chunk", created, model, List.of(), wire(usage)));
    }
    raw("[DONE]");
    emitter.ifPresent(SseEmitter::complete);
  }

  void failStream(Throwable failure) {
    if (begun.completeExceptionally(failure)) {
      return;
    }
    if (cancel.isCancelled()) {
      emitter.ifPresent(SseEmitter::complete);
      return;
    }
    OpenAiException error = OpenAiErrors.of(failure);
    try {
      raw(JSON.writeValueAsString(error.body()));
    } catch (UncheckedIOException e) {
      // The client is gone; nobody is left to be told.
      cancel.cancel();
    }
    emitter.ifPresent(SseEmitter::complete);
  }

  private void send(Wire.Delta delta) {
    if (emitter.isEmpty()) {
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
    send(SseEmitter.event().data(data));
  }

  private void send(SseEmitter.SseEventBuilder event) {
    if (emitter.isEmpty()) {
      return;
    }
    try {
      emitter.get().send(event);
      begun.complete(null);
    } catch (IOException e) {
      hangUp();
      throw new UncheckedIOException("the client hung up", e);
    } catch (IllegalStateException e) {
      // The container has seen the client hang up before we did.
      hangUp();
      throw new UncheckedIOException("the client hung up", new IOException(e));
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
