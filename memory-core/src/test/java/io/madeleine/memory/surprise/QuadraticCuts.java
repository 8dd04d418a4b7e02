package io.madeleine.memory.surprise;

import java.util.List;

/** The cut qualities by their definitions, every pair of tokens looked at for every cut. */
final class QuadraticCuts {
  private QuadraticCuts() {}

  static double[][] graph(List<float[][]> heads) {
    int n = heads.getFirst().length;
    double[][] graph = new double[n][n];
    for (float[][] keys : heads) {
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          for (int d = 0; d < keys[i].length; d++) {
            graph[i][j] += (double) keys[i][d] * keys[j][d];
          }
        }
      }
    }
    return graph;
  }

  /** 1/4m Σ (A − k kᵀ/2m) over the pairs of one community, 2m = Σ A. */
  static double modularity(double[][] graph, int cut) {
    int n = graph.length;
    double total = block(graph, 0, n, 0, n);
    double sum = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        if (i < cut == j < cut) {
          double expected = block(graph, i, i + 1, 0, n) * block(graph, j, j + 1, 0, n) / total;
          sum += graph[i][j] - expected;
        }
      }
    }
    return sum / (2 * total);
  }

  static double conductance(double[][] graph, int cut) {
    int n = graph.length;
    return block(graph, 0, cut, cut, n)
        / Math.min(block(graph, 0, cut, 0, n), block(graph, cut, n, 0, n));
  }

  static double innerConductance(double[][] graph, int cut) {
    int n = graph.length;
    double total = block(graph, 0, n, 0, n);
    double across = block(graph, 0, cut, cut, n);
    double first = block(graph, 0, cut, 0, cut);
    double second = block(graph, cut, n, cut, n);
    return Math.min(
        across / Math.min(first, total - first), across / Math.min(second, total - second));
  }

  private static double block(double[][] graph, int fromRow, int toRow, int fromCol, int toCol) {
    double sum = 0;
    for (int i = fromRow; i < toRow; i++) {
      for (int j = fromCol; j < toCol; j++) {
        sum += graph[i][j];
      }
    }
    return sum;
  }
}
