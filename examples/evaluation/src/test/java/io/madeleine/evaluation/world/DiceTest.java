// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DiceTest {

  @Test
  void next_ofSeedZero_isSplitMix64() {
    Dice dice = new Dice(0);
    assertThat(dice.next()).isEqualTo(0xE220A8397B1DCDAFL);
    assertThat(dice.next()).isEqualTo(0x6E789E6AA1B965F4L);
  }

  @Test
  void below_overManyThrows_reachesEveryNumberAboutEvenly() {
    Dice dice = new Dice(5);
    int[] seen = new int[7];
    for (int i = 0; i < 70_000; i++) {
      seen[dice.below(7)]++;
    }
    for (int n : seen) {
      assertThat(n).isBetween(9_500, 10_500);
    }
  }

  @Test
  void weighted_overManyThrows_followsTheWeights() {
    Map<String, Integer> weights = new LinkedHashMap<>();
    weights.put("often", 9);
    weights.put("never", 0);
    weights.put("seldom", 1);
    Dice dice = new Dice(6);
    int often = 0;
    for (int i = 0; i < 10_000; i++) {
      String key = dice.weighted(weights);
      assertThat(key).isNotEqualTo("never");
      often += key.equals("often") ? 1 : 0;
    }
    assertThat(often).isBetween(8_800, 9_200);
  }

  @Test
  void below_withoutRoom_saysTheBound() {
    assertThatThrownBy(() -> new Dice(1).below(0)).hasMessageContaining("at least 1, but was 0");
  }
}
