package io.madeleine.memory.codec;

import java.nio.ByteBuffer;

/** One number after another. */
final class PlainCodec {

  private PlainCodec() {}

  static void encodeFloats(HeadBlock block, ByteBuffer out) {
    for (float[] numbers : parts(block)) {
      out.asFloatBuffer().put(numbers);
      out.position(out.position() + 4 * numbers.length);
    }
  }

  static void decodeFloats(ByteBuffer in, HeadBlock block) {
    for (float[] numbers : parts(block)) {
      in.asFloatBuffer().get(numbers);
      in.position(in.position() + 4 * numbers.length);
    }
  }

  static void encodeHalves(HeadBlock block, ByteBuffer out) {
    for (float[] numbers : parts(block)) {
      for (float number : numbers) {
        out.putShort(Float.floatToFloat16(number));
      }
    }
  }

  static void decodeHalves(ByteBuffer in, HeadBlock block) {
    for (float[] numbers : parts(block)) {
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = Float.float16ToFloat(in.getShort());
      }
    }
  }

  static void encodeBytes(HeadBlock block, ByteBuffer out) {
    for (float[] numbers : parts(block)) {
      for (int from = 0; from < numbers.length; from += block.headDim()) {
        encodeRow(numbers, from, block.headDim(), out);
      }
    }
  }

  static void encodeRow(float[] numbers, int from, int count, ByteBuffer out) {
    float largest = 0;
    for (int i = from; i < from + count; i++) {
      largest = Math.max(largest, Math.abs(numbers[i]));
    }
    float scale = largest / 127;
    out.putFloat(scale);
    for (int i = from; i < from + count; i++) {
      out.put((byte) (scale == 0 ? 0 : Math.round(numbers[i] / scale)));
    }
  }

  static void decodeBytes(ByteBuffer in, HeadBlock block) {
    for (float[] numbers : parts(block)) {
      for (int from = 0; from < numbers.length; from += block.headDim()) {
        decodeRow(in, numbers, from, block.headDim());
      }
    }
  }

  static void decodeRow(ByteBuffer in, float[] numbers, int from, int count) {
    float scale = in.getFloat();
    for (int i = from; i < from + count; i++) {
      numbers[i] = scale * in.get();
    }
  }

  private static float[][] parts(HeadBlock block) {
    return new float[][] {block.keys(), block.values()};
  }
}
