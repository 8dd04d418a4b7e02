package io.madeleine.engine.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The layout of one block. Scales are f16, and everything is little-endian. */
interface BlockCodec {
  ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Reads the block at byte {@code from} into {@code out} from index {@code at} on. */
  void read(MemorySegment bytes, long from, float[] out, int at);

  /** Writes a block's worth of {@code in} from index {@code at} on to byte {@code to}. */
  void write(float[] in, int at, MemorySegment bytes, long to);

  static BlockCodec of(ElementType type) {
    return switch (type) {
      case F32 -> new PlainCodec.F32();
      case F16 -> new PlainCodec.F16();
      case BF16 -> new PlainCodec.BF16();
      case Q8_0 -> new SmallBlockCodec.Q8();
      case Q4_0 -> new SmallBlockCodec.Symmetric(4);
      case Q5_0 -> new SmallBlockCodec.Symmetric(5);
      case Q4_1 -> new SmallBlockCodec.Affine(4);
      case Q5_1 -> new SmallBlockCodec.Affine(5);
      case Q4_K -> new SuperBlockCodec.Affine(4);
      case Q5_K -> new SuperBlockCodec.Affine(5);
      case Q6_K -> new SuperBlockCodec.Q6();
    };
  }

  static float half(MemorySegment bytes, long at) {
    return Float.float16ToFloat(bytes.get(SHORT, at));
  }

  /** Stores {@code value} as f16 and {@return what it became}. */
  static float putHalf(MemorySegment bytes, long at, float value) {
    short half = Float.floatToFloat16(value);
    bytes.set(SHORT, at, half);
    return Float.float16ToFloat(half);
  }

  static int unsigned(MemorySegment bytes, long at) {
    return bytes.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
  }

  static void put(MemorySegment bytes, long at, int value) {
    bytes.set(ValueLayout.JAVA_BYTE, at, (byte) value);
  }

  static int signed(MemorySegment bytes, long at) {
    return bytes.get(ValueLayout.JAVA_BYTE, at);
  }

  /** {@return 1/value, and 0 for 0: a block of zeros stays one} */
  static float inverse(float value) {
    return value == 0 ? 0 : 1 / value;
  }

  static int nearest(float value, int lowest, int highest) {
    return Math.clamp(Math.round(value), lowest, highest);
  }

  /** {@return the number of largest magnitude, with its sign} */
  static float extreme(float[] in, int from, int count) {
    float extreme = 0;
    for (int i = from; i < from + count; i++) {
      if (Math.abs(in[i]) > Math.abs(extreme)) {
        extreme = in[i];
      }
    }
    return extreme;
  }
}
