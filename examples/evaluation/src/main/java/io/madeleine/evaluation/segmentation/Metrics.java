package io.madeleine.evaluation.segmentation;

import java.util.List;
import java.util.Set;

/**
 * How far a segmentation is from the true one, averaged over dialogues: Pk and WindowDiff (lower is
 * better) and F1 of the boundaries.
 *
 * <p>As in SuperDialseg's evaluation, which calls NLTK: a boundary is marked on the last turn of
 * its segment, the window is {@code max(2, round(turns / true segments / 2))} with halves rounded
 * to even, and F1 of a dialogue without any hit is 0.
 *
 * <p>Sources: Beeferman et al., Statistical Models for Text Segmentation, 1999 (Pk); Pevzner and
 * Hearst, A Critique and Improvement of an Evaluation Metric for Text Segmentation, 2002
 * (WindowDiff); Jiang et al., <a href="https://arxiv.org/abs/2305.08371">SuperDialseg</a>, 2023.
 *
 * @param pk share of windows where one sees a boundary and the other none
 * @param windowDiff share of windows with a different number of boundaries
 * @param f1 harmonic mean of precision and recall of exact boundaries
 * @param segments predicted segments per dialogue
 */
record Metrics(double pk, double windowDiff, double f1, double segments) {

  /**
   * @param truth first turns of true segments, never 0
   * @param predicted first turns of predicted segments, never 0
   * @param turns length of the dialogue
   */
  static Metrics of(Set<Integer> truth, Set<Integer> predicted, int turns) {
    int window = Math.min(turns, window(turns, truth.size() + 1));
    int[] trueBefore = marksBefore(truth, turns);
    int[] predictedBefore = marksBefore(predicted, turns);
    int missed = 0;
    int different = 0;
    int windows = turns - window + 1;
    for (int i = 0; i < windows; i++) {
      int trueInside = trueBefore[i + window] - trueBefore[i];
      int predictedInside = predictedBefore[i + window] - predictedBefore[i];
      missed += (trueInside > 0) == (predictedInside > 0) ? 0 : 1;
      different += trueInside == predictedInside ? 0 : 1;
    }
    return new Metrics(
        (double) missed / windows,
        (double) different / windows,
        f1(truth, predicted),
        predicted.size() + 1);
  }

  static int window(int turns, int segments) {
    return Math.max(2, (int) Math.rint((double) turns / segments / 2));
  }

  /**
   * {@return at {@code i} the marks on turns before {@code i}; a mark is on a segment's last turn}
   */
  private static int[] marksBefore(Set<Integer> boundaries, int turns) {
    int[] before = new int[turns + 1];
    for (int i = 0; i < turns; i++) {
      before[i + 1] = before[i] + (boundaries.contains(i + 1) ? 1 : 0);
    }
    return before;
  }

  private static double f1(Set<Integer> truth, Set<Integer> predicted) {
    long hits = predicted.stream().filter(truth::contains).count();
    return hits == 0 ? 0 : 2.0 * hits / (truth.size() + predicted.size());
  }

  static Metrics mean(List<Metrics> all) {
    double pk = 0;
    double windowDiff = 0;
    double f1 = 0;
    double segments = 0;
    for (Metrics one : all) {
      pk += one.pk;
      windowDiff += one.windowDiff;
      f1 += one.f1;
      segments += one.segments;
    }
    int n = Math.max(1, all.size());
    return new Metrics(pk / n, windowDiff / n, f1 / n, segments / n);
  }
}
