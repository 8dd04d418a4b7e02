package io.madeleine.evaluation.lab.policy.living;

import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.evaluation.lab.policy.observed.Observations;
import io.madeleine.evaluation.lab.policy.observed.WordIndex;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Finds the turns of a dialogue that a text may be about. */
public interface TurnFinder {

  /**
   * {@return turns said before turn {@code before}, best first}
   *
   * @param said the text, as the model's tokens
   */
  List<Integer> ranked(LabCase lab, int[] said, int before);

  /** Drops what it kept of a dialogue. */
  default void forget() {}

  /**
   * By shared words, and by what the best of the turns found say in turn: the second half of a
   * question with two steps.
   */
  static TurnFinder byWords(Observations observations) {
    return new TurnFinder() {
      private static final int BEST = 3;
      private static final int LINKED = 2;

      @Override
      public List<Integer> ranked(LabCase lab, int[] said, int before) {
        WordIndex words = observations.words(lab);
        List<Integer> direct = ranked(words, said, before);
        List<Integer> best = direct.subList(0, Math.min(BEST, direct.size()));
        Set<Integer> order = new LinkedHashSet<>(best);
        for (int turn : best) {
          ranked(words, lab.reading().tokensOf(turn), before).stream()
              .limit(LINKED)
              .forEach(order::add);
        }
        order.addAll(direct);
        return new ArrayList<>(order);
      }

      private static List<Integer> ranked(WordIndex words, int[] said, int before) {
        return words.ranked(said).stream().filter(turn -> turn < before).toList();
      }
    };
  }

  /**
   * As {@code other}, but told where the evidence of the question lies: what is lost then was not
   * lost in finding.
   */
  static TurnFinder told(TurnFinder other) {
    return new TurnFinder() {
      @Override
      public List<Integer> ranked(LabCase lab, int[] said, int before) {
        Set<Integer> order = new LinkedHashSet<>();
        if (before == Integer.MAX_VALUE) {
          lab.questions().forEach(asked -> order.addAll(asked.question().evidence()));
        }
        order.addAll(other.ranked(lab, said, before));
        return new ArrayList<>(order);
      }

      @Override
      public void forget() {
        other.forget();
      }
    };
  }
}
