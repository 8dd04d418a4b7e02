package io.madeleine.engine.kv;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;

/**
 * How the numbers of a page are stored, and where in the page they stand.
 *
 * <p>A page holds {@value #PAGE_TOKENS} tokens of one head: the keys as {@code [headDim][16]}, so
 * that one vector load reads the same element of 16 keys; the values as {@code [16][headDim]}; and
 * for {@link #INT8} one f32 scale per key and one per value. Each part starts at a multiple of 64
 * bytes.
 */
public enum KvType {
  F32(1, 4),
  F16(2, 2),
  /** Symmetric: element = code × scale, the scale being the largest magnitude ÷ 127. */
  INT8(3, 1);

  /** Tokens in a page. */
  public static final int PAGE_TOKENS = 16;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;

  private final byte code;
  private final int bytesPerElement;

  KvType(int code, int bytesPerElement) {
    this.code = (byte) code;
    this.bytesPerElement = bytesPerElement;
  }

  /** {@return the number that stands for this type in a snapshot} */
  byte code() {
    return code;
  }

  static Optional<KvType> ofCode(int code) {
    return Arrays.stream(values()).filter(type -> type.code == code).findFirst();
  }

  /** {@return bytes of one element, scales not counted} */
  public int bytesPerElement() {
    return bytesPerElement;
  }

  /** {@return the number of pages that {@code tokens} tokens of one head need} */
  public static int pages(int tokens) {
    return (tokens + PAGE_TOKENS - 1) / PAGE_TOKENS;
  }

  /** {@return the bytes of one page} */
  public int pageBytes(int headDim) {
    return valueScales(headDim) + (this == INT8 ? 4 * PAGE_TOKENS : 0);
  }

  /** {@return where in the page the values start; the keys start at 0} */
  public int values(int headDim) {
    return (PAGE_TOKENS * headDim * bytesPerElement + 63) & -64;
  }

  /** {@return where in the page the 16 scales of the keys start, of {@link #INT8}} */
  public int keyScales(int headDim) {
    return 2 * values(headDim);
  }

  /** {@return where in the page the 16 scales of the values start, of {@link #INT8}} */
  public int valueScales(int headDim) {
    return keyScales(headDim) + (this == INT8 ? 4 * PAGE_TOKENS : 0);
  }

  void writeKey(MemorySegment page, int slot, int headDim, MemorySegment from, long offset) {
    write(page, 0, keyScales(headDim), slot, PAGE_TOKENS, slot, headDim, from, offset);
  }

  void writeValue(MemorySegment page, int slot, int headDim, MemorySegment from, long offset) {
    int start = slot * headDim;
    write(page, values(headDim), valueScales(headDim), start, 1, slot, headDim, from, offset);
  }

  void readKey(MemorySegment page, int slot, int headDim, float[] out, int offset) {
    read(page, 0, keyScales(headDim), slot, PAGE_TOKENS, slot, headDim, out, offset);
  }

  void readValue(MemorySegment page, int slot, int headDim, float[] out, int offset) {
    int start = slot * headDim;
    read(page, values(headDim), valueScales(headDim), start, 1, slot, headDim, out, offset);
  }

  /** Copies one slot's key and value, codes and scales, without decoding them. */
  void copySlot(MemorySegment from, int fromSlot, MemorySegment to, int toSlot, int headDim) {
    int element = bytesPerElement;
    for (int d = 0; d < headDim; d++) {
      long row = (long) d * PAGE_TOKENS * element;
      MemorySegment.copy(
          from, row + (long) fromSlot * element, to, row + (long) toSlot * element, element);
    }
    long bytes = (long) headDim * element;
    MemorySegment.copy(
        from, values(headDim) + fromSlot * bytes, to, values(headDim) + toSlot * bytes, bytes);
    if (this == INT8) {
      copyScale(from, fromSlot, to, toSlot, keyScales(headDim));
      copyScale(from, fromSlot, to, toSlot, valueScales(headDim));
    }
  }

  private static void copyScale(
      MemorySegment from, int fromSlot, MemorySegment to, int toSlot, int base) {
    to.set(FLOAT, base + 4L * toSlot, from.get(FLOAT, base + 4L * fromSlot));
  }

  /** Element {@code i} of the vector stands at index {@code start + i × stride} of its part. */
  private void write(
      MemorySegment page,
      int base,
      int scales,
      int start,
      int stride,
      int slot,
      int headDim,
      MemorySegment from,
      long offset) {
    switch (this) {
      case F32 -> {
        for (int i = 0; i < headDim; i++) {
          page.set(FLOAT, base + 4L * (start + i * stride), at(from, offset, i));
        }
      }
      case F16 -> {
        for (int i = 0; i < headDim; i++) {
          short half = Float.floatToFloat16(at(from, offset, i));
          page.set(SHORT, base + 2L * (start + i * stride), half);
        }
      }
      case INT8 -> {
        float scale = largest(from, offset, headDim) / 127;
        float inverse = scale == 0 ? 0 : 1 / scale;
        page.set(FLOAT, scales + 4L * slot, scale);
        for (int i = 0; i < headDim; i++) {
          byte code = (byte) Math.round(at(from, offset, i) * inverse);
          page.set(ValueLayout.JAVA_BYTE, base + start + (long) i * stride, code);
        }
      }
    }
  }

  private void read(
      MemorySegment page,
      int base,
      int scales,
      int start,
      int stride,
      int slot,
      int headDim,
      float[] out,
      int offset) {
    switch (this) {
      case F32 -> {
        for (int i = 0; i < headDim; i++) {
          out[offset + i] = page.get(FLOAT, base + 4L * (start + i * stride));
        }
      }
      case F16 -> {
        for (int i = 0; i < headDim; i++) {
          out[offset + i] = Float.float16ToFloat(page.get(SHORT, base + 2L * (start + i * stride)));
        }
      }
      case INT8 -> {
        float scale = page.get(FLOAT, scales + 4L * slot);
        for (int i = 0; i < headDim; i++) {
          out[offset + i] =
              scale * page.get(ValueLayout.JAVA_BYTE, base + start + (long) i * stride);
        }
      }
    }
  }

  private static float largest(MemorySegment from, long offset, int headDim) {
    float largest = 0;
    for (int i = 0; i < headDim; i++) {
      largest = Math.max(largest, Math.abs(at(from, offset, i)));
    }
    return largest;
  }

  private static float at(MemorySegment from, long offset, int i) {
    return from.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + 4L * i);
  }
}
