package io.madeleine.memory.retrieval;

import java.util.EnumMap;
import java.util.Map;

/**
 * How much each signal counts. Fitted once by maximising the likelihood of the evidence among all
 * turns of its conversation (listwise softmax, Cao et al., 2007) on the answerable questions of the
 * LoCoMo conversations 26, 30, 41, 42 and 43, and on nothing else; {@code madeleine eval retrieval
 * --fit} makes them again.
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
              Map.entry(Signal.TURN, -7.035f),
              Map.entry(Signal.PAIR, 7.782f),
              Map.entry(Signal.NEAR, -11.321f),
              Map.entry(Signal.AROUND, 5.546f),
              Map.entry(Signal.SCENE, 6.556f),
              Map.entry(Signal.COVERS, 2.984f),
              Map.entry(Signal.COVERS_NEAR, 3.119f),
              Map.entry(Signal.NEAR_NAMED, -2.590f),
              Map.entry(Signal.HEADS, 1.112f),
              Map.entry(Signal.HEADS_NEAR, 3.960f),
              Map.entry(Signal.SPEAKER, 1.042f),
              Map.entry(Signal.OTHER_SPEAKER, -1.042f),
              Map.entry(Signal.LENGTH, 0.436f),
              Map.entry(Signal.LENGTH_SQUARED, -0.292f),
              Map.entry(Signal.ENDS_ASKING, -0.628f),
              Map.entry(Signal.ANSWERS, 0.609f),
              Map.entry(Signal.NAMES_A_TIME, 0.530f),
              Map.entry(Signal.TELLS_WHEN, 1.362f),
              Map.entry(Signal.DATE, 5.524f),
              Map.entry(Signal.OPENS, 0.875f),
              Map.entry(Signal.VECTOR, 0.812f),
              Map.entry(Signal.VECTOR_BEFORE, 0.254f),
              Map.entry(Signal.VECTOR_AFTER, 0.185f),
              Map.entry(Signal.VECTOR_BEFORE_2, 0.221f),
              Map.entry(Signal.VECTOR_AFTER_2, 0.028f)));

  private static final Weights WORDS_ALONE =
      of(
          Map.ofEntries(
              Map.entry(Signal.TURN, -7.188f),
              Map.entry(Signal.PAIR, 9.605f),
              Map.entry(Signal.NEAR, -13.253f),
              Map.entry(Signal.AROUND, 7.675f),
              Map.entry(Signal.SCENE, 8.131f),
              Map.entry(Signal.COVERS, 3.273f),
              Map.entry(Signal.COVERS_NEAR, 1.644f),
              Map.entry(Signal.NEAR_NAMED, 1.703f),
              Map.entry(Signal.HEADS, 2.009f),
              Map.entry(Signal.HEADS_NEAR, 5.678f),
              Map.entry(Signal.SPEAKER, 1.280f),
              Map.entry(Signal.OTHER_SPEAKER, -1.280f),
              Map.entry(Signal.LENGTH, 0.354f),
              Map.entry(Signal.LENGTH_SQUARED, -0.204f),
              Map.entry(Signal.ENDS_ASKING, -0.620f),
              Map.entry(Signal.ANSWERS, 0.759f),
              Map.entry(Signal.NAMES_A_TIME, 0.410f),
              Map.entry(Signal.TELLS_WHEN, 1.331f),
              Map.entry(Signal.DATE, 5.493f),
              Map.entry(Signal.OPENS, 0.790f)));

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
