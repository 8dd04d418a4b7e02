package io.madeleine.memory.compression.eviction;

/** Arithmetic on rows of {@code [rows × dims]} arrays. */
final class Vectors {

  private Vectors() {}

  static double norm(float[] rows, int row, int dims) {
    return Math.sqrt(dot(rows, row, rows, row, dims));
  }

  static double dot(float[] a, int rowA, float[] b, int rowB, int dims) {
    double sum = 0;
    for (int c = 0; c < dims; c++) {
      sum += (double) a[rowA * dims + c] * b[rowB * dims + c];
    }
    return sum;
  }

  static double cosine(float[] a, int rowA, float[] b, int rowB, int dims) {
    double lengths = norm(a, rowA, dims) * norm(b, rowB, dims);
    return lengths == 0 ? 0 : dot(a, rowA, b, rowB, dims) / lengths;
  }

  static void add(double[] sums, int rowTo, float[] from, int row, int dims, double weight) {
    for (int c = 0; c < dims; c++) {
      sums[rowTo * dims + c] += weight * from[row * dims + c];
    }
  }
}
