package io.madeleine.memory.segmentation;

import java.time.Duration;
import java.util.List;

/**
 * How a dialogue is cut.
 *
 * @param lookAhead turns after a turn that must be known before it is decided about: 0, 1 or 2
 * @param pause silence that ends a sitting whatever is said next
 * @param minimumTurns turns that an episode has at least, before a change of subject may end it
 * @param maximumTokens tokens after which an episode ends at the next turn that may open one
 * @param surprisalGamma γ: deviations above the mean of the last turns from which surprisal counts
 * @param surprisalWindow turns that make up that mean
 * @param likeness how alike the embedder finds turns
 */
public record SegmentationSettings(
    int lookAhead,
    Duration pause,
    int minimumTurns,
    int maximumTokens,
    double surprisalGamma,
    int surprisalWindow,
    Likeness likeness) {

  /**
   * No look-ahead, a pause of 4 hours, episodes of 1 turn to 8,192 tokens, γ = 1 over 32 turns,
   * MiniLM.
   */
  public static final SegmentationSettings DEFAULT =
      new SegmentationSettings(0, Duration.ofHours(4), 1, 8_192, 1.0, 32, Likeness.MINI_LM);

  /**
   * @throws IllegalArgumentException if a value lies outside its range
   */
  public SegmentationSettings {
    if (lookAhead < 0 || lookAhead > BoundaryModel.MOST_LOOK_AHEAD) {
      throw new IllegalArgumentException(
          "lookAhead must be between 0 and %d turns, the range that the model was trained for, but was %d"
              .formatted(BoundaryModel.MOST_LOOK_AHEAD, lookAhead));
    }
    if (!pause.isPositive()) {
      throw new IllegalArgumentException("pause must be positive, but was " + pause);
    }
    if (minimumTurns < 1 || maximumTokens < 1 || surprisalWindow < 2) {
      throw new IllegalArgumentException(
          "minimumTurns and maximumTokens must be at least 1 and surprisalWindow at least 2, but were %d, %d and %d"
              .formatted(minimumTurns, maximumTokens, surprisalWindow));
    }
  }

  /** {@return these settings with another look-ahead} */
  public SegmentationSettings withLookAhead(int turns) {
    return new SegmentationSettings(
        turns, pause, minimumTurns, maximumTokens, surprisalGamma, surprisalWindow, likeness);
  }

  /** {@return these settings with another pause} */
  public SegmentationSettings withPause(Duration silence) {
    return new SegmentationSettings(
        lookAhead, silence, minimumTurns, maximumTokens, surprisalGamma, surprisalWindow, likeness);
  }

  /** {@return these settings with other bounds on the length of an episode} */
  public SegmentationSettings withLengths(int fewestTurns, int mostTokens) {
    return new SegmentationSettings(
        lookAhead, pause, fewestTurns, mostTokens, surprisalGamma, surprisalWindow, likeness);
  }

  /** {@return these settings for vectors of another embedder} */
  public SegmentationSettings withLikeness(Likeness embedder) {
    return new SegmentationSettings(
        lookAhead, pause, minimumTurns, maximumTokens, surprisalGamma, surprisalWindow, embedder);
  }

  /**
   * How alike an embedder finds turns that have nothing to do with each other, and turns that
   * follow each other. Embedders differ in this, and the coefficients of a {@link BoundaryModel}
   * are for one: cosines are brought to its scale by a straight line through these two points.
   *
   * @param unrelated mean cosine of turns drawn at random
   * @param following mean cosine of a turn and the next
   */
  public record Likeness(double unrelated, double following) {

    /** MiniLM-L6-v2, for which the bundled coefficients were fitted: nothing is changed. */
    public static final Likeness MINI_LM = new Likeness(.10, .32);

    /** BGE-small-en-v1.5, which finds everything alike. */
    public static final Likeness BGE_SMALL = new Likeness(.49, .61);

    /**
     * @throws IllegalArgumentException if following turns are not more alike than unrelated ones
     */
    public Likeness {
      if (!(following > unrelated)) {
        throw new IllegalArgumentException(
            "following turns must be more alike than unrelated ones, but were %s and %s: measure on more turns"
                .formatted(following, unrelated));
      }
    }

    /**
     * Measures an embedder.
     *
     * @param turns vectors of the turns of some dialogues in order, some hundreds
     */
    public static Likeness of(List<float[]> turns) {
      double following = 0;
      double unrelated = 0;
      int half = turns.size() / 2;
      for (int i = 1; i < turns.size(); i++) {
        following += ReadTurn.cosine(turns.get(i - 1), turns.get(i));
        unrelated += ReadTurn.cosine(turns.get(i), turns.get((i + half) % turns.size()));
      }
      int pairs = Math.max(1, turns.size() - 1);
      return new Likeness(unrelated / pairs, following / pairs);
    }

    /** {@return {@code cosine} on the scale of the bundled coefficients; unknown stays unknown} */
    double scaled(double cosine) {
      double slope = (MINI_LM.following - MINI_LM.unrelated) / (following - unrelated);
      return MINI_LM.unrelated + slope * (cosine - unrelated);
    }
  }
}
