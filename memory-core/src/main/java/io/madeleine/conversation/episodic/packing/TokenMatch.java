package io.madeleine.conversation.episodic.packing;

import io.madeleine.engine.token.TokenSpan;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Ranks parts of one long turn by the tokens and pairs of tokens that they share with a question:
 * BM25, where a part is a document. Needs no index, for nobody else asks for them.
 *
 * <p>Source: Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009, with k1 = 0.9 and
 * b = 0.3.
 */
public final class TokenMatch {

  private static final double K1 = 0.9;
  private static final double B = 0.3;

  private final List<TokenSpan> parts;
  private final List<Map<Long, Integer>> terms;
  private final Map<Long, Integer> holders = new HashMap<>();
  private final double meanLength;

  /**
   * @param tokens gives the tokens of a part
   * @param parts of the conversation's tokens, in their order
   */
  public TokenMatch(Function<TokenSpan, int[]> tokens, List<TokenSpan> parts) {
    this.parts = List.copyOf(parts);
    this.terms = parts.stream().map(part -> terms(tokens.apply(part))).toList();
    terms.forEach(part -> part.keySet().forEach(term -> holders.merge(term, 1, Integer::sum)));
    this.meanLength = terms.stream().mapToInt(Map::size).average().orElse(1);
  }

  /** {@return all parts, those that share most with {@code question} first, then by time} */
  public List<TokenSpan> ranked(int[] question) {
    Map<Long, Integer> asked = terms(question);
    double[] scores = terms.stream().mapToDouble(part -> score(asked, part)).toArray();
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer part) -> -scores[part]))
        .map(parts::get)
        .toList();
  }

  private double score(Map<Long, Integer> asked, Map<Long, Integer> part) {
    double score = 0;
    for (long term : asked.keySet()) {
      double count = part.getOrDefault(term, 0);
      double held = holders.getOrDefault(term, 0);
      double rarity = Math.log(1 + (parts.size() - held + 0.5) / (held + 0.5));
      double length = part.size() / meanLength;
      score += rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * length));
    }
    return score;
  }

  private static Map<Long, Integer> terms(int[] tokens) {
    Map<Long, Integer> terms = new HashMap<>();
    for (int i = 0; i < tokens.length; i++) {
      terms.merge((long) tokens[i], 1, Integer::sum);
      if (i + 1 < tokens.length) {
        terms.merge((long) (tokens[i] + 1) << 32 | tokens[i + 1], 1, Integer::sum);
      }
    }
    return terms;
  }
}
