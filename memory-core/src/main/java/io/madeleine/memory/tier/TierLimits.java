package io.madeleine.memory.tier;

/**
 * Bytes that each level may hold.
 *
 * @param hotBytes of spans as numbers
 * @param warmBytes of spans as bytes
 * @param queuedBytes of spans that wait to be written to disk
 */
public record TierLimits(long hotBytes, long warmBytes, long queuedBytes) {

  /**
   * @throws IllegalArgumentException if a limit is negative
   */
  public TierLimits {
    if (hotBytes < 0 || warmBytes < 0 || queuedBytes < 0) {
      throw new IllegalArgumentException(
          "limits are 0 bytes or more, but are %d, %d and %d"
              .formatted(hotBytes, warmBytes, queuedBytes));
    }
  }

  /** {@return the most that all levels hold together} */
  public long bytes() {
    return hotBytes + warmBytes + queuedBytes;
  }

  /**
   * {@return half of {@code bytes} for numbers, three eighths for bytes, the rest for the queue}
   */
  public static TierLimits within(long bytes) {
    return new TierLimits(bytes / 2, bytes * 3 / 8, bytes / 8);
  }
}
