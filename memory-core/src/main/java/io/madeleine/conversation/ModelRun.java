package io.madeleine.conversation;

import io.madeleine.conversation.Turn.Finish;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.Advance;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.Generation;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.PoolExhaustedException;
import io.madeleine.engine.model.Observe;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Reads a prompt and writes an answer, a step at a time. */
final class ModelRun {

  private static final int CHUNK = 256;

  private final ReadyModel model;
  private final BooleanSupplier makeRoom;
  private final TurnListener listener;
  private final CancelToken cancel = new CancelToken();

  /**
   * @param makeRoom asked when pages run out; says whether it freed some
   */
  ModelRun(ReadyModel model, BooleanSupplier makeRoom, TurnListener listener) {
    this.model = model;
    this.makeRoom = makeRoom;
    this.listener = listener;
  }

  /**
   * Appends tokens to the cache.
   *
   * @return the logits after the last; empty if the listener stopped it before
   */
  Optional<float[]> read(KvCache cache, int[] tokens) {
    Optional<float[]> logits = Optional.empty();
    for (int from = 0; from < tokens.length; from += CHUNK) {
      if (listener.cancelled()) {
        return Optional.empty();
      }
      int to = Math.min(tokens.length, from + CHUNK);
      int[] chunk = Arrays.copyOfRange(tokens, from, to);
      Observe observe = to == tokens.length ? Observe.lastLogits() : Observe.nothing();
      var forward = withRoom(() -> model.transformer().prefill(cache, chunk, observe));
      listener.reading(to, tokens.length);
      if (to == tokens.length) {
        logits = Optional.of(forward.logits());
      }
    }
    return logits;
  }

  /** {@return how an answer to this prompt is chosen} */
  Generation generation(Prompt prompt, TurnOptions options) {
    var stop = new StopRule(model.stopIds(), options.stopTexts(), options.maxTokens());
    return new Generation(
        model.words().tokenizer(),
        prompt.tokens(),
        new GenerationOptions(options.sampling(), stop, options.mask(), -1, model.spoken()),
        cancel);
  }

  /** Writes until the model ends, a limit is reached or the listener stops it. */
  Finish write(KvCache cache, float[] logits, Generation generation, AnswerWriter answer) {
    Advance step = accept(generation, logits, answer);
    while (step.next().isPresent()) {
      if (cache.length() >= model.contextLength()) {
        return Finish.LENGTH;
      }
      int token = step.next().getAsInt();
      withRoom(
          () -> {
            model.transformer().decode(cache, token, logits);
            return logits;
          });
      step = accept(generation, logits, answer);
    }
    return finish(step.finished().orElseThrow());
  }

  private Advance accept(Generation generation, float[] logits, AnswerWriter answer) {
    if (listener.cancelled()) {
      cancel.cancel();
    }
    Advance step = generation.accept(logits);
    answer.push(step.text());
    return step;
  }

  private static Finish finish(FinishReason reason) {
    return switch (reason) {
      case END, STOP_TEXT -> Finish.STOP;
      case LENGTH -> Finish.LENGTH;
      case CANCELLED -> Finish.CANCELLED;
    };
  }

  private <T> T withRoom(Supplier<T> step) {
    while (true) {
      try {
        return step.get();
      } catch (PoolExhaustedException e) {
        if (!makeRoom.getAsBoolean()) {
          throw e;
        }
      }
    }
  }
}
