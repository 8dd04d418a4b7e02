package io.madeleine.engine.tensor;

import java.lang.foreign.MemorySegment;

/**
 * Blocks of 32 with one scale. With 4 or 5 bits, byte {@code j} of the packed part holds the low
 * four bits of element {@code j} and of element {@code j + 16}; fifth bits stand apart, in one
 * 32-bit word in front of it.
 */
sealed interface SmallBlockCodec extends BlockCodec {
  int SIZE = 32;
  int HALF = SIZE / 2;

  /** {@code x = scale × q}, with q in 8 bits. */
  record Q8() implements SmallBlockCodec {
    private static final int LARGEST = 127;

    @Override
    public void read(MemorySegment bytes, long from, float[] out, int at) {
      float scale = BlockCodec.half(bytes, from);
      for (int i = 0; i < SIZE; i++) {
        out[at + i] = BlockCodec.signed(bytes, from + 2 + i) * scale;
      }
    }

    @Override
    public void write(float[] in, int at, MemorySegment bytes, long to) {
      float scale = Math.abs(BlockCodec.extreme(in, at, SIZE)) / LARGEST;
      BlockCodec.putHalf(bytes, to, scale);
      float inverse = BlockCodec.inverse(scale);
      for (int i = 0; i < SIZE; i++) {
        float scaled = in[at + i] * inverse;
        BlockCodec.put(bytes, to + 2 + i, (int) (scaled + Math.copySign(0.5f, scaled)));
      }
    }
  }

  /** {@code x = scale × (q − half the range)}. */
  record Symmetric(int bits) implements SmallBlockCodec {
    private static final int SCALE_BYTES = 2;

    @Override
    public void read(MemorySegment bytes, long from, float[] out, int at) {
      float scale = BlockCodec.half(bytes, from);
      int zero = 1 << (bits - 1);
      for (int i = 0; i < SIZE; i++) {
        out[at + i] = (Packed.get(bits, bytes, from + SCALE_BYTES, i) - zero) * scale;
      }
    }

    @Override
    public void write(float[] in, int at, MemorySegment bytes, long to) {
      int zero = 1 << (bits - 1);
      float scale = BlockCodec.extreme(in, at, SIZE) / -zero;
      BlockCodec.putHalf(bytes, to, scale);
      float inverse = BlockCodec.inverse(scale);
      Packed.clear(bits, bytes, to + SCALE_BYTES);
      for (int i = 0; i < SIZE; i++) {
        int q = Math.min(2 * zero - 1, (int) (in[at + i] * inverse + zero + 0.5f));
        Packed.put(bits, bytes, to + SCALE_BYTES, i, q);
      }
    }
  }

  /** {@code x = scale × q + minimum}. */
  record Affine(int bits) implements SmallBlockCodec {
    private static final int SCALE_BYTES = 4;

    @Override
    public void read(MemorySegment bytes, long from, float[] out, int at) {
      float scale = BlockCodec.half(bytes, from);
      float minimum = BlockCodec.half(bytes, from + 2);
      for (int i = 0; i < SIZE; i++) {
        out[at + i] = Packed.get(bits, bytes, from + SCALE_BYTES, i) * scale + minimum;
      }
    }

    @Override
    public void write(float[] in, int at, MemorySegment bytes, long to) {
      float minimum = in[at];
      float maximum = in[at];
      for (int i = 1; i < SIZE; i++) {
        minimum = Math.min(minimum, in[at + i]);
        maximum = Math.max(maximum, in[at + i]);
      }
      int largest = (1 << bits) - 1;
      float scale = (maximum - minimum) / largest;
      BlockCodec.putHalf(bytes, to, scale);
      BlockCodec.putHalf(bytes, to + 2, minimum);
      float inverse = BlockCodec.inverse(scale);
      Packed.clear(bits, bytes, to + SCALE_BYTES);
      for (int i = 0; i < SIZE; i++) {
        int q = Math.min(largest, (int) ((in[at + i] - minimum) * inverse + 0.5f));
        Packed.put(bits, bytes, to + SCALE_BYTES, i, q);
      }
    }
  }

  /** Thirty-two numbers of 4 bits, or of 5 with the word of fifth bits in front. */
  final class Packed {
    private Packed() {}

    private static long low(int bits, long from) {
      return bits == 5 ? from + Integer.BYTES : from;
    }

    static int get(int bits, MemorySegment bytes, long from, int i) {
      int pair = BlockCodec.unsigned(bytes, low(bits, from) + i % HALF);
      int low = i < HALF ? pair & 0xF : pair >> 4;
      return bits == 5 ? low | ((bytes.get(INT, from) >>> i) & 1) << 4 : low;
    }

    static void clear(int bits, MemorySegment bytes, long from) {
      bytes.asSlice(from, low(bits, from) - from + HALF).fill((byte) 0);
    }

    /** Expects zeros where it writes. */
    static void put(int bits, MemorySegment bytes, long from, int i, int q) {
      long at = low(bits, from) + i % HALF;
      int pair = BlockCodec.unsigned(bytes, at);
      BlockCodec.put(bytes, at, pair | (q & 0xF) << (i < HALF ? 0 : 4));
      if (bits == 5) {
        bytes.set(INT, from, bytes.get(INT, from) | (q >> 4) << i);
      }
    }
  }
}
