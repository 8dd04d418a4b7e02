package io.madeleine.engine.generation;

import java.util.BitSet;
import java.util.function.IntPredicate;

/** A set of token ids. Immutable. */
public final class TokenSet {
  private final long[] words;

  private TokenSet(long[] words) {
    this.words = words;
  }

  /** {@return the ids in {@code bits}, which may be changed afterwards} */
  public static TokenSet of(BitSet bits) {
    return new TokenSet(bits.toLongArray());
  }

  /** {@return the ids below {@code size} that {@code member} accepts} */
  public static TokenSet of(int size, IntPredicate member) {
    var bits = new BitSet(size);
    for (int id = 0; id < size; id++) {
      if (member.test(id)) {
        bits.set(id);
      }
    }
    return of(bits);
  }

  /** {@return whether {@code id} is in the set} */
  public boolean contains(int id) {
    int word = id >> 6;
    return id >= 0 && word < words.length && (words[word] >>> id & 1) != 0;
  }

  /** {@return the number of ids in the set} */
  public int size() {
    int size = 0;
    for (long word : words) {
      size += Long.bitCount(word);
    }
    return size;
  }

  /** {@return the bytes that the set occupies} */
  public long bytes() {
    return 8L * words.length;
  }
}
