package io.madeleine.engine.template;

import io.madeleine.engine.template.value.TemplateException;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Python's {@code strftime}, in English. */
final class Dates {
  private Dates() {}

  /** {@return the time of {@code clock} in Python's {@code format}} */
  static String format(Clock clock, String format) {
    ZonedDateTime now = ZonedDateTime.now(clock);
    var out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char code = format.charAt(++i);
      boolean unpadded = code == '-' && i + 1 < format.length();
      out.append(unpadded ? part(now, format.charAt(++i), false) : part(now, code, true));
    }
    return out.toString();
  }

  private static String part(ZonedDateTime now, char code, boolean padded) {
    return switch (code) {
      case 'd' -> number(now.getDayOfMonth(), padded ? 2 : 1);
      case 'm' -> number(now.getMonthValue(), padded ? 2 : 1);
      case 'H' -> number(now.getHour(), padded ? 2 : 1);
      case 'I' -> number((now.getHour() + 11) % 12 + 1, padded ? 2 : 1);
      case 'M' -> number(now.getMinute(), padded ? 2 : 1);
      case 'S' -> number(now.getSecond(), padded ? 2 : 1);
      case 'j' -> number(now.getDayOfYear(), padded ? 3 : 1);
      case 'y' -> number(now.getYear() % 100, 2);
      case 'Y' -> number(now.getYear(), 4);
      case 'b' -> pattern(now, "MMM");
      case 'B' -> pattern(now, "MMMM");
      case 'a' -> pattern(now, "EEE");
      case 'A' -> pattern(now, "EEEE");
      case 'p' -> now.getHour() < 12 ? "AM" : "PM";
      case 'F' -> pattern(now, "yyyy-MM-dd");
      case 'T' -> pattern(now, "HH:mm:ss");
      case '%' -> "%";
      default -> throw new TemplateException("strftime_now: unknown code %" + code);
    };
  }

  private static String number(int value, int width) {
    return ("%0" + width + "d").formatted(value);
  }

  private static String pattern(ZonedDateTime now, String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.US).format(now);
  }
}
