package io.madeleine.memory.compression.budget;

/**
 * How many directions a head's vectors really use: the entropy, in nats, of the normalised
 * eigenvalues of the covariance of their directions around the mean.
 *
 * <p>Source: <a href="https://arxiv.org/abs/2410.03090">UNComp</a>, 2024. Eigenvalues by Jacobi
 * rotations: {@code O(headDim³)}, once per head.
 */
final class MatrixEntropy {

  private static final int SWEEPS = 30;

  private MatrixEntropy() {}

  /** {@return the entropy of {@code vectors}, {@code [count × dims]}; 0 when they do not differ} */
  static double of(float[] vectors, int dims) {
    double[] eigenvalues = eigenvalues(covariance(vectors, dims));
    double sum = 0;
    for (double value : eigenvalues) {
      sum += Math.max(0, value);
    }
    double entropy = 0;
    for (double value : eigenvalues) {
      double p = sum > 0 ? Math.max(0, value) / sum : 0;
      entropy -= p > 0 ? p * Math.log(p) : 0;
    }
    return entropy;
  }

  private static double[][] covariance(float[] vectors, int dims) {
    int count = vectors.length / dims;
    var mean = new double[dims];
    for (int i = 0; i < count * dims; i++) {
      mean[i % dims] += (double) vectors[i] / count;
    }
    var covariance = new double[dims][dims];
    var unit = new double[dims];
    for (int row = 0; row < count; row++) {
      double square = 0;
      for (int c = 0; c < dims; c++) {
        unit[c] = vectors[row * dims + c] - mean[c];
        square += unit[c] * unit[c];
      }
      if (square > 0) {
        addOuter(covariance, unit, 1 / (square * count));
      }
    }
    return covariance;
  }

  private static void addOuter(double[][] matrix, double[] vector, double scale) {
    for (int i = 0; i < vector.length; i++) {
      for (int j = 0; j < vector.length; j++) {
        matrix[i][j] += vector[i] * vector[j] * scale;
      }
    }
  }

  private static double[] eigenvalues(double[][] symmetric) {
    int n = symmetric.length;
    for (int sweep = 0; sweep < SWEEPS && offDiagonal(symmetric) > 1e-18; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          rotate(symmetric, p, q);
        }
      }
    }
    var diagonal = new double[n];
    for (int i = 0; i < n; i++) {
      diagonal[i] = symmetric[i][i];
    }
    return diagonal;
  }

  private static double offDiagonal(double[][] matrix) {
    double sum = 0;
    for (int i = 0; i < matrix.length; i++) {
      for (int j = i + 1; j < matrix.length; j++) {
        sum += matrix[i][j] * matrix[i][j];
      }
    }
    return sum;
  }

  private static void rotate(double[][] m, int p, int q) {
    if (Math.abs(m[p][q]) < 1e-300) {
      return;
    }
    double theta = (m[q][q] - m[p][p]) / (2 * m[p][q]);
    double t = Math.copySign(1, theta) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
    double c = 1 / Math.sqrt(t * t + 1);
    double s = t * c;
    for (int k = 0; k < m.length; k++) {
      double kp = m[k][p];
      double kq = m[k][q];
      m[k][p] = c * kp - s * kq;
      m[k][q] = s * kp + c * kq;
    }
    for (int k = 0; k < m.length; k++) {
      double pk = m[p][k];
      double qk = m[q][k];
      m[p][k] = c * pk - s * qk;
      m[q][k] = s * pk + c * qk;
    }
  }
}
