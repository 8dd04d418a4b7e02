package io.madeleine.langchain4j.model;

import dev.langchain4j.model.output.TokenUsage;
import io.madeleine.engine.generation.Usage;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Tokens of an answer, and how many of the prompt's did not have to be read again. */
public final class MadeleineTokenUsage extends TokenUsage {

  private final int cached;

  private MadeleineTokenUsage(int input, int cached, int output) {
    super(input, output);
    this.cached = cached;
  }

  static MadeleineTokenUsage of(Usage usage) {
    return new MadeleineTokenUsage(
        usage.promptTokens(), usage.cachedTokens(), usage.answerTokens());
  }

  /** {@return tokens of the input whose keys and values were there already} */
  public int cachedInputTokenCount() {
    return cached;
  }

  @Override
  public TokenUsage add(@Nullable TokenUsage more) {
    if (more == null) {
      return this;
    }
    int alsoCached = more instanceof MadeleineTokenUsage ours ? ours.cached : 0;
    return new MadeleineTokenUsage(
        inputTokenCount() + Objects.requireNonNullElse(more.inputTokenCount(), 0),
        cached + alsoCached,
        outputTokenCount() + Objects.requireNonNullElse(more.outputTokenCount(), 0));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof MadeleineTokenUsage that && super.equals(that) && cached == that.cached;
  }

  @Override
  public int hashCode() {
    return 31 * super.hashCode() + cached;
  }

  @Override
  public String toString() {
    return "%d read (%d of them cached), %d written"
        .formatted(inputTokenCount(), cached, outputTokenCount());
  }
}
