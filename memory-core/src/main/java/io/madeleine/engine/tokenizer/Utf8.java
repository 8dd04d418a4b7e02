package io.madeleine.engine.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** UTF-8 that arrives a few bytes at a time. Not thread-safe. */
final class Utf8 {
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();

  /** {@return UTF-8 of {@code text}, which must be {@link #wellFormed well formed}} */
  static byte[] encode(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** {@return {@code text} with U+FFFD for every lone surrogate} */
  static String wellFormed(String text) {
    if (text.codePoints().noneMatch(Utf8::isSurrogate)) {
      return text;
    }
    int[] points = text.codePoints().map(c -> isSurrogate(c) ? 0xFFFD : c).toArray();
    return new String(points, 0, points.length);
  }

  private static boolean isSurrogate(int point) {
    return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
  }

  /** {@return the characters that {@code bytes} complete; an unfinished one waits for the next} */
  String push(byte[] bytes) {
    pending.writeBytes(bytes);
    byte[] all = pending.toByteArray();
    int complete = all.length - unfinished(all);
    pending.reset();
    pending.write(all, complete, all.length - complete);
    return new String(all, 0, complete, StandardCharsets.UTF_8);
  }

  /** {@return what is left, U+FFFD for a character that was never finished} */
  String finish() {
    String rest = pending.toString(StandardCharsets.UTF_8);
    pending.reset();
    return rest;
  }

  /** {@return the number of bytes at the end that may still become a character, 0 to 3} */
  private static int unfinished(byte[] bytes) {
    for (int back = 1; back <= Math.min(3, bytes.length); back++) {
      int lead = bytes[bytes.length - back] & 0xFF;
      if ((lead & 0xC0) == 0x80) {
        continue;
      }
      return isPrefix(bytes, bytes.length - back, back) ? back : 0;
    }
    return 0;
  }

  /** Whether the bytes from {@code at} are the beginning, and not the whole, of a character. */
  private static boolean isPrefix(byte[] bytes, int at, int length) {
    int lead = bytes[at] & 0xFF;
    int wanted = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
    if (lead > 0xF4 || length >= wanted) {
      return false;
    }
    if (length == 1) {
      return true;
    }
    int second = bytes[at + 1] & 0xFF;
    return switch (lead) {
      case 0xE0 -> second >= 0xA0;
      case 0xF0 -> second >= 0x90;
      case 0xF4 -> second <= 0x8F;
      default -> true;
    };
  }
}
