package io.madeleine.engine.tensor;

import java.lang.foreign.MemorySegment;

/** Blocks of 256 whose parts have small scales of their own, times one f16 scale for all. */
sealed interface SuperBlockCodec extends BlockCodec {
  int SIZE = 256;

  /**
   * {@code x = d × scale × q − m × minimum} with a scale and a minimum of 6 bits for each 32
   * elements, q in 4 or 5 bits. Bytes: d, m, twelve of scales, 32 of fifth bits if any, 128 of low
   * bits.
   */
  record Affine(int bits) implements SuperBlockCodec {
    private static final int PART = 32;
    private static final int PARTS = SIZE / PART;
    private static final int LARGEST_SCALE = 63;
    private static final int SCALES = 4;
    private static final int FIFTH_BITS = 16;

    private long low() {
      return bits == 5 ? FIFTH_BITS + PART : FIFTH_BITS;
    }

    @Override
    public void read(MemorySegment bytes, long from, float[] out, int at) {
      float scaleOfScales = BlockCodec.half(bytes, from);
      float scaleOfMinima = BlockCodec.half(bytes, from + 2);
      for (int part = 0; part < PARTS; part++) {
        float scale = scaleOfScales * SixBits.scale(bytes, from + SCALES, part);
        float minimum = scaleOfMinima * SixBits.minimum(bytes, from + SCALES, part);
        for (int i = 0; i < PART; i++) {
          out[at + part * PART + i] = scale * get(bytes, from, part, i) - minimum;
        }
      }
    }

    private static long pairByte(int part, int i) {
      return (part / 2) * (long) PART + i;
    }

    private int get(MemorySegment bytes, long from, int part, int i) {
      int pair = BlockCodec.unsigned(bytes, from + low() + pairByte(part, i));
      int low = part % 2 == 0 ? pair & 0xF : pair >> 4;
      return bits == 5
          ? low | ((BlockCodec.unsigned(bytes, from + FIFTH_BITS + i) >> part) & 1) << 4
          : low;
    }

    @Override
    public void write(float[] in, int at, MemorySegment bytes, long to) {
      var scales = new float[PARTS];
      var minima = new float[PARTS];
      int largest = (1 << bits) - 1;
      for (int part = 0; part < PARTS; part++) {
        float lowest = 0;
        float highest = 0;
        for (int i = at + part * PART; i < at + (part + 1) * PART; i++) {
          lowest = Math.min(lowest, in[i]);
          highest = Math.max(highest, in[i]);
        }
        scales[part] = (highest - lowest) / largest;
        minima[part] = -lowest;
      }
      bytes.asSlice(to, low() + SIZE / 2).fill((byte) 0);
      float scaleOfScales = putScales(scales, bytes, to, 0);
      float scaleOfMinima = putScales(minima, bytes, to, 2);
      for (int part = 0; part < PARTS; part++) {
        int scale = six(scales[part], scaleOfScales);
        int minimum = six(minima[part], scaleOfMinima);
        SixBits.put(bytes, to + SCALES, part, scale, minimum);
        float inverse = BlockCodec.inverse(scaleOfScales * scale);
        for (int i = 0; i < PART; i++) {
          float above = in[at + part * PART + i] + scaleOfMinima * minimum;
          put(bytes, to, part, i, BlockCodec.nearest(above * inverse, 0, largest));
        }
      }
    }

    private static float putScales(float[] scales, MemorySegment bytes, long to, int at) {
      float largest = BlockCodec.extreme(scales, 0, PARTS);
      return BlockCodec.putHalf(bytes, to + at, largest / LARGEST_SCALE);
    }

    private static int six(float value, float scale) {
      return BlockCodec.nearest(value * BlockCodec.inverse(scale), 0, LARGEST_SCALE);
    }

    private void put(MemorySegment bytes, long to, int part, int i, int q) {
      long at = to + low() + pairByte(part, i);
      BlockCodec.put(
          bytes, at, BlockCodec.unsigned(bytes, at) | (q & 0xF) << (part % 2 == 0 ? 0 : 4));
      if (bits == 5) {
        long fifth = to + FIFTH_BITS + i;
        BlockCodec.put(bytes, fifth, BlockCodec.unsigned(bytes, fifth) | (q >> 4) << part);
      }
    }
  }

  /**
   * Eight scales and eight minima of 6 bits in 12 bytes: bytes 0 to 3 hold scales 0 to 3, bytes 4
   * to 7 minima 0 to 3; bytes 8 to 11 hold the low four bits of scales and minima 4 to 7, whose
   * upper two bits lie on top of the first eight bytes.
   */
  final class SixBits {
    private SixBits() {}

    static int scale(MemorySegment bytes, long from, int part) {
      return part < 4
          ? BlockCodec.unsigned(bytes, from + part) & 63
          : (BlockCodec.unsigned(bytes, from + part + 4) & 0xF)
              | BlockCodec.unsigned(bytes, from + part - 4) >> 6 << 4;
    }

    static int minimum(MemorySegment bytes, long from, int part) {
      return part < 4
          ? BlockCodec.unsigned(bytes, from + part + 4) & 63
          : BlockCodec.unsigned(bytes, from + part + 4) >> 4
              | BlockCodec.unsigned(bytes, from + part) >> 6 << 4;
    }

    /** Expects zeros, or lower parts only, where it writes. */
    static void put(MemorySegment bytes, long to, int part, int scale, int minimum) {
      if (part < 4) {
        or(bytes, to + part, scale);
        or(bytes, to + part + 4, minimum);
      } else {
        or(bytes, to + part + 4, (scale & 0xF) | (minimum & 0xF) << 4);
        or(bytes, to + part - 4, scale >> 4 << 6);
        or(bytes, to + part, minimum >> 4 << 6);
      }
    }

    private static void or(MemorySegment bytes, long at, int bits) {
      BlockCodec.put(bytes, at, BlockCodec.unsigned(bytes, at) | bits);
    }
  }

  /**
   * {@code x = d × scale × (q − 32)} with a signed scale of 8 bits for each 16 elements, q in 6
   * bits. Bytes: 128 of low four bits, 64 of upper two, 16 scales, d.
   */
  record Q6() implements SuperBlockCodec {
    private static final int PART = 16;
    private static final int PARTS = SIZE / PART;
    private static final int UPPER_BITS = 128;
    private static final int SCALES = 192;
    private static final int SCALE_OF_SCALES = 208;
    private static final int ZERO = 32;

    @Override
    public void read(MemorySegment bytes, long from, float[] out, int at) {
      float scaleOfScales = BlockCodec.half(bytes, from + SCALE_OF_SCALES);
      for (int i = 0; i < SIZE; i++) {
        int low = BlockCodec.unsigned(bytes, from + lowByte(i)) >> lowShift(i) & 0xF;
        int upper = BlockCodec.unsigned(bytes, from + upperByte(i)) >> upperShift(i) & 3;
        float scale = scaleOfScales * BlockCodec.signed(bytes, from + SCALES + i / PART);
        out[at + i] = scale * ((low | upper << 4) - ZERO);
      }
    }

    @Override
    public void write(float[] in, int at, MemorySegment bytes, long to) {
      var scales = new float[PARTS];
      for (int part = 0; part < PARTS; part++) {
        scales[part] = BlockCodec.extreme(in, at + part * PART, PART) / -ZERO;
      }
      bytes.asSlice(to, SCALES).fill((byte) 0);
      float largest = BlockCodec.extreme(scales, 0, PARTS);
      float scaleOfScales = BlockCodec.putHalf(bytes, to + SCALE_OF_SCALES, largest / -128);
      for (int part = 0; part < PARTS; part++) {
        int scale = BlockCodec.nearest(scales[part] * BlockCodec.inverse(scaleOfScales), -128, 127);
        BlockCodec.put(bytes, to + SCALES + part, scale);
        float inverse = BlockCodec.inverse(scaleOfScales * scale);
        for (int i = part * PART; i < (part + 1) * PART; i++) {
          put(bytes, to, i, BlockCodec.nearest(in[at + i] * inverse, -ZERO, ZERO - 1) + ZERO);
        }
      }
    }

    private static void put(MemorySegment bytes, long to, int i, int q) {
      long low = to + lowByte(i);
      long upper = to + upperByte(i);
      BlockCodec.put(bytes, low, BlockCodec.unsigned(bytes, low) | (q & 0xF) << lowShift(i));
      BlockCodec.put(bytes, upper, BlockCodec.unsigned(bytes, upper) | q >> 4 << upperShift(i));
    }

    // Each half of 128 elements is four quarters of 32: quarters 0 and 1 are the low nibbles of 64
    // bytes, quarters 2 and 3 their high nibbles, and 32 bytes hold two upper bits of each quarter.

    private static int lowByte(int i) {
      return i / 128 * 64 + i % 64;
    }

    private static int lowShift(int i) {
      return i % 128 / 64 * 4;
    }

    private static int upperByte(int i) {
      return UPPER_BITS + i / 128 * 32 + i % 32;
    }

    private static int upperShift(int i) {
      return i % 128 / 32 * 2;
    }
  }
}
