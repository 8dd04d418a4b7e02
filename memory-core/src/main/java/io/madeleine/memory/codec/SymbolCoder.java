package io.madeleine.memory.codec;

import java.nio.ByteBuffer;

/**
 * Symbols as about their entropy in bits: range asymmetric numeral systems with bytewise
 * renormalisation (Duda, <a href="https://arxiv.org/abs/1311.2540">ANS</a>, 2013). The encoder
 * walks backwards so that the decoder may walk forwards.
 */
final class SymbolCoder {

  private static final long LOWEST = 1L << 23;

  private SymbolCoder() {}

  /** Writes a table and the coded symbols, with their byte count in front. */
  static void encode(byte[] symbols, int alphabet, ByteBuffer out) {
    SymbolTable table = SymbolTable.of(symbols, alphabet);
    table.write(out);
    var bytes = new byte[2 * symbols.length + 16];
    int at = bytes.length;
    long state = LOWEST;
    for (int i = symbols.length - 1; i >= 0; i--) {
      int symbol = symbols[i] & 0xff;
      long highest = ((LOWEST >> SymbolTable.TOTAL_BITS) << 8) * table.width(symbol);
      while (state >= highest) {
        bytes[--at] = (byte) state;
        state >>>= 8;
      }
      state =
          ((state / table.width(symbol)) << SymbolTable.TOTAL_BITS)
              + state % table.width(symbol)
              + table.start(symbol);
    }
    for (int i = 0; i < 4; i++) {
      bytes[--at] = (byte) state;
      state >>>= 8;
    }
    out.putInt(bytes.length - at);
    out.put(bytes, at, bytes.length - at);
  }

  /** Fills {@code symbols} from what {@link #encode} wrote. */
  static void decode(ByteBuffer in, int alphabet, byte[] symbols) {
    SymbolTable table = SymbolTable.read(in, alphabet);
    int end = in.getInt() + in.position();
    long state = 0;
    for (int i = 0; i < 4; i++) {
      state = (state << 8) | (in.get() & 0xff);
    }
    for (int i = 0; i < symbols.length; i++) {
      int point = (int) (state & (SymbolTable.TOTAL - 1));
      int symbol = table.symbolAt(point) & 0xff;
      symbols[i] = (byte) symbol;
      state =
          table.width(symbol) * (state >>> SymbolTable.TOTAL_BITS) + point - table.start(symbol);
      while (state < LOWEST && in.position() < end) {
        state = (state << 8) | (in.get() & 0xff);
      }
    }
  }
}
