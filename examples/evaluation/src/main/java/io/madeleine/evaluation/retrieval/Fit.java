package io.madeleine.evaluation.retrieval;

import io.madeleine.evaluation.dataset.AnnotatedConversation;
import io.madeleine.memory.retrieval.Signal;
import io.madeleine.memory.retrieval.Signals;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

/**
 * Fits one weight per signal: the log-likelihood of drawing an evidence turn from a softmax over
 * all turns of its conversation, with a little ridge, by Adam (Kingma and Ba, 2015) over everything
 * at once. Deterministic.
 */
final class Fit {

  private static final double RIDGE = 5e-4;
  private static final int STEPS = 400;
  private static final double RATE = 0.05;
  private static final List<Signal> SIGNALS = List.of(Signal.values());

  /** One question: signals {@code [turn][signal]}, its evidence, and how much it counts. */
  private static final class Example {
    private final float[][] rows;
    private final List<Integer> evidence;
    private final double counts;

    Example(float[][] rows, List<Integer> evidence, double counts) {
      this.rows = rows;
      this.evidence = evidence;
      this.counts = counts;
    }
  }

  private final List<Example> examples = new ArrayList<>();
  private final int width = SIGNALS.size();
  private final double[] deviation = new double[width];
  private double all;
  private boolean standardised;

  /**
   * Takes in the answerable questions of a conversation.
   *
   * @param signals of a question, by its place
   * @param counts how much each question counts
   */
  void learn(AnnotatedConversation conversation, IntFunction<Signals> signals, double counts) {
    var questions = conversation.questions();
    for (int q = 0; q < questions.size(); q++) {
      if (questions.get(q).answerable()) {
        float[][] rows = rows(signals.apply(q), conversation.turns().size());
        examples.add(new Example(rows, questions.get(q).evidence(), counts));
        all += counts;
      }
    }
  }

  private float[][] rows(Signals signals, int turns) {
    var rows = new float[turns][width];
    for (int i = 0; i < turns; i++) {
      for (int s = 0; s < width; s++) {
        rows[i][s] = signals.value(SIGNALS.get(s), i);
      }
    }
    return rows;
  }

  private void standardise() {
    standardised = true;
    var sum = new double[width];
    var squares = new double[width];
    long count = 0;
    for (Example example : examples) {
      for (float[] row : example.rows) {
        count++;
        for (int s = 0; s < width; s++) {
          sum[s] += row[s];
          squares[s] += (double) row[s] * row[s];
        }
      }
    }
    for (int s = 0; s < width; s++) {
      double mean = sum[s] / Math.max(1, count);
      deviation[s] = Math.sqrt(Math.max(0, squares[s] / Math.max(1, count) - mean * mean)) + 1e-6;
    }
    for (Example example : examples) {
      for (float[] row : example.rows) {
        for (int s = 0; s < width; s++) {
          row[s] /= (float) deviation[s];
        }
      }
    }
  }

  /** {@return the weights as Java would write them, and the likelihood they reach} */
  String weights() {
    if (standardised || all == 0) {
      throw new IllegalStateException(
          standardised
              ? "weights are fitted once: begin another fit"
              : "no question was learned from: the data has no conversation of the development half");
    }
    standardise();
    var w = new double[width];
    var first = new double[width];
    var second = new double[width];
    double loss = 0;
    for (int step = 1; step <= STEPS; step++) {
      var gradient = new double[width];
      loss = gradient(w, gradient);
      double rate = RATE * (1 - 0.9 * step / STEPS);
      for (int s = 0; s < width; s++) {
        first[s] = 0.9 * first[s] + 0.1 * gradient[s];
        second[s] = 0.999 * second[s] + 0.001 * gradient[s] * gradient[s];
        double m = first[s] / (1 - Math.pow(0.9, step));
        double v = second[s] / (1 - Math.pow(0.999, step));
        w[s] -= rate * m / (Math.sqrt(v) + 1e-8);
      }
    }
    var text = new StringBuilder("loss %.4f%n".formatted(loss));
    for (int s = 0; s < width; s++) {
      if (deviation[s] > 1e-5) {
        text.append(
            String.format(
                Locale.ROOT,
                "    Map.entry(Signal.%s, %.3ff),  // %.2f per deviation%n",
                SIGNALS.get(s),
                w[s] / deviation[s],
                w[s]));
      }
    }
    return text.toString();
  }

  private double gradient(double[] w, double[] gradient) {
    double loss = 0;
    for (Example example : examples) {
      float[][] rows = example.rows;
      var p = new double[rows.length];
      double most = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < rows.length; i++) {
        for (int s = 0; s < width; s++) {
          p[i] += w[s] * rows[i][s];
        }
        most = Math.max(most, p[i]);
      }
      double sum = 0;
      double evidence = 0;
      for (int turn : example.evidence) {
        evidence += p[turn] / example.evidence.size();
      }
      for (int i = 0; i < rows.length; i++) {
        p[i] = Math.exp(p[i] - most);
        sum += p[i];
      }
      loss += example.counts * (most + Math.log(sum) - evidence);
      for (int i = 0; i < rows.length; i++) {
        double share = example.counts * p[i] / sum;
        for (int s = 0; s < width; s++) {
          gradient[s] += share * rows[i][s];
        }
      }
      for (int turn : example.evidence) {
        for (int s = 0; s < width; s++) {
          gradient[s] -= example.counts * rows[turn][s] / example.evidence.size();
        }
      }
    }
    for (int s = 0; s < width; s++) {
      gradient[s] = gradient[s] / all + 2 * RIDGE * w[s];
      loss += all * RIDGE * w[s] * w[s];
    }
    return loss / all;
  }
}
