// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.madeleine.evaluation.dialogue.Question.Kind;
import io.madeleine.evaluation.lab.Scored;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabReportTest {

  @Test
  void of_twoPolicies_comparesWithFullAndLeavesOutTheUnanswerable() {
    LabReport report = LabReport.of(run(), 1000);
    LabRow recent = report.rows().get(1);
    assertThat(report.rows().getFirst().accuracy()).isEqualTo(1.0);
    assertThat(recent.accuracy()).isEqualTo(0.5);
    assertThat(recent.ofFull()).isEqualTo(0.5);
    assertThat(recent.points()).isEqualTo(-50);
    assertThat(recent.f1()).isEqualTo(0.5);
    assertThat(recent.evidence()).isEqualTo(0.5);
    assertThat(recent.pointsInterval().low()).isLessThan(-50);
    assertThat(report.rows().getFirst().pointsInterval()).isEqualTo(new Bootstrap.Interval(0, 0));
    assertThat(recent.questions()).isEqualTo(40);
    assertThat(recent.interval().low()).isLessThan(0.5);
    assertThat(recent.interval().high()).isGreaterThan(0.5);
    assertThat(recent.kinds()).containsEntry("unknown", new LabRow.Kind(20, 1.0, 1.0));
  }

  @Test
  void of_aRunWithoutTheFullCache_isRefused() {
    List<Scored> alone = run().stream().filter(s -> !s.policy().equals("full")).toList();
    assertThatThrownBy(() -> LabReport.of(alone, 1000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("recent");
  }

  @Test
  void of_aFullCacheThatAnswersNothing_hasNoSharesOfIt() {
    var nothing = new Scored("full", 1, 0, Kind.SINGLE, false, false, 0, 1, 512);
    var lucky = new Scored("recent", 0.25, 0, Kind.SINGLE, true, true, 1, 0.5, 128);
    LabRow row = LabReport.of(List.of(nothing, lucky), 1000).rows().get(1);
    assertThat(row.ofFull()).isZero();
    assertThat(row.ofFullInterval()).isEqualTo(new Bootstrap.Interval(0, 0));
    assertThat(row.points()).isEqualTo(100);
  }

  @Test
  void json_ofARow_hasTheAgreedNames() throws Exception {
    JsonNode row =
        JsonMapper.builder().build().readTree(LabReport.of(run(), 1000).json()).get("rows").get(1);
    assertThat(row.get("policy").asText()).isEqualTo("recent");
    assertThat(row.get("kept").asDouble()).isEqualTo(0.25);
    assertThat(row.get("context").asInt()).isEqualTo(1000);
    assertThat(row.get("accuracy").asDouble()).isEqualTo(0.5);
    assertThat(row.get("ofFull").asDouble()).isEqualTo(0.5);
    assertThat(row.get("bytesPerToken").asDouble()).isEqualTo(128);
  }

  @Test
  void plot_ofARun_hasALineForFullAndNoneForAPolicyOfOneShare() {
    List<LabRow> rows = LabReport.of(run(), 1000).rows();
    assertThat(LabPlot.svg(rows, List.of("full", "recent")))
        .contains(">full</text>", "1/4", "1,000 tokens")
        .doesNotContain(">recent</text>");
    assertThatThrownBy(() -> LabPlot.svg(rows, List.of())).hasMessageContaining("1..12");
  }

  @Test
  void interval_ofFairCoins_isAsWideAsTheNormalOne() {
    int[] right = new int[100];
    for (int i = 0; i < right.length; i++) {
      right[i] = i % 2;
    }
    Bootstrap.Interval interval =
        Bootstrap.of(
            100,
            drawn -> {
              double sum = 0;
              for (int i = 0; i < drawn.length; i++) {
                sum += (double) drawn[i] * right[i];
              }
              return sum / 100;
            });
    assertThat(interval.low()).isCloseTo(0.402, within(0.02));
    assertThat(interval.high()).isCloseTo(0.598, within(0.02));
  }

  private static List<Scored> run() {
    List<Scored> scored = new ArrayList<>();
    for (int d = 0; d < 20; d++) {
      for (boolean full : new boolean[] {true, false}) {
        String policy = full ? "full" : "recent";
        double kept = full ? 1 : 0.25;
        double bytes = full ? 512 : 128;
        boolean lucky = full || d % 2 == 0;
        scored.add(
            new Scored(policy, kept, d, Kind.SINGLE, lucky, lucky, lucky ? 1 : 0, 0.5, bytes));
        scored.add(new Scored(policy, kept, d, Kind.WHO, lucky, false, lucky ? 1 : 0, 0.5, bytes));
        scored.add(new Scored(policy, kept, d, Kind.UNKNOWN, true, true, 1, 1, bytes));
      }
    }
    return scored;
  }
}
