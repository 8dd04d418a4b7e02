package io.madeleine.engine.grammar;

import io.madeleine.engine.token.Tokenizer;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The pieces of a vocabulary in the order of their bytes, with what each shares with the one before
 * it. Made once for a model. Immutable.
 */
public final class TokenTrie {
  private final int[] ids;
  private final byte[][] bytes;
  private final int[] shared;
  private final int size;

  private TokenTrie(int[] ids, byte[][] bytes, int size) {
    this.ids = ids;
    this.bytes = bytes;
    this.size = size;
    this.shared = new int[ids.length];
    for (int i = 1; i < ids.length; i++) {
      int mismatch = Arrays.mismatch(bytes[i - 1], bytes[i]);
      shared[i] = mismatch < 0 ? bytes[i].length : mismatch;
    }
  }

  /** {@return the pieces of {@code tokenizer} that spell something} */
  public static TokenTrie of(Tokenizer tokenizer) {
    int size = tokenizer.vocabulary().size();
    byte[][] spelled = new byte[size][];
    for (int id = 0; id < size; id++) {
      spelled[id] = tokenizer.bytes(id);
    }
    int[] ids =
        IntStream.range(0, size)
            .filter(id -> spelled[id].length > 0)
            .boxed()
            .sorted((a, b) -> Arrays.compareUnsigned(spelled[a], spelled[b]))
            .mapToInt(Integer::intValue)
            .toArray();
    return new TokenTrie(
        ids, Arrays.stream(ids).mapToObj(id -> spelled[id]).toArray(byte[][]::new), size);
  }

  /** {@return the number of pieces that spell something} */
  int pieces() {
    return ids.length;
  }

  /** {@return the number of ids in the vocabulary} */
  int size() {
    return size;
  }

  int id(int piece) {
    return ids[piece];
  }

  /** {@return the bytes of a piece; must not be changed} */
  byte[] bytes(int piece) {
    return bytes[piece];
  }

  /** {@return how many first bytes a piece shares with the piece before it} */
  int shared(int piece) {
    return shared[piece];
  }
}
