package io.madeleine.engine.generation;

/**
 * How a token is chosen. The steps run in the order of the components below.
 *
 * @param repetitionPenalty divides the logits of tokens seen lately, or multiplies negative ones; 1
 *     is none (Keskar et al., <a href="https://arxiv.org/abs/1909.05858">CTRL</a>, 2019)
 * @param repetitionWindow how many of the last tokens the penalty looks at
 * @param temperature divides the logits; 0 always takes the likeliest token
 * @param topK how many of the likeliest tokens may be chosen; 0 is all
 * @param topP the share of probability that the chosen among must hold together, above 0 to 1
 *     (Holtzman et al., <a href="https://arxiv.org/abs/1904.09751">nucleus sampling</a>, 2019)
 * @param minP the least probability of a token as a share of the likeliest one's; 0 is none (Nguyen
 *     et al., <a href="https://arxiv.org/abs/2407.01082">min-p</a>, 2024)
 * @param seed of the dice: the same seed and logits give the same tokens
 */
public record SamplingOptions(
    double repetitionPenalty,
    int repetitionWindow,
    double temperature,
    int topK,
    double topP,
    double minP,
    long seed) {

  /** Always the likeliest token. */
  public static final SamplingOptions GREEDY = builder().temperature(0).build();

  /**
   * @throws IllegalArgumentException if a number is out of its range
   */
  public SamplingOptions {
    require(
        repetitionPenalty > 0 && repetitionPenalty <= 10,
        "repetitionPenalty",
        "above 0 and at most 10",
        repetitionPenalty);
    require(repetitionWindow >= 0, "repetitionWindow", "at least 0", repetitionWindow);
    require(temperature >= 0 && temperature <= 100, "temperature", "0 to 100", temperature);
    require(topK >= 0, "topK", "at least 0, where 0 is all", topK);
    require(topP > 0 && topP <= 1, "topP", "above 0 and at most 1", topP);
    require(minP >= 0 && minP <= 1, "minP", "0 to 1", minP);
  }

  private static void require(boolean holds, String name, String range, Number value) {
    if (!holds) {
      throw new IllegalArgumentException("%s must be %s, but was %s".formatted(name, range, value));
    }
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Sets what differs from plain sampling at temperature 1. Not thread-safe. */
  public static final class Builder {
    private double repetitionPenalty = 1;
    private int repetitionWindow = 64;
    private double temperature = 1;
    private int topK = 0;
    private double topP = 1;
    private double minP = 0;
    private long seed = 0;

    private Builder() {}

    /** Above 0; default 1, which is none. */
    public Builder repetitionPenalty(double penalty) {
      this.repetitionPenalty = penalty;
      return this;
    }

    /** Tokens that the penalty looks back; default 64. */
    public Builder repetitionWindow(int tokens) {
      this.repetitionWindow = tokens;
      return this;
    }

    /** Default 1; 0 is greedy. */
    public Builder temperature(double temperature) {
      this.temperature = temperature;
      return this;
    }

    /** Default 0, which is all. */
    public Builder topK(int tokens) {
      this.topK = tokens;
      return this;
    }

    /** Default 1, which is all. */
    public Builder topP(double share) {
      this.topP = share;
      return this;
    }

    /** Default 0, which is none. */
    public Builder minP(double share) {
      this.minP = share;
      return this;
    }

    /** Default 0. */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    public SamplingOptions build() {
      return new SamplingOptions(
          repetitionPenalty, repetitionWindow, temperature, topK, topP, minP, seed);
    }
  }
}
