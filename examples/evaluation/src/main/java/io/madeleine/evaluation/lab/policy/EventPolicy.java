package io.madeleine.evaluation.lab.policy;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.evaluation.lab.LabPolicy;
import io.madeleine.evaluation.lab.policy.observed.Observations;
import io.madeleine.evaluation.lab.policy.observed.WordIndex;
import io.madeleine.memory.surprise.Surprisal;
import io.madeleine.memory.surprise.SurpriseSegmenter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Recalls events: the tokens between two surprises, found by their turns' words, with the events
 * before and after the best one; sinks first and recent tokens last, at original positions, exact
 * keys and values.
 */
final class EventPolicy implements LabPolicy {

  private static final int SINKS = 4;
  private static final double RECENT_SHARE = 0.05;
  private static final int FIRST = 10;
  private static final int BEST = 3;
  private static final int LINKED = 2;

  private final Observations observations;
  private final SurpriseSegmenter segmenter;

  EventPolicy(Observations observations, SurpriseSegmenter segmenter) {
    this.observations = observations;
    this.segmenter = segmenter;
  }

  @Override
  public String name() {
    return "events-slots";
  }

  @Override
  public Scope scope() {
    return Scope.QUESTION;
  }

  @Override
  public KvCache prepare(LabCase lab) {
    var kept = new BitSet();
    int tokens = lab.reading().tokens().length;
    int budget = lab.keptTokens();
    kept.set(0, Math.min(SINKS, budget));
    int recent = (int) (budget * RECENT_SHARE);
    kept.set(Math.max(0, tokens - recent), tokens);
    for (TokenSpan span : wanted(lab)) {
      add(kept, span, budget);
    }
    for (int token = tokens - 1; kept.cardinality() < budget; token--) {
      kept.set(token);
    }
    return lab.keeping(kept.stream().toArray());
  }

  /** Whole events while they fit; of the last one, as much as fits. */
  private static void add(BitSet kept, TokenSpan span, int budget) {
    for (int token = span.start(); token < span.end() && kept.cardinality() < budget; token++) {
      kept.set(token);
    }
  }

  /**
   * The turns that match the question and those that match the best of them, which finds the second
   * half of a question with two steps; then what was said before and after; then whole events.
   */
  private List<TokenSpan> wanted(LabCase lab) {
    List<TokenSpan> turns = lab.reading().turns();
    List<Integer> ranked = ranked(lab);
    Set<TokenSpan> wanted = new LinkedHashSet<>();
    for (int turn : ranked.subList(0, Math.min(FIRST, ranked.size()))) {
      wanted.add(turns.get(turn));
    }
    for (int turn : ranked.subList(0, Math.min(BEST, ranked.size()))) {
      neighbours(wanted, turns, turn);
      for (TokenSpan event : events(lab)) {
        if (event.start() < turns.get(turn).end() && turns.get(turn).start() < event.end()) {
          wanted.add(event);
        }
      }
    }
    ranked.forEach(turn -> wanted.add(turns.get(turn)));
    return new ArrayList<>(wanted);
  }

  /** The best three, what matches them best in turn, then all others. */
  private List<Integer> ranked(LabCase lab) {
    WordIndex words = observations.words(lab);
    List<Integer> direct = words.ranked(lab.questions().getFirst().prompt());
    List<Integer> best = direct.subList(0, Math.min(BEST, direct.size()));
    Set<Integer> ranked = new LinkedHashSet<>(best);
    for (int turn : best) {
      TokenSpan span = lab.reading().turns().get(turn);
      int[] tokens = Arrays.copyOfRange(lab.reading().tokens(), span.start(), span.end());
      words.ranked(tokens).stream().limit(LINKED).forEach(ranked::add);
    }
    ranked.addAll(direct);
    return new ArrayList<>(ranked);
  }

  private static void neighbours(Set<TokenSpan> wanted, List<TokenSpan> turns, int turn) {
    if (turn + 1 < turns.size()) {
      wanted.add(turns.get(turn + 1));
    }
    if (turn > 0) {
      wanted.add(turns.get(turn - 1));
    }
  }

  private List<TokenSpan> events(LabCase lab) {
    float[] nats = observations.of(lab).surprisal();
    return segmenter.segment(Surprisal.of(nats));
  }
}
