package io.madeleine.memory.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.memory.identity.ConversationKey;
import java.util.List;
import org.junit.jupiter.api.Test;

final class VictimsTest {

  @Test
  void choose_lru_takesTheLongestIdleFirst() {
    var victims = new Victims(new RetentionPolicy.Lru());

    assertThat(victims.choose(List.of(idle("new", 1, 9), idle("old", 9, 9)), 1))
        .extracting(cache -> cache.program().id())
        .containsExactly("old");
  }

  @Test
  void choose_ttlPolicies_takeTheCheapestToRebuildPerByte() {
    var victims = new Victims(RetentionPolicy.CacheTtl.PAPER);

    assertThat(victims.choose(List.of(idle("dear", 5, 90), idle("cheap", 5, 1)), 150))
        .extracting(cache -> cache.program().id())
        .containsExactly("cheap", "dear");
  }

  @Test
  void choose_queuedProgram_goesLast() {
    var queued = new Idle(ConversationKey.of("acme", "queued"), 100, 99, 1, 0.1, 0, true);
    var victims = new Victims(new RetentionPolicy.Lru());

    assertThat(victims.choose(List.of(queued, idle("other", 1, 1)), 150))
        .extracting(cache -> cache.program().id())
        .containsExactly("other", "queued");
  }

  @Test
  void choose_gdsf_agesWhatWasValuableOnce() {
    var victims = new Victims(new RetentionPolicy.Gdsf());
    var onceDear = new Idle(ConversationKey.of("acme", "once dear"), 100, 99, 3, 10, 0, false);
    victims.choose(List.of(new Idle(ConversationKey.of("acme", "x"), 100, 1, 9, 10, 0, false)), 1);

    var fresh = new Idle(ConversationKey.of("acme", "fresh"), 100, 1, 1, 1, victims.floor(), false);

    assertThat(victims.choose(List.of(fresh, onceDear), 1)).containsExactly(onceDear);
  }

  @Test
  void inOrder_gdsf_ranksAllAndAgesNothing() {
    var victims = new Victims(new RetentionPolicy.Gdsf());
    Idle dear = idle("dear", 1, 9);
    Idle cheap = idle("cheap", 1, 1);

    assertThat(victims.inOrder(List.of(dear, cheap))).containsExactly(cheap, dear);
    assertThat(victims.floor()).isZero();
  }

  private static Idle idle(String id, double idleSeconds, double rebuildSeconds) {
    return new Idle(ConversationKey.of("acme", id), 100, idleSeconds, 1, rebuildSeconds, 0, false);
  }
}
