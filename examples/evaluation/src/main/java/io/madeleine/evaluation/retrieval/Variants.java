package io.madeleine.evaluation.retrieval;

import io.madeleine.evaluation.dataset.AnnotatedConversation;
import io.madeleine.memory.index.Embedder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What might be done to our ranking afterwards, each measured beside it: against repetition, for
 * recency, with a second question made from the first one's answer.
 */
final class Variants {

  /** Changes the scores of a conversation's turns for one of its questions. */
  @FunctionalInterface
  private interface Change {
    float[] of(int conversation, int question, float[] scores);
  }

  private static final int DEPTH = 120;

  private final OurIndex index;
  private final List<AnnotatedConversation> data;
  private final List<List<float[]>> vectors;

  Variants(OurIndex index, List<AnnotatedConversation> data, Optional<? extends Embedder> model) {
    this.index = index;
    this.data = data;
    this.vectors =
        data.stream()
            .map(
                one ->
                    model
                        .map(m -> m.embed(one.turns().stream().map(t -> t.text()).toList()))
                        .orElse(List.of()))
            .toList();
  }

  List<Method> all() {
    List<Method> methods = new ArrayList<>();
    for (float weight : new float[] {0.5f, 1f}) {
      for (int days : new int[] {30, 180}) {
        methods.add(
            method(
                "recency x%.1f, half-life %d days".formatted(weight, days),
                (c, q, scores) -> recent(c, scores, weight, days)));
      }
    }
    for (int best : new int[] {1, 3}) {
      for (float weight : new float[] {0.3f, 1f}) {
        methods.add(
            method(
                "second question from the best %d, x%.1f".formatted(best, weight),
                (c, q, scores) -> twice(c, q, scores, best, weight)));
      }
    }
    if (!vectors.getFirst().isEmpty()) {
      var late = new LateInteraction(data);
      for (float weight : new float[] {0.25f, 0.5f, 1f}) {
        methods.add(
            method(
                "late interaction x%.2f".formatted(weight),
                (c, q, scores) -> late.blend(c, q, scores, order(scores), weight)));
      }
      for (float weight : new float[] {0.5f, 1f, 2f}) {
        methods.add(
            method(
                "MMR, repetition x%.1f".formatted(weight),
                (c, q, scores) -> diverse(c, scores, weight)));
      }
    }
    return methods;
  }

  private Method method(String name, Change change) {
    return new Method() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public List<int[]> rank(int conversation, int question) {
        String text = Method.text(data, conversation, question);
        float[] scores = change.of(conversation, question, index.scores(conversation, text, true));
        return order(scores).map(i -> new int[] {i}).toList();
      }
    };
  }

  private static java.util.stream.Stream<Integer> order(float[] scores) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -scores[i]));
  }

  private float[] recent(int conversation, float[] scores, float weight, int days) {
    var turns = data.get(conversation).turns();
    Instant now = turns.getLast().at();
    float[] changed = scores.clone();
    for (int i = 0; i < changed.length; i++) {
      double age = Duration.between(turns.get(i).at(), now).toHours() / 24.0;
      changed[i] += (float) (weight * Math.pow(0.5, age / days));
    }
    return changed;
  }

  /** Asks again with the words of the best turns behind the question, and adds both scores. */
  private float[] twice(int conversation, int question, float[] scores, int best, float weight) {
    var text = new StringBuilder(Method.text(data, conversation, question));
    order(scores)
        .limit(best)
        .forEach(i -> text.append(' ').append(data.get(conversation).turns().get(i).text()));
    float[] second = index.scores(conversation, text.toString(), false);
    float[] changed = scores.clone();
    for (int i = 0; i < changed.length; i++) {
      changed[i] += weight * second[i];
    }
    return changed;
  }

  /** Maximal marginal relevance (Carbonell and Goldstein, 1998) over the first turns. */
  private float[] diverse(int conversation, float[] scores, float weight) {
    int[] first = order(scores).limit(DEPTH).mapToInt(Integer::intValue).toArray();
    float[] changed = scores.clone();
    var nearest = new float[first.length];
    var taken = new boolean[first.length];
    Arrays.fill(nearest, -1);
    for (int place = 0; place < first.length; place++) {
      int best = -1;
      for (int i = 0; i < first.length; i++) {
        if (!taken[i]
            && (best < 0
                || scores[first[i]] - weight * nearest[i]
                    > scores[first[best]] - weight * nearest[best])) {
          best = i;
        }
      }
      taken[best] = true;
      changed[first[best]] = Float.MAX_VALUE / 2 / (place + 1);
      float[] chosen = vectors.get(conversation).get(first[best]);
      for (int i = 0; i < first.length; i++) {
        nearest[i] = Math.max(nearest[i], dot(chosen, vectors.get(conversation).get(first[i])));
      }
    }
    return changed;
  }

  static float dot(float[] a, float[] b) {
    float even = 0;
    float odd = 0;
    for (int i = 0; i + 1 < a.length; i += 2) {
      even += a[i] * b[i];
      odd += a[i + 1] * b[i + 1];
    }
    return even + odd;
  }
}
