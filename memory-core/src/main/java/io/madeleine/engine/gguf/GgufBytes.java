package io.madeleine.engine.gguf;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** Bytes of a header in the making. */
final class GgufBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final byte[] word = new byte[Long.BYTES];

  GgufBytes int32(int value) {
    return number(GgufType.INT32, value);
  }

  GgufBytes int64(long value) {
    return number(GgufType.INT64, value);
  }

  GgufBytes number(GgufType type, Number value) {
    type.put(MemorySegment.ofArray(word), value);
    out.write(word, 0, type.bytes());
    return this;
  }

  GgufBytes text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    int64(utf8.length);
    out.writeBytes(utf8);
    return this;
  }

  GgufBytes segment(MemorySegment bytes) {
    out.writeBytes(bytes.toArray(ValueLayout.JAVA_BYTE));
    return this;
  }

  byte[] toByteArray() {
    return out.toByteArray();
  }
}
