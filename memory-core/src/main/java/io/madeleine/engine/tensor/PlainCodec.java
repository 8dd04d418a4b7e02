package io.madeleine.engine.tensor;

import java.lang.foreign.MemorySegment;

/** One number, one block. */
sealed interface PlainCodec extends BlockCodec {

  /** IEEE single. */
  record F32() implements PlainCodec {
    @Override
    public void read(MemorySegment bytes, long from, float[] out, int at) {
      out[at] = Float.intBitsToFloat(bytes.get(INT, from));
    }

    @Override
    public void write(float[] in, int at, MemorySegment bytes, long to) {
      bytes.set(INT, to, Float.floatToRawIntBits(in[at]));
    }
  }

  /** IEEE half. */
  record F16() implements PlainCodec {
    @Override
    public void read(MemorySegment bytes, long from, float[] out, int at) {
      out[at] = BlockCodec.half(bytes, from);
    }

    @Override
    public void write(float[] in, int at, MemorySegment bytes, long to) {
      BlockCodec.putHalf(bytes, to, in[at]);
    }
  }

  /** The upper half of an IEEE single. */
  record BF16() implements PlainCodec {
    @Override
    public void read(MemorySegment bytes, long from, float[] out, int at) {
      out[at] = Float.intBitsToFloat(bytes.get(SHORT, from) << Short.SIZE);
    }

    @Override
    public void write(float[] in, int at, MemorySegment bytes, long to) {
      bytes.set(SHORT, to, round(in[at]));
    }

    /** To nearest, ties to even; a NaN stays one. */
    private static short round(float value) {
      int bits = Float.floatToRawIntBits(value);
      if (Float.isNaN(value)) {
        return (short) ((bits >>> Short.SIZE) | 0x40);
      }
      return (short) ((bits + 0x7FFF + ((bits >>> Short.SIZE) & 1)) >>> Short.SIZE);
    }
  }
}
