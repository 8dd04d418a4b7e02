package io.madeleine.memory.index.schema;

import java.time.Instant;
import org.apache.lucene.index.IndexWriter;

/**
 * What Lucene takes of a turn: it refuses a document whole for one term that is too long, and
 * counts time in milliseconds, while the log takes any name and any instant. Who asks for one and
 * who writes one cut it alike, so that they meet.
 */
final class Bounds {

  private static final int MOST_BYTES = IndexWriter.MAX_TERM_LENGTH;
  private static final int BYTES_PER_CHARACTER = 3;

  private Bounds() {}

  /** {@return {@code text}, or as much of its beginning as one term may hold in UTF-8} */
  static String term(String text) {
    if (text.length() <= MOST_BYTES / BYTES_PER_CHARACTER) {
      return text;
    }
    int bytes = 0;
    for (int at = 0; at < text.length(); ) {
      int character = text.codePointAt(at);
      bytes += bytes(character);
      if (bytes > MOST_BYTES) {
        return text.substring(0, at);
      }
      at += Character.charCount(character);
    }
    return text;
  }

  /** Half of a pair alone is written as the replacement character, which takes three too. */
  private static int bytes(int character) {
    if (character < 0x80) {
      return 1;
    }
    if (character < 0x800) {
      return 2;
    }
    return character < 0x10000 ? 3 : 4;
  }

  /** {@return {@code at} in milliseconds, or the first or last of them where it lies beyond} */
  static long millis(Instant at) {
    if (at.isBefore(Instant.ofEpochMilli(Long.MIN_VALUE))) {
      return Long.MIN_VALUE;
    }
    return at.isAfter(Instant.ofEpochMilli(Long.MAX_VALUE)) ? Long.MAX_VALUE : at.toEpochMilli();
  }
}
