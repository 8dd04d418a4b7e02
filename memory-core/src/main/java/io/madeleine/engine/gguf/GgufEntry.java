package io.madeleine.engine.gguf;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;

/**
 * One metadata value as it lies in the file, already checked to be whole.
 *
 * @param type what it is
 * @param bytes the value alone, without key and type
 */
record GgufEntry(GgufType type, MemorySegment bytes) {
  /** An array starts with its element type and its length. */
  static final int ARRAY_PREFIX_BYTES = Integer.BYTES + Long.BYTES;

  boolean isArray() {
    return type == GgufType.ARRAY;
  }

  GgufType elementType() {
    return GgufType.ofId(GgufType.int32(bytes, 0)).orElseThrow();
  }

  /**
   * {@return the elements of an array; more than an {@code int} holds needs a file of that size}
   */
  int length() {
    return Math.toIntExact(GgufType.int64(bytes, Integer.BYTES));
  }

  /** {@return for a message: {@code STRING}, or {@code array of INT32}} */
  String describe() {
    return isArray() ? "an array of " + elementType() : type.toString();
  }

  static GgufEntry of(String value) {
    return entry(GgufType.STRING, bytes -> bytes.text(value));
  }

  static GgufEntry of(GgufType type, Number value) {
    requireNumber(type);
    return entry(type, bytes -> bytes.number(type, value));
  }

  static GgufEntry of(boolean value) {
    return entry(GgufType.BOOL, bytes -> bytes.number(GgufType.BOOL, value ? 1 : 0));
  }

  static GgufEntry strings(List<String> values) {
    return array(GgufType.STRING, values.size(), bytes -> values.forEach(bytes::text));
  }

  static GgufEntry numbers(GgufType type, List<? extends Number> values) {
    requireNumber(type);
    return array(type, values.size(), bytes -> values.forEach(value -> bytes.number(type, value)));
  }

  static GgufEntry flags(List<Boolean> values) {
    return array(
        GgufType.BOOL,
        values.size(),
        bytes -> values.forEach(value -> bytes.number(GgufType.BOOL, value ? 1 : 0)));
  }

  private static GgufEntry array(GgufType type, int length, Consumer<GgufBytes> elements) {
    return entry(
        GgufType.ARRAY,
        bytes -> {
          bytes.int32(type.id()).int64(length);
          elements.accept(bytes);
        });
  }

  private static GgufEntry entry(GgufType type, Consumer<GgufBytes> value) {
    var bytes = new GgufBytes();
    value.accept(bytes);
    return new GgufEntry(type, MemorySegment.ofArray(bytes.toByteArray()));
  }

  private static void requireNumber(GgufType type) {
    if (!type.isNumber()) {
      throw new IllegalArgumentException(
          "a number cannot be written as %s: choose INT8 to UINT64, FLOAT32 or FLOAT64"
              .formatted(type));
    }
  }
}
