// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Transformer;
import io.madeleine.evaluation.lab.reader.DialogueReader;
import io.madeleine.evaluation.lab.reader.Reading;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;

/**
 * Measures policies by answers. A dialogue is prefilled once; every policy gets a fork of its
 * cache, every question a fork of that. Answers are teacher-forced: at each place the model's best
 * token is compared with the right one, which for a whole answer is the same as decoding it
 * greedily.
 */
public final class Laboratory {

  private static final int QUESTIONS_PER_PASS = 8;

  private final Transformer model;
  private final DialogueReader reader;
  private final PagePool pool;
  private final KvType type;

  /**
   * A laboratory.
   *
   * @param reader puts dialogues into this model's words
   * @param pool where its caches live
   * @param type how they are stored
   */
  public Laboratory(Transformer model, DialogueReader reader, PagePool pool, KvType type) {
    this.model = model;
    this.reader = reader;
    this.pool = pool;
    this.type = type;
  }

  /** {@return every question of every dialogue under every policy and share} */
  public List<Scored> run(LabSetup setup, Consumer<String> progress) {
    List<Scored> scored = new ArrayList<>();
    for (int d = 0; d < setup.dialogues(); d++) {
      Reading reading =
          reader.read(setup.seed() + d, setup.context(), setup.questions(), setup.heldOutPhrases());
      try (KvCache full = new KvCache(model.kvShape(), type, pool)) {
        model.prefill(full, reading.tokens(), Observe.nothing());
        for (LabPolicy policy : setup.policies()) {
          for (double kept : policy.keepsAll() ? List.of(1.0) : setup.kept()) {
            scored.addAll(ask(new Run(policy, kept, d, reading, full, setup.seed() + d)));
          }
          policy.forget();
        }
      }
      progress.accept("dialogue %d of %d".formatted(d + 1, setup.dialogues()));
    }
    return scored;
  }

  /** One policy at one share behind one dialogue. */
  private record Run(
      LabPolicy policy, double kept, int dialogue, Reading reading, KvCache full, long seed) {

    LabCase lab(Transformer model, List<Reading.Asked> questions) {
      int tokens = Math.max(1, (int) (reading.tokens().length * kept));
      return new LabCase(model, full, reading, questions, tokens, seed);
    }

    Scored score(Reading.Asked asked, DialogueReader.Verdict verdict, KvCache cache) {
      double perToken = (double) cache.bytes() / reading.tokens().length;
      return new Scored(
          policy.name(),
          kept,
          dialogue,
          asked.question().kind(),
          verdict.values(),
          verdict.whole(),
          verdict.f1(),
          evidence(asked.question().evidence(), cache),
          perToken);
    }

    private double evidence(List<Integer> turns, KvCache cache) {
      BitSet wanted = new BitSet();
      turns.forEach(t -> wanted.set(reading.turns().get(t).start(), reading.turns().get(t).end()));
      if (wanted.isEmpty()) {
        return 1;
      }
      return policy.moved().map(held -> held(held, wanted)).orElseGet(() -> held(cache, wanted));
    }
  }

  private static double held(BitSet held, BitSet wanted) {
    BitSet both = BitSet.valueOf(held.toLongArray());
    both.and(wanted);
    return (double) both.cardinality() / wanted.cardinality();
  }

  private static double held(KvCache cache, BitSet wanted) {
    long held = 0;
    for (int layer = 0; layer < cache.shape().layers(); layer++) {
      for (int head = 0; head < cache.shape().kvHeads(); head++) {
        held += Arrays.stream(cache.positions(layer, head)).filter(wanted::get).count();
      }
    }
    return (double) held / cache.shape().heads() / wanted.cardinality();
  }

  private List<Scored> ask(Run run) {
    List<Scored> scored = new ArrayList<>();
    List<Reading.Asked> questions = run.reading().questions();
    if (run.policy().scope() == LabPolicy.Scope.DIALOGUE) {
      try (KvCache cache = run.policy().prepare(run.lab(model, List.of()))) {
        for (int i = 0; i < questions.size(); i += QUESTIONS_PER_PASS) {
          int end = Math.min(i + QUESTIONS_PER_PASS, questions.size());
          scored.addAll(ask(run, cache, questions.subList(i, end)));
        }
      }
    } else {
      for (Reading.Asked asked : questions) {
        try (KvCache cache = run.policy().prepare(run.lab(model, List.of(asked)))) {
          scored.addAll(ask(run, cache, List.of(asked)));
        }
      }
    }
    return scored;
  }

  private List<Scored> ask(Run run, KvCache cache, List<Reading.Asked> questions) {
    List<KvCache> forks = new ArrayList<>();
    try {
      questions.forEach(asked -> forks.add(cache.fork()));
      List<DialogueReader.Verdict> verdicts =
          run.policy()
              .view()
              .map(view -> reader.answer(model, forks, questions, view))
              .orElseGet(() -> reader.answer(model, forks, questions));
      List<Scored> scored = new ArrayList<>();
      for (int i = 0; i < verdicts.size(); i++) {
        scored.add(run.score(questions.get(i), verdicts.get(i), cache));
      }
      return scored;
    } finally {
      forks.forEach(KvCache::close);
    }
  }
}
