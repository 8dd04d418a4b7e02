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
 * nothing lies in: a machine that has read many files keeps them there, and gives the room back.
 */
final class AvailableMemory {

  /** Where Linux tells it. */
  static final Path MEMINFO = Path.of("/proc/meminfo");

  private static final Pattern AVAILABLE = Pattern.compile("(?m)^MemAvailable:\\s+(\\d+) kB$");

  private AvailableMemory() {}

  /** {@return the bytes that {@code meminfo} tells of; empty where it tells nothing} */
  static OptionalLong bytes(Path meminfo) {
    try {
      Matcher available = AVAILABLE.matcher(Files.readString(meminfo, StandardCharsets.US_ASCII));
      return available.find()
          ? OptionalLong.of(Long.parseLong(available.group(1)) << 10)
          : OptionalLong.empty();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
