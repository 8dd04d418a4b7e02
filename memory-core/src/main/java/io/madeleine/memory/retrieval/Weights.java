package io.madeleine.memory.retrieval;

import java.util.EnumMap;
import java.util.Map;

/**
 * How much each signal counts. Fitted once by maximising the likelihood of the evidence among all
 * turns of its conversation (listwise softmax, Cao et al., 2007): on the answerable questions of
 * the LoCoMo conversations 26, 30, 41, 42 and 43, and, counting half as much, on the same between
 * "user" and "assistant" and on sixty dialogues of the pocket model's world, in which one person
 * tells a helper one fact after another. {@code madeleine eval retrieval --fit} makes them again.
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
              Map.entry(Signal.TURN, -1.780f),
              Map.entry(Signal.PAIR, 3.222f),
              Map.entry(Signal.NEAR, -7.084f),
              Map.entry(Signal.AROUND, 2.541f),
              Map.entry(Signal.SCENE, 7.069f),
              Map.entry(Signal.COVERS, 1.212f),
              Map.entry(Signal.COVERS_NEAR, 1.158f),
              Map.entry(Signal.NEAR_NAMED, 1.808f),
              Map.entry(Signal.HEADS, -0.044f),
              Map.entry(Signal.HEADS_NEAR, -0.870f),
              Map.entry(Signal.COVERS_HEADS, 1.296f),
              Map.entry(Signal.COVERS_HEADS_SQUARED, -0.750f),
              Map.entry(Signal.COVERS_HEADS_NEAR, 1.940f),
              Map.entry(Signal.SPEAKER, 1.075f),
              Map.entry(Signal.OTHER_SPEAKER, -1.074f),
              Map.entry(Signal.LENGTH, 0.137f),
              Map.entry(Signal.LENGTH_SQUARED, 0.189f),
              Map.entry(Signal.ENDS_ASKING, -0.764f),
              Map.entry(Signal.ANSWERS, 0.913f),
              Map.entry(Signal.NAMES_A_TIME, 0.348f),
              Map.entry(Signal.TELLS_WHEN, 1.497f),
              Map.entry(Signal.DATE, 5.547f),
              Map.entry(Signal.OPENS, 1.016f),
              Map.entry(Signal.VECTOR, 0.917f),
              Map.entry(Signal.VECTOR_BEFORE, 0.269f),
              Map.entry(Signal.VECTOR_AFTER, 0.199f),
              Map.entry(Signal.VECTOR_BEFORE_2, 0.146f),
              Map.entry(Signal.VECTOR_AFTER_2, -0.121f)));

  private static final Weights WORDS_ALONE =
      of(
          Map.ofEntries(
              Map.entry(Signal.TURN, -1.127f),
              Map.entry(Signal.PAIR, 4.787f),
              Map.entry(Signal.NEAR, -9.082f),
              Map.entry(Signal.AROUND, 3.462f),
              Map.entry(Signal.SCENE, 8.559f),
              Map.entry(Signal.COVERS, 1.509f),
              Map.entry(Signal.COVERS_NEAR, 0.276f),
              Map.entry(Signal.NEAR_NAMED, 5.680f),
              Map.entry(Signal.HEADS, 2.508f),
              Map.entry(Signal.HEADS_NEAR, -1.149f),
              Map.entry(Signal.COVERS_HEADS, 2.859f),
              Map.entry(Signal.COVERS_HEADS_SQUARED, -2.874f),
              Map.entry(Signal.COVERS_HEADS_NEAR, 2.386f),
              Map.entry(Signal.SPEAKER, 1.251f),
              Map.entry(Signal.OTHER_SPEAKER, -1.251f),
              Map.entry(Signal.LENGTH, 0.346f),
              Map.entry(Signal.LENGTH_SQUARED, -0.035f),
              Map.entry(Signal.ENDS_ASKING, -0.663f),
              Map.entry(Signal.ANSWERS, 1.001f),
              Map.entry(Signal.NAMES_A_TIME, 0.201f),
              Map.entry(Signal.TELLS_WHEN, 1.510f),
              Map.entry(Signal.DATE, 5.565f),
              Map.entry(Signal.OPENS, 0.876f)));

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
