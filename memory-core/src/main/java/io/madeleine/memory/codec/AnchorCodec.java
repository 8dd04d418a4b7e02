package io.madeleine.memory.codec;

import java.nio.ByteBuffer;

/** CacheGen's scheme on keys before rotation. */
final class AnchorCodec {

  private static final int RUN = 10;

  private AnchorCodec() {}

  static void encode(HeadBlock block, int quality, ByteBuffer out) {
    encodeKeys(block, keyBins(block, quality), out);
    int bins = valueBins(block, quality);
    encodeRows(block.values(), block.headDim(), bins, out);
  }

  static void decode(ByteBuffer in, int quality, HeadBlock block) {
    decodeKeys(in, keyBins(block, quality), block);
    decodeRows(in, block.values(), block.headDim(), valueBins(block, quality));
  }

  /** Bins of CacheGen's quality levels: finer for the first third of the layers. */
  private static int keyBins(HeadBlock block, int quality) {
    int third = block.layer() * 3 / Math.max(1, block.layers());
    return switch (quality) {
      case 3 -> third == 0 ? 64 : 32;
      case 2 -> third == 2 ? 16 : 32;
      default -> third == 2 ? 12 : 16;
    };
  }

  private static int valueBins(HeadBlock block, int quality) {
    boolean early = block.layer() * 8 / Math.max(1, block.layers()) == 0;
    return switch (quality) {
      case 3 -> 64;
      case 2 -> early ? 32 : 16;
      default -> early ? 16 : 12;
    };
  }

  private static void encodeKeys(HeadBlock block, int bins, ByteBuffer out) {
    float[] anchors = writtenAnchors(block, out);
    encodeRows(differences(block.keys(), anchors, block.headDim()), block.headDim(), bins, out);
  }

  /** {@return the first key of every run as a reader will find it} */
  private static float[] writtenAnchors(HeadBlock block, ByteBuffer out) {
    int dims = block.headDim();
    var anchors = new float[runs(block.tokens()) * dims];
    for (int at = 0; at < anchors.length; at += dims) {
      int begun = out.position();
      PlainCodec.encodeRow(block.keys(), at * RUN, dims, out);
      out.position(begun);
      PlainCodec.decodeRow(out, anchors, at, dims);
    }
    return anchors;
  }

  /** Golden case G13b: what every key but a run's first is away from {@code anchors}. */
  static float[] differences(float[] keys, float[] anchors, int dims) {
    int tokens = keys.length / dims;
    var differences = new float[(tokens - runs(tokens)) * dims];
    int next = 0;
    for (int token = 0; token < tokens; token++) {
      for (int c = 0; c < dims && token % RUN != 0; c++) {
        differences[next++] = keys[token * dims + c] - anchors[token / RUN * dims + c];
      }
    }
    return differences;
  }

  private static int runs(int tokens) {
    return (tokens + RUN - 1) / RUN;
  }

  private static void decodeKeys(ByteBuffer in, int bins, HeadBlock block) {
    int dims = block.headDim();
    int tokens = block.tokens();
    for (int token = 0; token < tokens; token += RUN) {
      PlainCodec.decodeRow(in, block.keys(), token * dims, dims);
    }
    var differences = new float[(tokens - runs(tokens)) * dims];
    decodeRows(in, differences, dims, bins);
    int next = 0;
    for (int token = 0; token < tokens; token++) {
      if (token % RUN == 0) {
        continue;
      }
      int anchor = (token - token % RUN) * dims;
      for (int c = 0; c < dims; c++) {
        block.keys()[token * dims + c] = block.keys()[anchor + c] + differences[next++];
      }
    }
  }

  /** Writes one half-precision maximum for each row, then all rows' symbols. */
  private static void encodeRows(float[] rows, int dims, int bins, ByteBuffer out) {
    var symbols = new byte[rows.length];
    int middle = bins / 2 - 1;
    for (int from = 0; from < rows.length; from += dims) {
      float largest = 0;
      for (int i = from; i < from + dims; i++) {
        largest = Math.max(largest, Math.abs(rows[i]));
      }
      short stored = Float.floatToFloat16(largest);
      out.putShort(stored);
      symbols(rows, from, dims, middle, Float.float16ToFloat(stored), symbols);
    }
    SymbolCoder.encode(symbols, bins, out);
  }

  /** Golden case G13: {@code round(x × C / largest) + C}, {@code C = bins / 2 − 1}. */
  static void symbols(
      float[] rows, int from, int count, int middle, float largest, byte[] symbols) {
    for (int i = from; i < from + count; i++) {
      double level = largest == 0 ? 0 : Math.rint((double) rows[i] * middle / largest);
      symbols[i] = (byte) (Math.clamp(level, -middle, middle) + middle);
    }
  }

  private static void decodeRows(ByteBuffer in, float[] rows, int dims, int bins) {
    int middle = bins / 2 - 1;
    var largest = new float[rows.length / dims];
    for (int row = 0; row < largest.length; row++) {
      largest[row] = Float.float16ToFloat(in.getShort());
    }
    var symbols = new byte[rows.length];
    SymbolCoder.decode(in, bins, symbols);
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (symbols[i] - middle) * largest[i / dims] / middle;
    }
  }
}
