package io.madeleine.memory.pause;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.retention.LeaseEvent;
import io.madeleine.memory.retention.LeaseEvent.Kind;
import io.madeleine.memory.retention.Leases;
import io.madeleine.memory.retention.RetentionPolicy;
import io.madeleine.memory.retention.RetentionPolicy.CacheTtl;
import io.madeleine.memory.retention.RetentionPolicy.Caps;
import io.madeleine.memory.retention.RetentionPolicy.ColdStart;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of caches while tools run, on a clock that the test moves. */
final class ToolPausesTest {

  private static final Tenant ACME = new Tenant("acme");

  private final AtomicLong now = new AtomicLong(1_000);
  private final ToolPauses pauses = pauses(new RetentionPolicy.Fixed(2), 1_000);

  private ToolPauses pauses(RetentionPolicy memory, long bytes) {
    return new ToolPauses(
        new PauseOptions(memory, new RetentionPolicy.Fixed(600), bytes, 1_800, 0.05), now::get);
  }

  @Test
  void began_toolCall_isLeasedAndSaysWhy() {
    pauses.began(pause("ada", "grep"));
    seconds(0.5);

    PauseView view = pauses.waiting(key("ada")).orElseThrow();
    assertThat(pauses.leased(key("ada"))).isTrue();
    assertThat(view.secondsLeft()).isEqualTo(1.5);
    assertThat(view.waitedSeconds()).isEqualTo(0.5);
    assertThat(view.why()).contains("grep", "leased for 2");
    assertThat(pauses.leasedBytes()).isEqualTo(100);
  }

  @Test
  void returned_result_teachesWhatTheToolTakesAndFreesTheLease() {
    pauses.began(pause("ada", "grep"));
    seconds(1.5);

    assertThat(pauses.returned(key("ada"), OptionalDouble.of(1.2), false)).hasValue(1.5);
    assertThat(pauses.gaps().pauses("grep")).isOne();
    assertThat(pauses.gaps().medianToolSeconds("grep")).isEqualTo(1.2);
    assertThat(pauses.leased(key("ada"))).isFalse();
    assertThat(pauses.waiting(key("ada"))).isEmpty();
    assertThat(pauses.returned(key("ada"), OptionalDouble.empty(), false)).isEmpty();
  }

  @Test
  void returned_failure_isKeptApart() {
    pauses.began(pause("ada", "grep"));
    seconds(1);
    pauses.returned(key("ada"), OptionalDouble.empty(), /* failed= */ true);

    assertThat(pauses.gaps().pauses("grep")).isZero();
    assertThat(pauses.gaps().pauses("grep!err")).isOne();
  }

  @Test
  void returned_twoToolsAtOnce_countOnceUnderBothNames() {
    pauses.began(pause("ada", "web", "grep"));
    seconds(3);
    pauses.returned(key("ada"), OptionalDouble.empty(), false);

    assertThat(pauses.gaps().pauses("grep+web")).isOne();
    assertThat(pauses.gaps().pauses()).isOne();
  }

  @Test
  void cancelled_somethingElseIsSaid_teachesNothing() {
    pauses.began(pause("ada", "grep"));
    seconds(1);
    pauses.cancelled(key("ada"));

    assertThat(pauses.gaps().pauses()).isZero();
    assertThat(pauses.leasedBytes()).isZero();
    assertThat(pauses.log(ACME).getLast().kind()).isEqualTo(Kind.ENDED);
  }

  @Test
  void toMoveDown_leaseIsOver_isToldOnceAndKeepsWaiting() {
    pauses.began(pause("ada", "grep"));
    assertThat(pauses.toMoveDown()).isEmpty();
    seconds(2.1);

    assertThat(pauses.toMoveDown()).containsExactly(key("ada"));
    assertThat(pauses.toMoveDown()).isEmpty();
    assertThat(pauses.waiting(key("ada")).orElseThrow().secondsLeft()).isZero();
    seconds(10);
    assertThat(pauses.returned(key("ada"), OptionalDouble.empty(), false)).isPresent();
  }

  @Test
  void toFetch_toolWithAPast_isDueItsReloadBeforeItsMedian() {
    for (int i = 0; i < 6; i++) {
      pauses.began(pause("ada", "report"));
      seconds(10);
      pauses.returned(key("ada"), OptionalDouble.empty(), false);
    }
    pauses.began(pause("ada", "report"));
    seconds(3);
    assertThat(pauses.toMoveDown()).containsExactly(key("ada"));
    seconds(5.9); // 8.9 s of 10, and fetching takes 1 s with 0.05 s to spare
    assertThat(pauses.toFetch()).isEmpty();
    seconds(0.1);
    assertThat(pauses.toFetch()).containsExactly(key("ada"));
    assertThat(pauses.toFetch()).isEmpty();
  }

  @Test
  void toFetch_newToolWithAHint_isDueByTheHint() {
    var hinted =
        new ToolPause(
            key("ada"),
            List.of("1"),
            List.of("report"),
            OptionalDouble.of(5),
            100,
            OptionalDouble.of(1),
            9);
    pauses.began(hinted);
    seconds(3);
    pauses.toMoveDown();
    assertThat(pauses.toFetch()).isEmpty();
    seconds(1);
    assertThat(pauses.toFetch()).containsExactly(key("ada"));
  }

  @Test
  void toGiveUp_hungTool_isACensoredSampleAndLeavesNothing() {
    pauses.began(pause("ada", "grep"));
    seconds(1_801);

    assertThat(pauses.toGiveUp()).containsExactly(key("ada"));
    assertThat(pauses.gaps().pauses("grep")).isOne();
    assertThat(pauses.gaps().quantile("grep", 0.5)).isEmpty();
    assertThat(pauses.waiting(ACME)).isEmpty();
    assertThat(pauses.caller(ACME, List.of("call-ada"))).isEmpty();
    assertThat(pauses.leasedBytes()).isZero();
  }

  @Test
  void caller_twoTenantsWithTheSameCallId_findTheirOwn() {
    pauses.began(pause("ada", "grep"));
    var other = ConversationKey.of("umbrella", "ada");
    pauses.began(
        new ToolPause(
            other,
            List.of("call-ada"),
            List.of("grep"),
            OptionalDouble.empty(),
            100,
            OptionalDouble.empty(),
            1));

    assertThat(pauses.caller(ACME, List.of("call-ada"))).contains(key("ada"));
    assertThat(pauses.caller(new Tenant("umbrella"), List.of("call-ada"))).contains(other);
    assertThat(pauses.caller(new Tenant("nobody"), List.of("call-ada"))).isEmpty();
    assertThat(pauses.waiting(ACME)).extracting(PauseView::program).containsExactly(key("ada"));
    assertThat(pauses.log(ACME)).extracting(LeaseEvent::program).containsOnly(key("ada"));
  }

  @Test
  void takeBack_underPressure_unpinsTheProgramThatArrivedLast() {
    pauses.began(pause("early", "grep"));
    pauses.began(pause("late", "grep"));

    assertThat(pauses.takeBack(1)).containsExactly(key("late"));
    assertThat(pauses.leased(key("early"))).isTrue();
    assertThat(pauses.waiting(key("late")).orElseThrow().why()).contains("were needed");
  }

  @Test
  void began_moreThanTheBudget_isDeclinedWithItsReason() {
    for (int i = 0; i < 11; i++) {
      pauses.began(pause("program-" + i, "grep"));
    }

    assertThat(pauses.leasedBytes()).isEqualTo(1_000);
    assertThat(pauses.leased(key("program-10"))).isFalse();
    assertThat(pauses.waiting(key("program-10")).orElseThrow().why()).contains("1,000");
  }

  @Test
  void began_computedLease_neverPassesTheCap() {
    var capped =
        pauses(
            new CacheTtl(ColdStart.SKI_RENTAL, 100, new Caps(/* longestSeconds= */ 7, 5)), 1_000);
    capped.began(
        new ToolPause(
            key("ada"),
            List.of("1"),
            List.of("grep"),
            OptionalDouble.empty(),
            100,
            OptionalDouble.empty(),
            /* prefillSeconds= */ 500));

    assertThat(capped.waiting(key("ada")).orElseThrow().secondsLeft()).isEqualTo(7);
  }

  @Test
  void log_manyDecisions_staysBounded() {
    for (int i = 0; i < 3 * Leases.LOG; i++) {
      pauses.began(pause("ada", "grep"));
      pauses.returned(key("ada"), OptionalDouble.empty(), false);
    }

    assertThat(pauses.log(ACME)).hasSize(Leases.LOG);
  }

  @Test
  void began_morePausesThanMayWait_givesTheOldestUp() {
    for (int i = 0; i <= ToolPauses.WAITING; i++) {
      pauses.began(pause("program-" + i, "grep"));
    }

    assertThat(pauses.waiting(ACME)).hasSize(ToolPauses.WAITING);
    assertThat(pauses.waiting(key("program-0"))).isEmpty();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void manyPrograms_whateverHappens_leaveNoLeaseBehind(long seed) {
    var random = new SplittableRandom(seed);
    var programs = new ArrayList<ConversationKey>();
    for (int i = 0; i < 40; i++) {
      ConversationKey program = key("p" + random.nextInt(12));
      programs.add(program);
      switch (random.nextInt(6)) {
        case 0, 1, 2 -> pauses.began(pause(program.id(), "grep"));
        case 3 -> pauses.returned(program, OptionalDouble.empty(), random.nextBoolean());
        case 4 -> pauses.takeBack(random.nextInt(300));
        default -> {
          pauses.toMoveDown();
          pauses.toFetch();
        }
      }
      seconds(random.nextDouble());
      assertThat(pauses.leasedBytes()).isBetween(0L, 1_000L);
    }
    programs.forEach(pauses::finished);

    assertThat(pauses.leasedBytes()).isZero();
    assertThat(pauses.waiting(ACME)).isEmpty();
  }

  private void seconds(double seconds) {
    now.addAndGet((long) (seconds * 1e9));
  }

  private static ConversationKey key(String id) {
    return new ConversationKey(ACME, id);
  }

  private static ToolPause pause(String program, String... tools) {
    return new ToolPause(
        key(program),
        List.of("call-" + program),
        List.of(tools),
        OptionalDouble.empty(),
        /* bytes= */ 100,
        OptionalDouble.of(1),
        /* prefillSeconds= */ 9);
  }
}
