package io.madeleine.evaluation.retrieval;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What one method made of one question.
 *
 * @param conversation its id
 * @param category of the question
 * @param recallAtTokens share of the evidence inside each budget
 * @param recallAtUnits share of the evidence inside the best 1, 5, 10 and 20 units
 * @param ndcg of the best ten units, gain 1 for one that brings new evidence
 */
record Score(
    String conversation,
    String category,
    List<Double> recallAtTokens,
    List<Double> recallAtUnits,
    double ndcg) {

  static final List<Integer> UNITS = List.of(1, 5, 10, 20);
  private static final int NDCG_DEPTH = 10;

  Score {
    recallAtTokens = List.copyOf(recallAtTokens);
    recallAtUnits = List.copyOf(recallAtUnits);
  }

  boolean answerable() {
    return !category.equals("adversarial");
  }

  static Score of(
      String conversation,
      String category,
      List<int[]> ranked,
      List<Integer> evidence,
      int[] tokens,
      int[] budgets) {
    var wanted = new HashSet<>(evidence);
    List<Double> inBudget = new ArrayList<>();
    for (int budget : budgets) {
      inBudget.add(share(packed(ranked, tokens, budget), wanted));
    }
    List<Double> inUnits = new ArrayList<>();
    for (int units : UNITS) {
      Set<Integer> taken = new HashSet<>();
      for (int[] unit : ranked.subList(0, Math.min(units, ranked.size()))) {
        for (int turn : unit) {
          taken.add(turn);
        }
      }
      inUnits.add(share(taken, wanted));
    }
    return new Score(conversation, category, inBudget, inUnits, ndcg(ranked, wanted));
  }

  /** {@return the turns that fit, in rank order, up to the first that does not} */
  static Set<Integer> packed(List<int[]> ranked, int[] tokens, int budget) {
    Set<Integer> taken = new HashSet<>();
    int left = budget;
    for (int[] unit : ranked) {
      for (int turn : unit) {
        if (taken.contains(turn)) {
          continue;
        }
        if (tokens[turn] > left) {
          return taken;
        }
        left -= tokens[turn];
        taken.add(turn);
      }
    }
    return taken;
  }

  private static double share(Set<Integer> taken, Set<Integer> wanted) {
    return wanted.stream().filter(taken::contains).count() / (double) wanted.size();
  }

  /** Ideal = as many bringing units as it took here at least, one for each turn at most. */
  private static double ndcg(List<int[]> ranked, Set<Integer> wanted) {
    Set<Integer> missing = new HashSet<>(wanted);
    double gain = 0;
    int bringing = 0;
    for (int rank = 0; rank < ranked.size() && !missing.isEmpty(); rank++) {
      boolean brings = false;
      for (int turn : ranked.get(rank)) {
        brings |= missing.remove(turn);
      }
      if (brings) {
        bringing++;
        gain += rank < NDCG_DEPTH ? discount(rank) : 0;
      }
    }
    double ideal = 0;
    for (int rank = 0; rank < Math.min(NDCG_DEPTH, bringing + missing.size()); rank++) {
      ideal += discount(rank);
    }
    return ideal == 0 ? 0 : gain / ideal;
  }

  private static double discount(int rank) {
    return Math.log(2) / Math.log(rank + 2);
  }
}
