package io.madeleine.memory.retention;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Who goes first when memory is short. What is leased is not asked for here; see {@link
 * Leases#takeBack}.
 *
 * <p>GDSF ages: what was evicted raises the floor {@code L} that later uses start from. The other
 * policies rank by rebuild seconds per byte times the chance of a return soon, {@code 1 / (1 +
 * idle)}, which is what is known of a pause that outlasted every sample; {@link
 * RetentionPolicy.Lru} by idle time alone. Not thread-safe.
 */
public final class Victims {

  private final RetentionPolicy policy;
  private double floor;

  /**
   * @param policy decides the order
   */
  public Victims(RetentionPolicy policy) {
    this.policy = policy;
  }

  /** {@return GDSF's {@code L}, to be remembered by a cache whenever it is used} */
  public double floor() {
    return floor;
  }

  /**
   * {@return what to evict to free {@code bytesNeeded}, first victim first; fewer bytes only if all
   * of {@code idle} together has fewer}
   */
  public List<Idle> choose(List<Idle> idle, long bytesNeeded) {
    var chosen = new ArrayList<Idle>();
    long freed = 0;
    for (Idle cache : inOrder(idle)) {
      if (freed >= bytesNeeded) {
        break;
      }
      freed += cache.bytes();
      chosen.add(cache);
    }
    if (policy instanceof RetentionPolicy.Gdsf && !chosen.isEmpty()) {
      floor = Math.max(floor, value(chosen.getLast()));
    }
    return chosen;
  }

  /** {@return all of them, who would go first first; nothing ages by asking} */
  public List<Idle> inOrder(List<Idle> idle) {
    var ranked = new ArrayList<>(idle);
    ToDoubleFunction<Idle> value = this::value;
    ranked.sort(Comparator.comparing(Idle::queued).thenComparingDouble(value));
    return ranked;
  }

  private double value(Idle cache) {
    return switch (policy) {
      case RetentionPolicy.Lru() -> -cache.idleSeconds();
      case RetentionPolicy.Gdsf() ->
          cache.floorAtUse() + cache.uses() * cache.rebuildSeconds() / cache.bytes();
      case RetentionPolicy.None(),
          RetentionPolicy.Fixed(double _),
          RetentionPolicy.CacheTtl(var _, int _, var _),
          RetentionPolicy.Hazard(var _, int _, var _),
          RetentionPolicy.SkiRental(var _),
          RetentionPolicy.Clairvoyant(var _) ->
          cache.rebuildSeconds() / cache.bytes() / (1 + cache.idleSeconds());
    };
  }
}
