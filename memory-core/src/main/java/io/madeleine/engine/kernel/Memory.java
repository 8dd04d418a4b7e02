package io.madeleine.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * All of memory, by absolute address. One unbounded constant segment compiles to bare loads, where
 * a bounded one in a field does not; the price is that nothing checks, so the door must have.
 */
final class Memory {
  private Memory() {}

  @SuppressWarnings("restricted")
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  static float f32(long address) {
    return ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address);
  }

  static void f32(long address, float value) {
    ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, address, value);
  }

  static float f16(long address) {
    return Float.float16ToFloat(i16(address));
  }

  static short i16(long address) {
    return ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, address);
  }

  static int i32(long address) {
    return ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address);
  }

  static byte i8(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address);
  }

  static int u8(long address) {
    return i8(address) & 0xFF;
  }
}
