package io.madeleine.memory.retrieval;

import java.util.EnumMap;
import java.util.Map;

/**
 * How much each signal counts. Fitted once by maximising the likelihood of the evidence among all
 * turns of its conversation (listwise softmax, Cao et al., 2007) on the answerable questions of the
 * LoCoMo conversations 26, 30, 41, 42 and 43 and, counting half as much, on sixty dialogues of the
 * pocket model's world (seeds from 9000), in which one person tells a helper one fact after
 * another; {@code madeleine eval retrieval --fit} makes them again.
 */
public final class Weights {

  /** What a turn's length costs: it is divided by its tokens to this power before it is ranked. */
  private static final float PRICE = 0.5f;

  private final Map<Signal, Float> values;

  private Weights(Map<Signal, Float> values) {
    this.values = new EnumMap<>(values);
  }

  /** {@return weights as given; signals that are not named count nothing} */
  public static Weights of(Map<Signal, Float> values) {
    return new Weights(values);
  }

  /** {@return those for an index with vectors} */
  public static Weights withVectors() {
    return WITH_VECTORS;
  }

  /** {@return those for words alone} */
  public static Weights wordsAlone() {
    return WORDS_ALONE;
  }

  private static final Weights WITH_VECTORS =
      of(
          Map.ofEntries(
              Map.entry(Signal.TURN, -1.705f),
              Map.entry(Signal.PAIR, 2.881f),
              Map.entry(Signal.NEAR, -7.091f),
              Map.entry(Signal.AROUND, 2.734f),
              Map.entry(Signal.SCENE, 5.869f),
              Map.entry(Signal.COVERS, 1.095f),
              Map.entry(Signal.COVERS_NEAR, 1.576f),
              Map.entry(Signal.NEAR_NAMED, 1.254f),
              Map.entry(Signal.HEADS, 0.531f),
              Map.entry(Signal.HEADS_NEAR, -1.909f),
              Map.entry(Signal.COVERS_HEADS, 1.593f),
              Map.entry(Signal.COVERS_HEADS_SQUARED, -1.309f),
              Map.entry(Signal.COVERS_HEADS_NEAR, 2.226f),
              Map.entry(Signal.NAMES, 0.609f),
              Map.entry(Signal.SPEAKER, 1.014f),
              Map.entry(Signal.OTHER_SPEAKER, -1.014f),
              Map.entry(Signal.LENGTH, -0.013f),
              Map.entry(Signal.LENGTH_SQUARED, 0.475f),
              Map.entry(Signal.ENDS_ASKING, -0.567f),
              Map.entry(Signal.ANSWERS, 0.746f),
              Map.entry(Signal.NAMES_A_TIME, 0.290f),
              Map.entry(Signal.TELLS_WHEN, 1.414f),
              Map.entry(Signal.DATE, 5.515f),
              Map.entry(Signal.OPENS, 1.006f),
              Map.entry(Signal.VECTOR, 1.027f),
              Map.entry(Signal.VECTOR_BEFORE, 0.229f),
              Map.entry(Signal.VECTOR_AFTER, 0.096f),
              Map.entry(Signal.VECTOR_BEFORE_2, 0.191f),
              Map.entry(Signal.VECTOR_AFTER_2, -0.054f)));

  private static final Weights WORDS_ALONE =
      of(
          Map.ofEntries(
              Map.entry(Signal.TURN, -1.090f),
              Map.entry(Signal.PAIR, 4.782f),
              Map.entry(Signal.NEAR, -9.303f),
              Map.entry(Signal.AROUND, 3.911f),
              Map.entry(Signal.SCENE, 7.286f),
              Map.entry(Signal.COVERS, 1.311f),
              Map.entry(Signal.COVERS_NEAR, 0.714f),
              Map.entry(Signal.NEAR_NAMED, 4.587f),
              Map.entry(Signal.HEADS, 2.814f),
              Map.entry(Signal.HEADS_NEAR, -2.199f),
              Map.entry(Signal.COVERS_HEADS, 3.288f),
              Map.entry(Signal.COVERS_HEADS_SQUARED, -3.360f),
              Map.entry(Signal.COVERS_HEADS_NEAR, 2.654f),
              Map.entry(Signal.NAMES, 1.420f),
              Map.entry(Signal.SPEAKER, 1.293f),
              Map.entry(Signal.OTHER_SPEAKER, -1.293f),
              Map.entry(Signal.LENGTH, 0.249f),
              Map.entry(Signal.LENGTH_SQUARED, -0.003f),
              Map.entry(Signal.ENDS_ASKING, -0.513f),
              Map.entry(Signal.ANSWERS, 0.897f),
              Map.entry(Signal.NAMES_A_TIME, 0.132f),
              Map.entry(Signal.TELLS_WHEN, 1.529f),
              Map.entry(Signal.DATE, 5.497f),
              Map.entry(Signal.OPENS, 0.865f)));

  /** {@return the score of every row} */
  float[] scores(Signals signals) {
    var scores = new float[signals.size()];
    values.forEach(
        (signal, weight) -> {
          float[] column = signals.column(signal);
          for (int i = 0; i < scores.length; i++) {
            scores[i] += weight * column[i];
          }
        });
    float[] length = signals.column(Signal.LENGTH);
    for (int i = 0; i < scores.length; i++) {
      scores[i] -= PRICE * length[i];
    }
    return scores;
  }
}
