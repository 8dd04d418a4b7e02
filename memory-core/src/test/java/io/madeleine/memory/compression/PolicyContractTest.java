package io.madeleine.memory.compression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.memory.compression.budget.Budget;
import io.madeleine.memory.compression.budget.BudgetTooSmallException;
import io.madeleine.memory.compression.eviction.HeadKv;
import io.madeleine.memory.compression.selection.HeadSelector;
import io.madeleine.memory.compression.signal.HeadSignals;
import io.madeleine.memory.compression.signal.Signal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every policy must hold, at every budget, with heads that are equally long or not. */
final class PolicyContractTest {

  private static final int LAYERS = 3;

  private static final List<Budget> BUDGETS =
      List.of(
          new Budget.Tokens(16),
          new Budget.Kept(0.5),
          new Budget.Kept(0.25),
          new Budget.Kept(1.0 / 6),
          new Budget.Kept(0.1),
          new Budget.Bytes(40_000));

  static Stream<Arguments> policiesBudgetsAndCaches() {
    List<Arguments> all = new ArrayList<>();
    for (Policy policy : Policies.all(LAYERS, 11)) {
      for (Budget budget : BUDGETS) {
        all.add(Arguments.of(policy.name(), budget, false));
        if (!(policy.selector() instanceof HeadSelector.Shared)) {
          all.add(Arguments.of(policy.name(), budget, true));
        }
      }
    }
    return all.stream();
  }

  static Stream<String> policies() {
    return Policies.all(LAYERS, 11).stream().map(Policy::name);
  }

  @ParameterizedTest(name = "{0}, {1}, ragged {2}")
  @MethodSource("policiesBudgetsAndCaches")
  void select_anyBudget_keepsExactlyItInOrderWithTheProtected(
      String name, Budget budget, boolean ragged) {
    Policy policy = Policies.named(name, LAYERS, 11);
    var cache = new RandomCache(5, LAYERS, 2, ragged);
    Protection pinned = Protection.none().and(40, 43);
    var compressor = new Compressor(policy, cache.supplied());

    KeptSlots kept = compressor.select(cache, pinned, budget, 264);

    long expected = budget.slots(cache.slots(), LAYERS * 2, 264);
    if (policy.selector() instanceof HeadSelector.Shared) {
      assertThat(kept.total()).isBetween(expected - 2L * LAYERS, expected);
    } else {
      assertThat(kept.total()).isEqualTo(expected);
    }
    for (int layer = 0; layer < LAYERS; layer++) {
      for (int head = 0; head < 2; head++) {
        HeadSignals signals = cache.head(layer, head);
        int[] slots = kept.of(layer, head);
        assertThat(slots).isSorted().doesNotHaveDuplicates();
        assertThat(slots).contains(0, 1, 2, 3);
        for (int slot = 0; slot < signals.size(); slot++) {
          if (pinned.holds(signals.position(slot))) {
            assertThat(slots).contains(slot);
          }
        }
        assertThat(slots.length).isPositive().isLessThanOrEqualTo(signals.size());
      }
    }
    assertThat(kept.kept()).isBetween(0.0, 1.0);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("policies")
  void select_budgetOfEverything_keepsEverything(String name) {
    var cache = new RandomCache(6, LAYERS, 2, false);
    var compressor = new Compressor(Policies.named(name, LAYERS, 11), cache.supplied());
    KeptSlots kept = compressor.select(cache, Protection.none(), new Budget.Kept(1), 264);
    assertThat(kept.total()).isEqualTo(cache.slots());
    assertThat(kept.ragged()).isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("policies")
  void select_twice_isTheSame(String name) {
    var cache = new RandomCache(7, LAYERS, 2, false);
    var compressor = new Compressor(Policies.named(name, LAYERS, 11), cache.supplied());
    var budget = new Budget.Kept(0.3);
    KeptSlots first = compressor.select(cache, Protection.none(), budget, 264);
    KeptSlots second = compressor.select(cache, Protection.none(), budget, 264);
    for (int layer = 0; layer < LAYERS; layer++) {
      assertThat(first.of(layer, 1)).containsExactly(second.of(layer, 1));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("policies")
  void select_moreProtectedThanTheBudget_fails(String name) {
    var cache = new RandomCache(8, LAYERS, 2, false);
    var compressor = new Compressor(Policies.named(name, LAYERS, 11), cache.supplied());
    Protection most = Protection.none().and(0, 100);
    assertThatThrownBy(() -> compressor.select(cache, most, new Budget.Kept(0.25), 264))
        .isInstanceOf(BudgetTooSmallException.class);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("policies")
  void constructor_missingSignal_isRefusedByName(String name) {
    Policy policy = Policies.named(name, LAYERS, 11);
    for (Signal needed : policy.needs()) {
      Set<Signal> others = EnumSet.allOf(Signal.class);
      others.remove(needed);
      assertThatThrownBy(() -> new Compressor(policy, others))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(name)
          .hasMessageContaining(needed.name());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("policies")
  void evict_keptSlots_leavesOneSlotEach(String name) {
    var cache = new RandomCache(9, LAYERS, 2, false);
    Policy policy = Policies.named(name, LAYERS, 11);
    var compressor = new Compressor(policy, cache.supplied());
    KeptSlots kept = compressor.select(cache, Protection.none(), new Budget.Kept(0.25), 264);
    HeadSignals head = cache.head(1, 1);
    int[] positions = new int[head.size()];
    for (int slot = 0; slot < positions.length; slot++) {
      positions[slot] = head.position(slot);
    }
    HeadKv before = HeadKv.of(head.headDim(), positions, head.keys(), head.values());
    HeadKv after = policy.evictor().evict(before, kept.of(1, 1), kept.importance(1, 1));
    assertThat(after.size()).isEqualTo(kept.of(1, 1).length);
    assertThat(after.keys()).doesNotContain(Float.NaN);
    assertThat(after.values()).doesNotContain(Float.NaN);
  }
}
