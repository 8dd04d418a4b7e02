package io.madeleine.evaluation.segmentation;

import java.util.ArrayList;
import java.util.List;

/**
 * Ridge-penalised logistic regression by Newton's method. Numbers that are not known stand at their
 * mean. Parts are weighted so that each counts as its weight says, however many rows it has.
 */
final class Logistic {

  private static final double ROWS_OF_A_PART = 3_000;
  private static final int STEPS = 15;

  private final List<double[]> rows = new ArrayList<>();
  private final List<Boolean> labels = new ArrayList<>();
  private final List<Double> weights = new ArrayList<>();

  /** Rows of one source with their labels. */
  static final class Part {
    final List<double[]> rows = new ArrayList<>();
    final List<Boolean> labels = new ArrayList<>();

    void add(double[] row, boolean label) {
      rows.add(row);
      labels.add(label);
    }
  }

  Logistic add(Part part, double weight) {
    for (int i = 0; i < part.rows.size(); i++) {
      rows.add(part.rows.get(i));
      labels.add(part.labels.get(i));
      weights.add(weight * ROWS_OF_A_PART / part.rows.size());
    }
    return this;
  }

  /** The coefficients: {@code bias + Σ weight × (value − usual)}. */
  static final class Fit {
    final double bias;
    final double[] usual;
    final double[] weight;

    Fit(double bias, double[] usual, double[] weight) {
      this.bias = bias;
      this.usual = usual;
      this.weight = weight;
    }
  }

  Fit fit(double ridge) {
    int columns = rows.getFirst().length;
    double[] mean = new double[columns];
    double[] deviation = new double[columns];
    standardise(mean, deviation);
    double[] b = new double[columns + 1];
    for (int step = 0; step < STEPS; step++) {
      newton(b, mean, deviation, ridge);
    }
    double[] weight = new double[columns];
    for (int c = 0; c < columns; c++) {
      weight[c] = b[c] / deviation[c];
    }
    return new Fit(b[columns], mean, weight);
  }

  private void standardise(double[] mean, double[] deviation) {
    for (int c = 0; c < mean.length; c++) {
      double sum = 0;
      double squares = 0;
      double known = 1e-12;
      for (int i = 0; i < rows.size(); i++) {
        double value = rows.get(i)[c];
        if (!Double.isNaN(value)) {
          sum += weights.get(i) * value;
          squares += weights.get(i) * value * value;
          known += weights.get(i);
        }
      }
      mean[c] = sum / known;
      deviation[c] = Math.sqrt(Math.max(0, squares / known - mean[c] * mean[c])) + 1e-6;
    }
  }

  private void newton(double[] b, double[] mean, double[] deviation, double ridge) {
    int n = b.length;
    double[][] system = new double[n][n + 1];
    double[] z = new double[n];
    z[n - 1] = 1;
    for (int i = 0; i < rows.size(); i++) {
      double margin = b[n - 1];
      for (int c = 0; c < n - 1; c++) {
        double value = rows.get(i)[c];
        z[c] = Double.isNaN(value) ? 0 : (value - mean[c]) / deviation[c];
        margin += b[c] * z[c];
      }
      double p = 1 / (1 + Math.exp(-margin));
      double slope = weights.get(i) * (p - (labels.get(i) ? 1 : 0));
      double curve = weights.get(i) * p * (1 - p);
      for (int r = 0; r < n; r++) {
        system[r][n] += slope * z[r];
        for (int c = 0; c <= r; c++) {
          system[r][c] += curve * z[r] * z[c];
        }
      }
    }
    for (int r = 0; r < n; r++) {
      double penalty = r < n - 1 ? ridge : 1e-6;
      system[r][r] += penalty;
      system[r][n] += penalty * b[r];
      for (int c = r + 1; c < n; c++) {
        system[r][c] = system[c][r];
      }
    }
    double[] step = solved(system);
    for (int r = 0; r < n; r++) {
      b[r] -= step[r];
    }
  }

  /** Gauss with row pivots; the matrix is positive definite. */
  private static double[] solved(double[][] system) {
    int n = system.length;
    for (int k = 0; k < n; k++) {
      int pivot = k;
      for (int r = k + 1; r < n; r++) {
        pivot = Math.abs(system[r][k]) > Math.abs(system[pivot][k]) ? r : pivot;
      }
      double[] swap = system[k];
      system[k] = system[pivot];
      system[pivot] = swap;
      for (int r = k + 1; r < n; r++) {
        double factor = system[r][k] / system[k][k];
        for (int c = k; c <= n; c++) {
          system[r][c] -= factor * system[k][c];
        }
      }
    }
    double[] x = new double[n];
    for (int r = n - 1; r >= 0; r--) {
      double rest = system[r][n];
      for (int c = r + 1; c < n; c++) {
        rest -= system[r][c] * x[c];
      }
      x[r] = rest / system[r][r];
    }
    return x;
  }
}
