package io.madeleine.evaluation.retrieval;

import io.madeleine.evaluation.dataset.AnnotatedConversation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Our first turns in another order, into which the likeness of single tokens enters. */
final class LateInteraction {

  private static final int DEPTH = 120;

  private final List<List<float[][]>> turns = new ArrayList<>();
  private final List<List<float[][]>> questions = new ArrayList<>();
  private final Map<List<Integer>, Float> known = new HashMap<>();

  LateInteraction(List<AnnotatedConversation> data) {
    try (var vectors = new TokenVectors()) {
      for (AnnotatedConversation one : data) {
        turns.add(one.turns().stream().map(turn -> vectors.of(turn.text())).toList());
        questions.add(one.questions().stream().map(asked -> vectors.of(asked.text())).toList());
      }
    }
  }

  /**
   * {@return {@code scores}, where the first turns have the sum of two standardised values: their
   * score, and {@code weight} times their likeness}
   */
  float[] blend(
      int conversation, int question, float[] scores, Stream<Integer> order, float weight) {
    int[] first = order.limit(DEPTH).mapToInt(Integer::intValue).toArray();
    var ours = new float[first.length];
    var late = new float[first.length];
    for (int i = 0; i < first.length; i++) {
      ours[i] = scores[first[i]];
      late[i] = likeness(conversation, question, first[i]);
    }
    standardise(ours);
    standardise(late);
    float[] changed = scores.clone();
    for (int i = 0; i < first.length; i++) {
      changed[first[i]] = 1_000 + ours[i] + weight * late[i];
    }
    return changed;
  }

  private float likeness(int conversation, int question, int turn) {
    return known.computeIfAbsent(
        List.of(conversation, question, turn),
        unused ->
            TokenVectors.likeness(
                questions.get(conversation).get(question), turns.get(conversation).get(turn)));
  }

  private static void standardise(float[] values) {
    double mean = 0;
    for (float value : values) {
      mean += value / values.length;
    }
    double square = 0;
    for (float value : values) {
      square += (value - mean) * (value - mean) / values.length;
    }
    double deviation = Math.sqrt(Math.max(square, 1e-12));
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) ((values[i] - mean) / deviation);
    }
  }
}
