package io.madeleine.engine.gguf;

import java.nio.file.Path;

/**
 * Thrown when a model file cannot be read or written as what it should be: it names the file, the
 * byte or the key, and what to do about it.
 */
public final class GgufException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;
  private static final int LONGEST_QUOTE = 80;

  private GgufException(String message) {
    super(message);
  }

  private GgufException(String message, Throwable cause) {
    super(message, cause);
  }

  static GgufException file(Path path, String problem) {
    return new GgufException("%s: %s".formatted(path, problem));
  }

  static GgufException file(Path path, String problem, Throwable cause) {
    return new GgufException("%s: %s".formatted(path, problem), cause);
  }

  static GgufException at(Path path, long offset, String problem) {
    return new GgufException("%s, byte %,d: %s".formatted(path, offset, problem));
  }

  static GgufException key(Path path, String key, String problem) {
    return new GgufException("%s, key '%s': %s".formatted(path, quote(key), problem));
  }

  /** {@return {@code text}, cut where it would make a message unreadable} */
  static String quote(String text) {
    return text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "…";
  }
}
