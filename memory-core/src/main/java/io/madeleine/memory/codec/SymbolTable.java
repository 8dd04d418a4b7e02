package io.madeleine.memory.codec;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * How often each symbol comes, as cumulative counts that add up to {@value #TOTAL}. Every symbol
 * has a width of at least 1, so every one can be coded. Stored as integers: encoder and decoder
 * share it bit by bit.
 */
final class SymbolTable {

  static final int TOTAL_BITS = 16;
  static final int TOTAL = 1 << TOTAL_BITS;

  private final int[] cumulative;
  private final byte[] symbolAt = new byte[TOTAL];

  private SymbolTable(int[] cumulative) {
    this.cumulative = cumulative;
    for (int symbol = 0; symbol + 1 < cumulative.length; symbol++) {
      Arrays.fill(symbolAt, cumulative[symbol], cumulative[symbol + 1], (byte) symbol);
    }
  }

  /** {@return the table of {@code symbols}, each from 0 to {@code alphabet} − 1, at most 256} */
  static SymbolTable of(byte[] symbols, int alphabet) {
    var counts = new long[alphabet];
    for (byte symbol : symbols) {
      counts[symbol & 0xff]++;
    }
    var cumulative = new int[alphabet + 1];
    long sum = 0;
    for (int symbol = 0; symbol <= alphabet; symbol++) {
      double share =
          symbols.length == 0 ? symbol / (double) alphabet : sum / (double) symbols.length;
      cumulative[symbol] = (int) Math.rint(share * (TOTAL - alphabet)) + symbol;
      sum += symbol < alphabet ? counts[symbol] : 0;
    }
    return new SymbolTable(cumulative);
  }

  static SymbolTable read(ByteBuffer in, int alphabet) {
    var cumulative = new int[alphabet + 1];
    for (int symbol = 1; symbol < alphabet; symbol++) {
      cumulative[symbol] = in.getShort() & 0xffff;
    }
    cumulative[alphabet] = TOTAL;
    return new SymbolTable(cumulative);
  }

  void write(ByteBuffer out) {
    for (int symbol = 1; symbol + 1 < cumulative.length; symbol++) {
      out.putShort((short) cumulative[symbol]);
    }
  }

  int start(int symbol) {
    return cumulative[symbol];
  }

  int width(int symbol) {
    return cumulative[symbol + 1] - cumulative[symbol];
  }

  byte symbolAt(int point) {
    return symbolAt[point];
  }
}
