package io.madeleine.evaluation.retrieval;

import io.madeleine.memory.index.Embedder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Cosines to everything, nothing left out. */
final class FlatVectors {

  private final List<List<float[]>> vectors = new ArrayList<>();
  private final Embedder embedder;

  FlatVectors(List<List<String>> texts, Embedder embedder) {
    this.embedder = embedder;
    texts.forEach(one -> vectors.add(embedder.embed(one)));
  }

  int[] rank(int conversation, String question, int depth) {
    float[] asked = embedder.embedQuery(question);
    List<float[]> all = vectors.get(conversation);
    var score = new double[all.size()];
    for (int i = 0; i < score.length; i++) {
      float[] vector = all.get(i);
      for (int d = 0; d < asked.length; d++) {
        score[i] += asked[d] * vector[d];
      }
    }
    return IntStream.range(0, score.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -score[i]))
        .limit(depth)
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
