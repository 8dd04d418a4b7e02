package io.madeleine.engine.generation;

import io.madeleine.engine.token.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One answer on its way. Whoever computes logits, for one sequence or a batch of many, gives each
 * row to its generation and decodes the token that comes back, until the generation is finished:
 *
 * <pre>{@code
 * Advance step = generation.accept(logitsOfThePrompt);
 * while (step.next().isPresent()) {
 *   step = generation.accept(decode(step.next().getAsInt()));
 * }
 * }</pre>
 *
 * <p>Not thread-safe; only its {@link CancelToken} may be touched from elsewhere.
 */
public final class Generation {
  private final GenerationOptions options;
  private final CancelToken cancel;
  private final Sampler sampler;
  private final Tokenizer.TokenStream stream;
  private final StopText stopText;
  private int[] tokens;
  private float[] open = new float[0];
  private final int promptTokens;
  private int length;
  private OptionalInt stopToken = OptionalInt.empty();
  private Optional<FinishReason> finished = Optional.empty();

  /**
   * Starts behind {@code prompt}.
   *
   * @param tokenizer turns tokens into text
   * @param prompt the tokens before the answer, for the repetition penalty
   * @param options how to choose and when to stop
   * @param cancel ends the answer within one token
   */
  public Generation(
      Tokenizer tokenizer, int[] prompt, GenerationOptions options, CancelToken cancel) {
    this.options = options;
    this.cancel = cancel;
    this.sampler = Sampler.of(options.sampling());
    this.stream = tokenizer.stream(options.spoken());
    this.stopText = new StopText(options.stop().texts());
    this.tokens = Arrays.copyOf(prompt, prompt.length + 64);
    this.promptTokens = prompt.length;
    this.length = prompt.length;
  }

  /**
   * {@return the next token, the text that it completes, or the end}
   *
   * @param logits one for each id, for the position behind the last token. Not changed
   * @throws IllegalStateException if the generation is finished
   */
  public Advance accept(float[] logits) {
    if (finished.isPresent()) {
      throw new IllegalStateException("the generation is finished: " + finished.get());
    }
    if (cancel.isCancelled()) {
      return finish(FinishReason.CANCELLED, "", List.of());
    }
    if (options.mask().isPresent() && isWhole(options.mask().get())) {
      return finish(FinishReason.END, "", List.of());
    }
    open(logits);
    int token = sampler.choose(open);
    List<TokenChance> chances =
        options.topChances() < 0 ? List.of() : TokenChance.of(logits, token, options.topChances());
    if (options.stop().ids().contains(token)) {
      stopToken = OptionalInt.of(token);
      return finish(FinishReason.END, "", chances);
    }
    return append(token, chances);
  }

  private Advance append(int token, List<TokenChance> chances) {
    options.mask().ifPresent(mask -> mask.accept(token));
    if (length == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * length);
    }
    tokens[length++] = token;
    String text = stopText.push(stream.next(token));
    if (stopText.isFound()) {
      return finish(FinishReason.STOP_TEXT, text, chances);
    }
    if (length - promptTokens >= options.stop().maxTokens()) {
      return finish(FinishReason.LENGTH, text, chances);
    }
    return new Advance(OptionalInt.of(token), text, Optional.empty(), chances);
  }

  private Advance finish(FinishReason reason, String text, List<TokenChance> chances) {
    finished = Optional.of(reason);
    String rest = stopText.push(stream.finish());
    return new Advance(OptionalInt.empty(), text + rest + stopText.finish(), finished, chances);
  }

  /** Whether the form is complete and nothing can follow. */
  private static boolean isWhole(TokenMask mask) {
    return mask.mayEnd() && mask.allowed().size() == 0;
  }

  /** Copies the logits, so that what closes ids leaves the caller's alone. */
  private void open(float[] logits) {
    if (open.length != logits.length) {
      open = new float[logits.length];
    }
    System.arraycopy(logits, 0, open, 0, logits.length);
    penalise();
    options.mask().ifPresent(this::maskOut);
    options.never().forEach(id -> open[id] = Float.NEGATIVE_INFINITY);
  }

  private void penalise() {
    double penalty = options.sampling().repetitionPenalty();
    if (penalty != 1) {
      int from = Math.max(0, length - options.sampling().repetitionWindow());
      Arrays.stream(tokens, from, length)
          .distinct()
          .filter(id -> id < open.length)
          .forEach(id -> open[id] *= (float) (open[id] > 0 ? 1 / penalty : penalty));
    }
  }

  /** Closes what the mask does not allow; the stop ids are open exactly when the form is whole. */
  private void maskOut(TokenMask mask) {
    TokenSet allowed = mask.allowed();
    boolean mayEnd = mask.mayEnd();
    for (int id = 0; id < open.length; id++) {
      boolean stops = options.stop().ids().contains(id);
      if (stops ? !mayEnd : !allowed.contains(id)) {
        open[id] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  /** {@return the tokens of the answer so far, without the one that ended it} */
  public int[] tokens() {
    return Arrays.copyOfRange(tokens, promptTokens, length);
  }

  /** {@return the stop id that ended the answer, if one did} */
  public OptionalInt stopToken() {
    return stopToken;
  }

  /** {@return why the generation is over, empty while it is not} */
  public Optional<FinishReason> finished() {
    return finished;
  }

  /** {@return what it cost so far} */
  public Usage usage(int cachedPromptTokens) {
    return new Usage(promptTokens, cachedPromptTokens, length - promptTokens);
  }
}
