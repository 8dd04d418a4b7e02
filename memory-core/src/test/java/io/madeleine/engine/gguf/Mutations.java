package io.madeleine.engine.gguf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Spoils a valid file the way disks, networks and malice do: the same seed, the same damage. */
final class Mutations {
  private static final long[] TELLING = {
    0,
    1,
    -1,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 32,
    (1L << 32) - 1,
    1L << 61,
    (1L << 61) + 1,
    1L << 62,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    Long.MAX_VALUE / 34,
    -32
  };

  private final SplittableRandom random;
  private final int headerBytes;

  /**
   * Makes the mutations of one seed.
   *
   * @param headerBytes most damage goes to the bytes before this one
   */
  Mutations(long seed, int headerBytes) {
    this.random = new SplittableRandom(seed);
    this.headerBytes = headerBytes;
  }

  byte[] spoil(byte[] valid) {
    byte[] bytes = valid.clone();
    int rounds = 1 + random.nextInt(4);
    for (int i = 0; i < rounds && bytes.length > 0; i++) {
      bytes = once(bytes);
    }
    return bytes;
  }

  private byte[] once(byte[] bytes) {
    int at = place(bytes.length);
    return switch (random.nextInt(7)) {
      case 0 -> with(bytes, at, (byte) (bytes[at] ^ (1 << random.nextInt(8))));
      case 1 -> with(bytes, at, (byte) random.nextInt());
      case 2 -> withWord(bytes, at, Long.BYTES);
      case 3 -> withWord(bytes, at, Integer.BYTES);
      case 4 -> Arrays.copyOf(bytes, at);
      case 5 -> without(bytes, at, random.nextInt(64));
      default -> moved(bytes, at, place(bytes.length), random.nextInt(64));
    };
  }

  private int place(int length) {
    int bound = random.nextInt(8) == 0 ? length : Math.min(length, headerBytes);
    return random.nextInt(bound);
  }

  private static byte[] with(byte[] bytes, int at, byte value) {
    bytes[at] = value;
    return bytes;
  }

  private byte[] withWord(byte[] bytes, int at, int size) {
    if (at + size <= bytes.length) {
      long value = TELLING[random.nextInt(TELLING.length)];
      if (random.nextInt(4) == 0) {
        value = (long) bytes.length - random.nextInt(16);
      }
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      if (size == Long.BYTES) {
        buffer.putLong(at, value);
      } else {
        buffer.putInt(at, (int) value);
      }
    }
    return bytes;
  }

  private static byte[] without(byte[] bytes, int at, int count) {
    int end = Math.min(bytes.length, at + count);
    byte[] shorter = Arrays.copyOf(bytes, bytes.length - (end - at));
    System.arraycopy(bytes, end, shorter, at, bytes.length - end);
    return shorter;
  }

  private static byte[] moved(byte[] bytes, int from, int to, int count) {
    System.arraycopy(bytes, from, bytes, to, Math.min(count, bytes.length - Math.max(from, to)));
    return bytes;
  }
}
