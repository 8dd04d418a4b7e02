package io.madeleine.engine.generation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * How likely the model held a token to be, before temperature and masks.
 *
 * @param token its id
 * @param logProbability natural logarithm, at most 0; its negative is the surprisal in nats
 */
public record TokenChance(int token, double logProbability) {

  /**
   * {@return the chance of {@code chosen}, then of the {@code top} likeliest tokens, best first}
   */
  static List<TokenChance> of(float[] logits, int chosen, int top) {
    double total = logOfSum(logits);
    var best =
        new PriorityQueue<TokenChance>(
            Comparator.comparingDouble(TokenChance::logProbability)
                .thenComparing(Comparator.comparingInt(TokenChance::token).reversed()));
    for (int id = 0; id < logits.length && top > 0; id++) {
      double chance = logits[id] - total;
      if (best.size() < top || chance > best.element().logProbability()) {
        best.add(new TokenChance(id, chance));
      }
      if (best.size() > top) {
        best.remove();
      }
    }
    List<TokenChance> chances = new ArrayList<>(best);
    chances.sort(best.comparator().reversed());
    chances.addFirst(new TokenChance(chosen, logits[chosen] - total));
    return List.copyOf(chances);
  }

  private static double logOfSum(float[] logits) {
    double most = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      most = Math.max(most, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - most);
    }
    return most + Math.log(sum);
  }
}
