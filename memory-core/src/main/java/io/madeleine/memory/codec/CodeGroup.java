package io.madeleine.memory.codec;

import java.nio.ByteBuffer;

/**
 * A group of numbers as small codes between their minimum and maximum: {@code x ≈ minimum + step ×
 * code}. The error is at most half a step, plus what half precision does to minimum and step.
 */
final class CodeGroup {

  private CodeGroup() {}

  /** {@return codes of {@code numbers} at exact parameters, for the golden case} */
  static int[] codes(float[] numbers, int bits) {
    float low = minimum(numbers, 0, 1, numbers.length);
    float step = step(low, maximum(numbers, 0, 1, numbers.length), bits);
    var codes = new int[numbers.length];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = code(numbers[i], low, step, bits);
    }
    return codes;
  }

  /** Writes {@code count} numbers from {@code from} on, {@code stride} apart. */
  static void encode(float[] numbers, int from, int stride, int count, int bits, ByteBuffer out) {
    float low = minimum(numbers, from, stride, count);
    float high = maximum(numbers, from, stride, count);
    short lowBits = Float.floatToFloat16(low);
    float storedLow = Float.float16ToFloat(lowBits);
    short stepBits = Float.floatToFloat16(step(Math.min(low, storedLow), high, bits));
    float storedStep = Float.float16ToFloat(stepBits);
    out.putShort(lowBits).putShort(stepBits);
    int packed = 0;
    int filled = 0;
    for (int i = 0; i < count; i++) {
      packed |= code(numbers[from + i * stride], storedLow, storedStep, bits) << filled;
      filled += bits;
      if (filled == Byte.SIZE) {
        out.put((byte) packed);
        packed = 0;
        filled = 0;
      }
    }
    if (filled > 0) {
      out.put((byte) packed);
    }
  }

  static void decode(ByteBuffer in, float[] numbers, int from, int stride, int count, int bits) {
    float low = Float.float16ToFloat(in.getShort());
    float step = Float.float16ToFloat(in.getShort());
    int packed = 0;
    int left = 0;
    for (int i = 0; i < count; i++) {
      if (left == 0) {
        packed = in.get() & 0xff;
        left = Byte.SIZE;
      }
      numbers[from + i * stride] = low + step * (packed & ((1 << bits) - 1));
      packed >>>= bits;
      left -= bits;
    }
  }

  private static int code(float number, float low, float step, int bits) {
    if (step == 0) {
      return 0;
    }
    return (int) Math.clamp(Math.rint((number - low) / step), 0, (1 << bits) - 1);
  }

  private static float step(float low, float high, int bits) {
    return (high - low) / ((1 << bits) - 1);
  }

  private static float minimum(float[] numbers, int from, int stride, int count) {
    float low = Float.POSITIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      low = Math.min(low, numbers[from + i * stride]);
    }
    return low;
  }

  private static float maximum(float[] numbers, int from, int stride, int count) {
    float high = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      high = Math.max(high, numbers[from + i * stride]);
    }
    return high;
  }
}
