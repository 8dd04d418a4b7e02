// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.evaluation.lab.reader.Reading;
import io.madeleine.evaluation.world.Dice;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Function;

/**
 * The yardsticks of the laboratory: policies that need nothing but positions. Between the best and
 * the worst of them lies what a real policy can win.
 */
public final class LabPolicies {

  private static final int SINKS = 4;

  private LabPolicies() {}

  /** {@return all yardsticks} */
  public static List<LabPolicy> all() {
    return List.of(full(), random(), recent(), sinksAndRecent(), oracle());
  }

  /** {@return the policy that keeps everything, whatever it is allowed} */
  public static LabPolicy full() {
    return new LabPolicy() {
      @Override
      public String name() {
        return "full";
      }

      @Override
      public Scope scope() {
        return Scope.DIALOGUE;
      }

      @Override
      public boolean keepsAll() {
        return true;
      }

      @Override
      public KvCache prepare(LabCase lab) {
        return lab.full().fork();
      }
    };
  }

  /** {@return the policy that draws the tokens it keeps, the same in all heads} */
  public static LabPolicy random() {
    return policy("random", LabPolicy.Scope.DIALOGUE, lab -> lab.keeping(drawn(lab)));
  }

  /** {@return the policy that keeps the last tokens} */
  public static LabPolicy recent() {
    return policy("recent", LabPolicy.Scope.DIALOGUE, lab -> lab.keeping(fill(new BitSet(), lab)));
  }

  /**
   * {@return the policy that keeps the first 4 and the last tokens} (Xiao et al., <a
   * href="https://arxiv.org/abs/2309.17453">StreamingLLM</a>, 2023; positions stay as they are)
   */
  public static LabPolicy sinksAndRecent() {
    return policy(
        "sinks+recent",
        LabPolicy.Scope.DIALOGUE,
        lab -> {
          BitSet kept = new BitSet();
          kept.set(0, Math.min(SINKS, lab.keptTokens()));
          return lab.keeping(fill(kept, lab));
        });
  }

  /**
   * {@return the policy that knows where the evidence is} It keeps the turns that hold it, then the
   * rest of their segments from the evidence outwards, then the last tokens: what episodes could
   * win at most, if retrieval never failed.
   */
  public static LabPolicy oracle() {
    return policy(
        "oracle-episode", LabPolicy.Scope.QUESTION, lab -> lab.keeping(fill(evidence(lab), lab)));
  }

  private static LabPolicy policy(
      String name, LabPolicy.Scope scope, Function<LabCase, KvCache> prepare) {
    return new LabPolicy() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Scope scope() {
        return scope;
      }

      @Override
      public KvCache prepare(LabCase lab) {
        return prepare.apply(lab);
      }
    };
  }

  private static int[] drawn(LabCase lab) {
    Dice dice = new Dice(lab.seed());
    BitSet kept = new BitSet();
    while (kept.cardinality() < lab.keptTokens()) {
      kept.set(dice.below(lab.reading().tokens().length));
    }
    return kept.stream().toArray();
  }

  /** Adds the last tokens until the budget is full. */
  private static int[] fill(BitSet kept, LabCase lab) {
    int token = lab.reading().tokens().length - 1;
    while (kept.cardinality() < lab.keptTokens()) {
      kept.set(token--);
    }
    return kept.stream().toArray();
  }

  private static BitSet evidence(LabCase lab) {
    BitSet kept = new BitSet();
    Reading reading = lab.reading();
    List<Integer> turns = new ArrayList<>();
    lab.questions().forEach(asked -> turns.addAll(asked.question().evidence()));
    turns.forEach(turn -> addWhatFits(kept, reading.turns().get(turn), lab.keptTokens()));
    for (int turn : turns) {
      TokenSpan span = reading.turns().get(turn);
      TokenSpan segment = reading.segments().get(reading.segmentOfTurn().get(turn));
      int reach = segment.length();
      for (int step = 1; step <= reach && kept.cardinality() < lab.keptTokens(); step++) {
        addWithin(kept, span.start() - step, segment, lab.keptTokens());
        addWithin(kept, span.end() - 1 + step, segment, lab.keptTokens());
      }
    }
    return kept;
  }

  private static void addWhatFits(BitSet kept, TokenSpan span, int budget) {
    for (int token = span.start(); token < span.end() && kept.cardinality() < budget; token++) {
      kept.set(token);
    }
  }

  private static void addWithin(BitSet kept, int token, TokenSpan segment, int budget) {
    if (token >= segment.start() && token < segment.end() && kept.cardinality() < budget) {
      kept.set(token);
    }
  }
}
