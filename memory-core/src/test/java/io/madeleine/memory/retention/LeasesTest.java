package io.madeleine.memory.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.retention.LeaseEvent.Kind;
import io.madeleine.memory.retention.TtlDecision.Source;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class LeasesTest {

  private static final long SECOND = 1_000_000_000;

  private final AtomicLong now = new AtomicLong();
  private final Leases leases = new Leases(1_000, now::get);

  @Test
  void expire_exactlyAtTheDeadline_keepsTheLease() {
    leases.grant(decision("a", 2, 100), 1);

    now.set(2 * SECOND);
    assertThat(leases.expire(_ -> false)).isEmpty();
    now.set(2 * SECOND + 1);
    assertThat(leases.expire(_ -> false)).containsExactly(program("a"));
    assertThat(leases.bytes()).isZero();
  }

  @Test
  void expire_requestIsWaiting_keepsTheLease() {
    leases.grant(decision("a", 2, 100), 1);
    now.set(99 * SECOND);

    assertThat(leases.expire(program -> program.equals(program("a")))).isEmpty();
    assertThat(leases.of(program("a"))).isPresent();
  }

  @Test
  void expire_clockThatWrapped_stillComparesRight() {
    now.set(Long.MAX_VALUE - SECOND);
    leases.grant(decision("a", 2, 100), 1);

    assertThat(leases.expire(_ -> false)).isEmpty();
    now.set(Long.MIN_VALUE + 2 * SECOND);
    assertThat(leases.expire(_ -> false)).containsExactly(program("a"));
  }

  @Test
  void takeBack_underPressure_startsWithTheLatestProgram() {
    leases.grant(decision("early", 50, 100), 1);
    leases.grant(decision("late", 1, 100), 3);
    leases.grant(decision("middle", 99, 100), 2);

    assertThat(leases.takeBack(150)).containsExactly(program("late"), program("middle"));
    assertThat(leases.bytes()).isEqualTo(100);
  }

  @Test
  void grant_beyondTheBudget_declinesAndSaysWhy() {
    leases.grant(decision("a", 5, 800), 1);

    assertThat(leases.grant(decision("b", 5, 300), 2)).isEmpty();
    assertThat(leases.why(program("b")).orElseThrow().why())
        .contains("needs 300 bytes")
        .contains("800 of 1,000");
  }

  @Test
  void grant_twiceForOneProgram_replacesTheFirst() {
    leases.grant(decision("a", 5, 800), 1);
    leases.grant(decision("a", 5, 900), 1);

    assertThat(leases.bytes()).isEqualTo(900);
    assertThat(leases.all()).hasSize(1);
  }

  @Test
  void claim_returningRequest_endsTheLeaseOnce() {
    leases.grant(decision("a", 5, 10), 1);

    leases.claim(program("a"));
    leases.claim(program("a"));

    assertThat(leases.log().stream().filter(event -> event.kind() == Kind.CLAIMED)).hasSize(1);
  }

  @Test
  void leases_tenThousandRandomPrograms_leaveNoneBehind() {
    var random = new SplittableRandom(11);
    for (int i = 0; i < 10_000; i++) {
      var name = "p" + random.nextInt(200);
      switch (random.nextInt(4)) {
        case 0, 1 -> leases.grant(decision(name, random.nextDouble() * 3, random.nextInt(200)), i);
        case 2 -> leases.claim(program(name));
        default -> leases.takeBack(random.nextInt(300));
      }
      now.addAndGet(random.nextLong(SECOND));
      leases.expire(_ -> false);
      assertThat(leases.bytes()).isBetween(0L, 1_000L);
    }
    now.addAndGet(99 * SECOND);
    leases.expire(_ -> false);

    assertThat(leases.all()).isEmpty();
    assertThat(leases.bytes()).isZero();
    assertThat(leases.log()).hasSize(Leases.LOG);
  }

  private static ConversationKey program(String id) {
    return ConversationKey.of("acme", id);
  }

  private static TtlDecision decision(String id, double seconds, long bytes) {
    var pause = new Pause(program(id), "tool", OptionalDouble.empty(), bytes, 1);
    return new TtlDecision(seconds, pause, 1, 0, 1, Source.NONE, 0);
  }
}
