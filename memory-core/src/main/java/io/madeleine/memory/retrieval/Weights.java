package io.madeleine.memory.retrieval;

import java.util.EnumMap;
import java.util.Map;

/**
 * How much each signal counts. Fitted once by maximising the likelihood of the evidence among all
 * turns of its conversation (listwise softmax, Cao et al., 2007): on the answerable questions of
 * the LoCoMo conversations 26, 30, 41, 42 and 43, and, counting half as much, on the same between
 * "user" and "assistant" and on sixty dialogues of the pocket model's world, in which one person
 * tells a helper one fact after another. {@code madeleine eval retrieval --fit} makes them again;
 * those with vectors are BGE-small's.
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
              Map.entry(Signal.TURN, -1.872f),
              Map.entry(Signal.PAIR, 3.604f),
              Map.entry(Signal.NEAR, -6.624f),
              Map.entry(Signal.AROUND, 2.486f),
              Map.entry(Signal.SCENE, 6.802f),
              Map.entry(Signal.COVERS, 1.291f),
              Map.entry(Signal.COVERS_NEAR, 1.237f),
              Map.entry(Signal.NEAR_NAMED, 1.481f),
              Map.entry(Signal.HEADS, 0.019f),
              Map.entry(Signal.HEADS_NEAR, -1.214f),
              Map.entry(Signal.COVERS_HEADS, 1.399f),
              Map.entry(Signal.COVERS_HEADS_SQUARED, -0.968f),
              Map.entry(Signal.COVERS_HEADS_NEAR, 1.808f),
              Map.entry(Signal.SPEAKER, 1.075f),
              Map.entry(Signal.OTHER_SPEAKER, -1.074f),
              Map.entry(Signal.LENGTH, -0.139f),
              Map.entry(Signal.LENGTH_SQUARED, 0.486f),
              Map.entry(Signal.ENDS_ASKING, -0.776f),
              Map.entry(Signal.ANSWERS, 0.905f),
              Map.entry(Signal.NAMES_A_TIME, 0.357f),
              Map.entry(Signal.TELLS_WHEN, 1.429f),
              Map.entry(Signal.DATE, 5.539f),
              Map.entry(Signal.OPENS, 1.006f),
              Map.entry(Signal.VECTOR, 0.909f),
              Map.entry(Signal.VECTOR_BEFORE, 0.248f),
              Map.entry(Signal.VECTOR_AFTER, 0.211f),
              Map.entry(Signal.VECTOR_BEFORE_2, 0.149f),
              Map.entry(Signal.VECTOR_AFTER_2, -0.126f)));

  private static final Weights WORDS_ALONE =
      of(
          Map.ofEntries(
              Map.entry(Signal.TURN, -1.315f),
              Map.entry(Signal.PAIR, 4.875f),
              Map.entry(Signal.NEAR, -8.307f),
              Map.entry(Signal.AROUND, 3.496f),
              Map.entry(Signal.SCENE, 8.119f),
              Map.entry(Signal.COVERS, 1.594f),
              Map.entry(Signal.COVERS_NEAR, 0.358f),
              Map.entry(Signal.NEAR_NAMED, 5.530f),
              Map.entry(Signal.HEADS, 2.796f),
              Map.entry(Signal.HEADS_NEAR, -1.650f),
              Map.entry(Signal.COVERS_HEADS, 3.046f),
              Map.entry(Signal.COVERS_HEADS_SQUARED, -3.222f),
              Map.entry(Signal.COVERS_HEADS_NEAR, 2.123f),
              Map.entry(Signal.SPEAKER, 1.249f),
              Map.entry(Signal.OTHER_SPEAKER, -1.249f),
              Map.entry(Signal.LENGTH, 0.072f),
              Map.entry(Signal.LENGTH_SQUARED, 0.271f),
              Map.entry(Signal.ENDS_ASKING, -0.684f),
              Map.entry(Signal.ANSWERS, 0.974f),
              Map.entry(Signal.NAMES_A_TIME, 0.211f),
              Map.entry(Signal.TELLS_WHEN, 1.472f),
              Map.entry(Signal.DATE, 5.552f),
              Map.entry(Signal.OPENS, 0.866f)));

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
