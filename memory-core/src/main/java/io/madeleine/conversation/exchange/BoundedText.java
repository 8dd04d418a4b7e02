package io.madeleine.conversation.exchange;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The text of a file, whole or line by line, and never more of it in memory than {@link #MOST}
 * characters: a file may be larger than the memory that everybody shares. Lines end as those of a
 * {@link java.io.BufferedReader}.
 */
final class BoundedText implements Iterator<String> {

  /** The longest line, and the longest text that is read whole. */
  static final int MOST = 16 << 20;

  private static final int AT_ONCE = 8_192;

  private final Reader file;
  private final char[] read = new char[AT_ONCE];
  private int from;
  private int to;
  private int line;
  private boolean afterReturn;

  private BoundedText(Reader file) {
    this.file = file;
  }

  /** {@return the lines of {@code file}, which throw as {@link #next} does} */
  static Iterator<String> lines(Reader file) {
    return new BoundedText(file);
  }

  /**
   * {@return all that is left of {@code file}}
   *
   * @throws IllegalArgumentException if it is too long to be read whole
   */
  static String whole(Reader file) {
    var text = new BoundedText(file);
    var whole = new StringBuilder();
    while (text.fill()) {
      text.move(
          whole,
          text.to,
          "the JSON array has more than %,d characters, and is read at once: save it as JSON Lines, a message a line"
              .formatted(MOST));
    }
    return whole.toString();
  }

  @Override
  public boolean hasNext() {
    if (fill() && afterReturn && read[from] == '\n') {
      from++; // the second half of the last line's end
      afterReturn = false;
    }
    return fill();
  }

  /**
   * {@return the next line}
   *
   * @throws IllegalArgumentException if it is too long
   * @throws UncheckedIOException if it cannot be read
   */
  @Override
  public String next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    line++;
    var text = new StringBuilder();
    while (fill()) {
      int end = end();
      move(
          text,
          end,
          "line %,d has more than %,d characters: save the file as JSON Lines, a message a line, and part a message that is longer"
              .formatted(line, MOST));
      if (end < to) {
        afterReturn = read[from++] == '\r';
        break;
      }
    }
    return text.toString();
  }

  /** {@return where the line ends in what was read, or where that ends} */
  private int end() {
    int end = from;
    while (end < to && read[end] != '\n' && read[end] != '\r') {
      end++;
    }
    return end;
  }

  private void move(StringBuilder text, int end, String refusal) {
    if (text.length() + (end - from) > MOST) {
      throw new IllegalArgumentException(refusal);
    }
    text.append(read, from, end - from);
    from = end;
  }

  /** {@return whether there is more} */
  private boolean fill() {
    try {
      while (from == to) {
        int count = file.read(read, 0, read.length);
        if (count < 0) {
          return false;
        }
        from = 0;
        to = count;
      }
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException("the file of conversations cannot be read", e);
    }
  }
}
