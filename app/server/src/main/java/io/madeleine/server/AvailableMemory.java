package io.madeleine.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much memory programs can still have, as Linux tells it. What the JDK calls free is what
 * nothing lies in: a machine that has read many files keeps them there, and gives the room back. Of
 * a container Linux tells the whole machine's, and the JDK its own.
 */
final class AvailableMemory {

  /** Where Linux tells it. */
  static final Path MEMINFO = Path.of("/proc/meminfo");

  private static final long MIB = 1L << 20;

  private AvailableMemory() {}

  /**
   * {@return the bytes that {@code meminfo} tells of; empty where it tells nothing, or of another
   * machine than the one that has {@code total} bytes}
   */
  static OptionalLong bytes(Path meminfo, long total) {
    try {
      String told = Files.readString(meminfo, StandardCharsets.US_ASCII);
      OptionalLong whole = bytes(told, "MemTotal");
      return whole.isPresent() && Math.abs(whole.getAsLong() - total) <= MIB
          ? bytes(told, "MemAvailable")
          : OptionalLong.empty();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  private static OptionalLong bytes(String told, String name) {
    Matcher line = Pattern.compile("(?m)^" + name + ":\\s+(\\d+) kB$").matcher(told);
    return line.find()
        ? OptionalLong.of(Long.parseLong(line.group(1)) << 10)
        : OptionalLong.empty();
  }
}
