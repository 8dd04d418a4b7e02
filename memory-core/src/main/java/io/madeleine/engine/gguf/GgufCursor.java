package io.madeleine.engine.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Walks over a mapped file from front to back and never past its end. Not thread-safe. */
final class GgufCursor {
  /** The format's own limit for keys; names of tensors are shorter. */
  private static final int LONGEST_NAME = 65_535;

  private final Path path;
  private final MemorySegment bytes;
  private long position;

  GgufCursor(Path path, MemorySegment bytes) {
    this.path = path;
    this.bytes = bytes;
  }

  Path path() {
    return path;
  }

  long position() {
    return position;
  }

  long remaining() {
    return bytes.byteSize() - position;
  }

  int int32(String what) {
    return GgufType.int32(take(Integer.BYTES, what), 0);
  }

  /** {@return a count or a size: a negative one, an unsigned number beyond 2⁶³, is refused} */
  long count(String what) {
    long at = position;
    long value = GgufType.int64(take(Long.BYTES, what), 0);
    if (value < 0) {
      throw GgufException.at(
          path,
          at,
          "%s is %s, more than any file can hold. The file is damaged: fetch it again."
              .formatted(what, Long.toUnsignedString(value)));
    }
    return value;
  }

  GgufType type(String what) {
    long at = position;
    int id = int32(what);
    return GgufType.ofId(id)
        .orElseThrow(
            () ->
                GgufException.at(
                    path,
                    at,
                    "%s is %d, but the format knows 0 to 12. The file is damaged, or newer than %s."
                        .formatted(what, id, "GGUF version 3")));
  }

  /** {@return a key or the name of a tensor} */
  String name(String what) {
    long at = position;
    long length = count("the length of " + what);
    if (length > LONGEST_NAME) {
      throw GgufException.at(
          path,
          at,
          "%s is %,d bytes long, but may have %,d. The file is damaged: fetch it again."
              .formatted(what, length, LONGEST_NAME));
    }
    return text(take(length, what));
  }

  /** {@return the next {@code length} bytes, not copied} */
  MemorySegment take(long length, String what) {
    require(length, what);
    MemorySegment taken = bytes.asSlice(position, length);
    position += length;
    return taken;
  }

  /** {@return all bytes from {@code start} to here, not copied} */
  MemorySegment since(long start) {
    return bytes.asSlice(start, position - start);
  }

  void require(long length, String what) {
    if (length > remaining()) {
      throw GgufException.at(
          path,
          position,
          "%s needs %,d bytes, but the file ends after %,d. It is truncated or damaged: fetch it again."
              .formatted(what, length, remaining()));
    }
  }

  static String text(MemorySegment utf8) {
    return new String(utf8.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
  }
}
