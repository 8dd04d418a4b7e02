package io.madeleine.evaluation.retrieval;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/**
 * Lucene's BM25 with its defaults (k₁ 1.2, b 0.75, EnglishAnalyzer), frequencies over the whole
 * data set, in a page of code of its own: an independent twin of what the index does.
 */
final class FlatBm25 {

  private static final double K1 = 1.2;
  private static final double B = 0.75;

  private final Analyzer analyzer = new EnglishAnalyzer();
  private final List<List<Map<String, Integer>>> counts = new ArrayList<>();
  private final List<int[]> lengths = new ArrayList<>();
  private final Map<String, Integer> documents = new HashMap<>();
  private final double averageLength;
  private final int total;

  FlatBm25(List<List<String>> texts) {
    long said = 0;
    int all = 0;
    for (List<String> conversation : texts) {
      List<Map<String, Integer>> one = new ArrayList<>();
      var length = new int[conversation.size()];
      for (int i = 0; i < length.length; i++) {
        Map<String, Integer> count = new HashMap<>();
        for (String term : terms(conversation.get(i))) {
          count.merge(term, 1, Integer::sum);
          length[i]++;
        }
        count.keySet().forEach(term -> documents.merge(term, 1, Integer::sum));
        one.add(count);
        said += length[i];
        all++;
      }
      counts.add(one);
      lengths.add(length);
    }
    averageLength = (double) said / Math.max(1, all);
    total = all;
  }

  int[] rank(int conversation, String question, int depth) {
    var score = new double[counts.get(conversation).size()];
    for (String term : terms(question)) {
      int df = documents.getOrDefault(term, 0);
      double rarity = Math.log1p((total - df + 0.5) / (df + 0.5));
      for (int i = 0; i < score.length; i++) {
        int tf = counts.get(conversation).get(i).getOrDefault(term, 0);
        if (tf > 0) {
          score[i] +=
              rarity * tf / (tf + K1 * (1 - B + B * lengths.get(conversation)[i] / averageLength));
        }
      }
    }
    return IntStream.range(0, score.length)
        .filter(i -> score[i] > 0)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -score[i]))
        .limit(depth)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private List<String> terms(String text) {
    List<String> terms = new ArrayList<>();
    try (TokenStream stream = analyzer.tokenStream("text", text)) {
      CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
      stream.reset();
      while (stream.incrementToken()) {
        terms.add(term.toString());
      }
      stream.end();
    } catch (IOException e) {
      throw new UncheckedIOException("a string cannot fail to be read", e);
    }
    return terms;
  }
}
