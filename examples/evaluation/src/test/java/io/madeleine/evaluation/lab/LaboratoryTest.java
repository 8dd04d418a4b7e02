// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.text.ModelText;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.evaluation.dialogue.Question.Kind;
import io.madeleine.evaluation.lab.policy.KvPolicies;
import io.madeleine.evaluation.lab.reader.ChatReader;
import io.madeleine.evaluation.lab.reader.Reading;
import io.madeleine.evaluation.world.World;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LaboratoryTest {

  private static Pocket pocket;

  @BeforeAll
  static void open(@TempDir Path directory) {
    pocket = Pocket.open(directory);
  }

  @AfterAll
  static void close() {
    pocket.close();
  }

  @Test
  void run_ofTheYardsticks_ranksThemAsTheyMust() {
    List<Scored> scored = pocket.laboratory().run(setup(LabPolicies.all(), 1.0 / 6), line -> {});
    double full = accuracy(scored, "full");
    assertThat(full).isGreaterThan(0.85);
    assertThat(accuracy(scored, "random")).isLessThan(full - 0.4);
    assertThat(accuracy(scored, "recent")).isLessThan(full - 0.4);
    assertThat(accuracy(scored, "oracle-episode")).isGreaterThan(full - 0.1);
    assertThat(pocket.pool().usedBytes()).isZero();
  }

  @Test
  void run_whereEverythingIsKept_answersLikeTheFullCache() {
    List<Scored> full = pocket.laboratory().run(setup(List.of(LabPolicies.full()), 1), l -> {});
    List<Scored> recent = pocket.laboratory().run(setup(List.of(LabPolicies.recent()), 1), l -> {});
    assertThat(recent.stream().map(Scored::values)).containsExactlyElementsOf(values(full));
  }

  @Test
  void run_batchedAndForked_answersAsGreedyDecodingDoes() {
    Reading reading = pocket.reader().read(7003, 200, 12, false);
    List<Boolean> decoded = new ArrayList<>();
    for (Reading.Asked asked : reading.questions()) {
      decoded.add(greedy(reading, asked));
    }
    LabSetup one = new LabSetup(List.of(LabPolicies.full()), List.of(1.0), 200, 1, 12, false, 7003);
    List<Boolean> whole =
        pocket.laboratory().run(one, l -> {}).stream().map(Scored::whole).toList();
    assertThat(whole).isEqualTo(decoded).contains(true);
  }

  @Test
  void run_ofEveryPolicy_leavesNoPageBehind() {
    int layers = pocket.model().kvShape().layers();
    List<LabPolicy> all = KvPolicies.all(layers, pocket.tokenizer(), 7);
    LabSetup one = new LabSetup(all, List.of(0.25), 150, 1, 4, false, 7000);
    List<Scored> scored = pocket.laboratory().run(one, l -> {});
    assertThat(scored.stream().map(Scored::policy).distinct()).hasSize(all.size());
    assertThat(scored).allMatch(s -> s.evidence() >= 0 && s.evidence() <= 1);
    assertThat(pocket.pool().usedBytes()).isZero();
  }

  @Test
  void run_ofPoliciesThatMoveTokens_countsTheEvidenceThatTheyBroughtBack() {
    List<LabPolicy> living =
        KvPolicies.all(pocket.model().kvShape().layers(), pocket.tokenizer(), 7).stream()
            .filter(policy -> List.of("oracle-living", "events-living").contains(policy.name()))
            .toList();
    List<Scored> roomy = pocket.laboratory().run(setup(living, 0.5), l -> {});
    assertThat(evidence(roomy, "oracle-living")).isGreaterThan(0.9);
    List<Scored> tight = pocket.laboratory().run(setup(living, 1.0 / 6), l -> {});
    assertThat(evidence(tight, "oracle-living")).isBetween(0.4, 0.9);
    assertThat(evidence(tight, "events-living")).isBetween(0.2, evidence(tight, "oracle-living"));
  }

  private static double evidence(List<Scored> scored, String policy) {
    return scored.stream()
        .filter(s -> s.policy().equals(policy) && s.answerable())
        .mapToDouble(Scored::evidence)
        .average()
        .orElseThrow();
  }

  @Test
  void oracle_keepsTheEvidence_withinItsBudget() {
    Reading reading = pocket.reader().read(7001, 400, 12, false);
    try (KvCache full = new KvCache(pocket.model().kvShape(), KvType.F32, pocket.pool())) {
      pocket.model().prefill(full, reading.tokens(), Observe.nothing());
      List<Reading.Asked> answerable =
          reading.questions().stream()
              .filter(asked -> !asked.question().evidence().isEmpty())
              .toList();
      for (Reading.Asked asked : answerable) {
        LabCase lab = new LabCase(pocket.model(), full, reading, List.of(asked), 120, 1);
        try (KvCache cache = LabPolicies.oracle().prepare(lab)) {
          assertThat(cache.slots(0, 0)).isEqualTo(120);
          assertThat(cache.length()).isEqualTo(full.length());
          TokenSpan evidence = reading.turns().get(asked.question().evidence().getFirst());
          assertThat(cache.positions(0, 0))
              .contains(IntStream.range(evidence.start(), evidence.end()).toArray());
        }
      }
    }
  }

  @Test
  void read_ofASeed_isTheSameTwice_andItsSpansCoverIt() {
    Reading reading = pocket.reader().read(5, 300, 10, true);
    assertThat(pocket.reader().read(5, 300, 10, true).tokens()).isEqualTo(reading.tokens());
    int at = 1;
    for (TokenSpan turn : reading.turns()) {
      assertThat(turn.start()).isEqualTo(at);
      at = turn.end();
    }
    assertThat(at).isEqualTo(reading.tokens().length);
    assertThat(reading.segments().getLast().end()).isEqualTo(at);
    assertThat(reading.questions()).hasSizeGreaterThan(5);
  }

  @Test
  void run_throughAnyChatTemplate_readsAndAnswers() {
    ChatReader reader =
        new ChatReader(World.load(), ModelText.of(pocket.file(), Clock.systemUTC()));
    Reading reading = reader.read(7000, 300, 12, false);
    assertThat(reading.turns().getFirst().start()).isZero();
    assertThat(reading.turns().getLast().end()).isEqualTo(reading.tokens().length);
    Laboratory laboratory = new Laboratory(pocket.model(), reader, pocket.pool(), KvType.F32);
    List<Scored> scored = laboratory.run(setup(List.of(LabPolicies.full()), 1), l -> {});
    assertThat(scored).hasSizeGreaterThan(20);
    assertThat(pocket.pool().usedBytes()).isZero();
  }

  private static LabSetup setup(List<LabPolicy> policies, double kept) {
    return new LabSetup(policies, List.of(kept), 300, 3, 12, false, 7000);
  }

  private static List<Boolean> values(List<Scored> scored) {
    return scored.stream().map(Scored::values).toList();
  }

  private static double accuracy(List<Scored> scored, String policy) {
    return scored.stream()
        .filter(s -> s.policy().equals(policy) && s.kind() != Kind.UNKNOWN)
        .mapToInt(s -> s.values() ? 1 : 0)
        .average()
        .orElseThrow();
  }

  private static boolean greedy(Reading reading, Reading.Asked asked) {
    try (KvCache cache = new KvCache(pocket.model().kvShape(), KvType.F32, pocket.pool())) {
      pocket.model().prefill(cache, reading.tokens(), Observe.nothing());
      float[] logits = pocket.model().prefill(cache, asked.prompt(), Observe.lastLogits()).logits();
      for (int expected : asked.answer()) {
        int best = best(logits);
        if (best != expected) {
          return false;
        }
        logits = pocket.model().decode(cache, best);
      }
      return true;
    }
  }

  private static int best(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }
}
