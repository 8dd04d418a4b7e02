package io.madeleine.evaluation.cost;

import java.util.Set;
import java.util.stream.IntStream;

/** The nearest vectors of every question, by looking at all of them in full precision. */
final class ExactNearest {

  /** How many are kept for each question. */
  static final int MOST = 96;

  private final int[][] nearest;

  /**
   * Compares every question with every vector.
   *
   * @param known unit length, {@code [turn][dimension]}
   * @param asked unit length, {@code [question][dimension]}
   */
  ExactNearest(float[][] known, float[][] asked) {
    nearest = new int[asked.length][];
    for (int q = 0; q < asked.length; q++) {
      nearest[q] = nearest(known, asked[q]);
    }
  }

  private static int[] nearest(float[][] known, float[] question) {
    var cosines = new float[known.length];
    for (int i = 0; i < known.length; i++) {
      cosines[i] = dot(known[i], question);
    }
    return IntStream.range(0, known.length)
        .boxed()
        .sorted((a, b) -> Float.compare(cosines[b], cosines[a]))
        .limit(MOST)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static float dot(float[] a, float[] b) {
    float sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** {@return the share of question {@code q}'s {@code first} nearest that is in {@code found}} */
  double share(int q, int first, Set<Integer> found) {
    int count = Math.min(first, nearest[q].length);
    long there = IntStream.range(0, count).filter(i -> found.contains(nearest[q][i])).count();
    return (double) there / count;
  }
}
