package io.madeleine.spring;

/** Thrown when all of a kind would be refused, since keys and values of none have room. */
final class TooLittleMemoryException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private static final long MIB = 1L << 20;

  private final long least;

  TooLittleMemoryException(long memory, long least, String refused, String model) {
    super(
        "madeleine.kv.memory is %,d bytes, and with less than %,d %s with model '%s' would be refused"
            .formatted(memory, least, refused, model));
    this.least = least;
  }

  /** {@return megabytes that would do} */
  long megabytes() {
    return Math.ceilDiv(least, MIB);
  }
}
