package io.madeleine.memory.compression.signal;

/**
 * When each slot of a head was last attended to, and the longest gap between two such times.
 * Updated once for every decoded token; moved along when slots are dropped. Not thread-safe.
 */
public final class Recurrence {

  private final float threshold;
  private int now;
  private int[] lastSeen = {};
  private int[] longestGap = {};

  /**
   * @param threshold attention at which a slot counts as seen, for example 5e-4
   * @throws IllegalArgumentException if it does not lie in (0, 1)
   */
  public Recurrence(float threshold) {
    if (!(threshold > 0 && threshold < 1)) {
      throw new IllegalArgumentException(
          "the attention threshold must lie between 0 and 1, but is " + threshold);
    }
    this.threshold = threshold;
  }

  /** {@return a state with given times; {@code now} is the time of the last token} */
  public static Recurrence at(int now, int[] lastSeen, int[] longestGap, float threshold) {
    var state = new Recurrence(threshold);
    state.now = now;
    state.lastSeen = lastSeen.clone();
    state.longestGap = longestGap.clone();
    return state;
  }

  /** Takes one query's attention over all slots; new slots are those beyond the last call's. */
  public void observe(int time, float[] attention) {
    int known = lastSeen.length;
    lastSeen = java.util.Arrays.copyOf(lastSeen, attention.length);
    longestGap = java.util.Arrays.copyOf(longestGap, attention.length);
    java.util.Arrays.fill(lastSeen, Math.min(known, attention.length), attention.length, time);
    now = time;
    for (int slot = 0; slot < Math.min(known, attention.length); slot++) {
      if (attention[slot] >= threshold) {
        longestGap[slot] = Math.max(longestGap[slot], time - lastSeen[slot]);
        lastSeen[slot] = time;
      }
    }
  }

  /** Drops every slot but {@code kept}, ascending. */
  public void keep(int[] kept) {
    var seen = new int[kept.length];
    var gap = new int[kept.length];
    for (int i = 0; i < kept.length; i++) {
      seen[i] = lastSeen[kept[i]];
      gap[i] = longestGap[kept[i]];
    }
    lastSeen = seen;
    longestGap = gap;
  }

  /** {@return tokens since {@code slot} was last attended to} */
  public int age(int slot) {
    return now - lastSeen[slot];
  }

  /** {@return the longest gap between two times at which {@code slot} was attended to, or 0} */
  public int longestGap(int slot) {
    return longestGap[slot];
  }
}
