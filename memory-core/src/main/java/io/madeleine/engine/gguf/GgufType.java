package io.madeleine.engine.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/** What a metadata value is, in the order of the numbers that stand for them in a file. */
public enum GgufType {
  UINT8(0, 1),
  INT8(1, 1),
  UINT16(2, 2),
  INT16(3, 2),
  UINT32(4, 4),
  INT32(5, 4),
  FLOAT32(6, 4),
  BOOL(7, 1),
  STRING(8, 0),
  ARRAY(9, 0),
  UINT64(10, 8),
  INT64(11, 8),
  FLOAT64(12, 8);

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final GgufType[] BY_ID = values();

  private final int id;
  private final int bytes;

  GgufType(int id, int bytes) {
    this.id = id;
    this.bytes = bytes;
  }

  /** {@return the bytes of one value; 0 where they depend on the value} */
  int bytes() {
    return bytes;
  }

  int id() {
    return id;
  }

  boolean isWhole() {
    return switch (this) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
      case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> false;
    };
  }

  boolean isNumber() {
    return isWhole() || this == FLOAT32 || this == FLOAT64;
  }

  static Optional<GgufType> ofId(int id) {
    return id >= 0 && id < BY_ID.length ? Optional.of(BY_ID[id]) : Optional.empty();
  }

  static int int32(MemorySegment bytes, long offset) {
    return bytes.get(INT, offset);
  }

  static long int64(MemorySegment bytes, long offset) {
    return bytes.get(LONG, offset);
  }

  /** {@return a whole number; UINT64 above {@code Long.MAX_VALUE} comes back negative} */
  long whole(MemorySegment bytes, long offset) {
    return switch (this) {
      case UINT8, BOOL -> bytes.get(ValueLayout.JAVA_BYTE, offset) & 0xFF;
      case INT8 -> bytes.get(ValueLayout.JAVA_BYTE, offset);
      case UINT16 -> bytes.get(SHORT, offset) & 0xFFFF;
      case INT16 -> bytes.get(SHORT, offset);
      case UINT32 -> bytes.get(INT, offset) & 0xFFFF_FFFFL;
      case INT32 -> bytes.get(INT, offset);
      case UINT64, INT64 -> bytes.get(LONG, offset);
      case FLOAT32, FLOAT64, STRING, ARRAY ->
          throw new IllegalStateException(this + " is no whole number: should not happen");
    };
  }

  /** {@return a number as it lies there, little-endian} */
  double number(MemorySegment bytes, long offset) {
    return switch (this) {
      case FLOAT32 -> Float.intBitsToFloat(bytes.get(INT, offset));
      case FLOAT64 -> Double.longBitsToDouble(bytes.get(LONG, offset));
      default -> whole(bytes, offset);
    };
  }

  void put(MemorySegment bytes, Number value) {
    switch (this) {
      case UINT8, INT8, BOOL -> bytes.set(ValueLayout.JAVA_BYTE, 0, value.byteValue());
      case UINT16, INT16 -> bytes.set(SHORT, 0, value.shortValue());
      case UINT32, INT32 -> bytes.set(INT, 0, value.intValue());
      case UINT64, INT64 -> bytes.set(LONG, 0, value.longValue());
      case FLOAT32 -> bytes.set(INT, 0, Float.floatToRawIntBits(value.floatValue()));
      case FLOAT64 -> bytes.set(LONG, 0, Double.doubleToRawLongBits(value.doubleValue()));
      case STRING, ARRAY ->
          throw new IllegalStateException(this + " is no number: should not happen");
    }
  }
}
