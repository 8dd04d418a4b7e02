package io.madeleine.memory.compression;

import java.util.BitSet;

/**
 * Positions that must stay: the system prompt, tool definitions, pinned spans, the turn that is
 * being answered, and whatever an earlier turn already compressed.
 */
public final class Protection {

  private final BitSet positions;

  private Protection(BitSet positions) {
    this.positions = positions;
  }

  /** {@return nothing beyond what the policy itself keeps} */
  public static Protection none() {
    return new Protection(new BitSet());
  }

  /** {@return exactly these positions; the set is copied} */
  public static Protection of(BitSet positions) {
    return new Protection((BitSet) positions.clone());
  }

  /** {@return this, and every position in {@code [start, end)}} */
  public Protection and(int start, int end) {
    var more = (BitSet) positions.clone();
    more.set(start, end);
    return new Protection(more);
  }

  /** {@return whether {@code position} must stay} */
  public boolean holds(int position) {
    return positions.get(position);
  }
}
