package io.madeleine.evaluation.lab.policy.observed;

import io.madeleine.engine.token.TokenSpan;
import io.madeleine.evaluation.lab.reader.Reading;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Finds the turns that share rare neighbouring tokens with a question: BM25 over pairs and single
 * tokens. It stands in for the search index, which the laboratory does without.
 */
public final class WordIndex {

  private static final double K1 = 0.9;
  private static final double B = 0.3;

  private final List<Map<Long, Integer>> turns = new ArrayList<>();
  private final Map<Long, Integer> holders = new HashMap<>();
  private double meanLength;

  public WordIndex(Reading reading) {
    for (TokenSpan span : reading.turns()) {
      Map<Long, Integer> terms = terms(reading.tokens(), span.start(), span.end());
      turns.add(terms);
      terms.keySet().forEach(term -> holders.merge(term, 1, Integer::sum));
      meanLength += (double) span.length() / reading.turns().size();
    }
  }

  /** {@return all turns that share something with {@code question}, best first} */
  public List<Integer> ranked(int[] question) {
    Map<Long, Integer> asked = terms(question, 0, question.length);
    double[] scores = turns.stream().mapToDouble(turn -> score(asked, turn)).toArray();
    return IntStream.range(0, scores.length)
        .filter(turn -> scores[turn] > 0)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer turn) -> -scores[turn]).thenComparing(t -> -t))
        .toList();
  }

  /** {@return a vector of the tokens' weights, folded into {@code dims} places, of length one} */
  float[] vector(int[] tokens, int dims) {
    var vector = new float[dims];
    terms(tokens, 0, tokens.length)
        .forEach(
            (term, count) ->
                vector[Math.floorMod(term.hashCode() * 31, dims)] += (float) rarity(term));
    double square = 0;
    for (float x : vector) {
      square += x * x;
    }
    for (int i = 0; i < dims && square > 0; i++) {
      vector[i] /= (float) Math.sqrt(square);
    }
    return vector;
  }

  private double score(Map<Long, Integer> asked, Map<Long, Integer> turn) {
    double length = turn.size() / 2.0;
    double score = 0;
    for (long term : asked.keySet()) {
      double count = turn.getOrDefault(term, 0);
      score += rarity(term) * count * (K1 + 1) / (count + K1 * (1 - B + B * length / meanLength));
    }
    return score;
  }

  private double rarity(long term) {
    double held = holders.getOrDefault(term, 0);
    return Math.log(1 + (turns.size() - held + 0.5) / (held + 0.5));
  }

  private static Map<Long, Integer> terms(int[] tokens, int from, int to) {
    Map<Long, Integer> terms = new HashMap<>();
    for (int i = from; i < to; i++) {
      terms.merge((long) tokens[i], 1, Integer::sum);
      if (i + 1 < to) {
        terms.merge((long) (tokens[i] + 1) << 32 | tokens[i + 1], 1, Integer::sum);
      }
    }
    return terms;
  }
}
