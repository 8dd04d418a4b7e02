package io.madeleine.memory.compression.budget;

/**
 * How much of a cache stays: a count of tokens, a share <em>kept</em>, or bytes. A slot is one
 * token of one KV head in one layer; every budget comes down to slots over the whole cache.
 */
public sealed interface Budget {

  /**
   * {@return the slots that may stay in all layers and heads together}
   *
   * @param slots that the cache holds now, all layers and heads together
   * @param heads KV heads of all layers together
   * @param bytesPerSlot of the form in which they will be kept, with scales and positions
   */
  long slots(long slots, int heads, double bytesPerSlot);

  /**
   * So many tokens in every head, on average.
   *
   * @param tokens at least 1
   */
  record Tokens(int tokens) implements Budget {

    /**
     * @throws IllegalArgumentException if {@code tokens} is below 1
     */
    public Tokens {
      if (tokens < 1) {
        throw new IllegalArgumentException(
            "a budget must keep at least 1 token, but keeps %d".formatted(tokens));
      }
    }

    @Override
    public long slots(long slots, int heads, double bytesPerSlot) {
      return Math.min(slots, (long) tokens * heads);
    }
  }

  /**
   * A share of the slots, rounded down.
   *
   * @param kept above 0, at most 1; a quarter is 0.25
   */
  record Kept(double kept) implements Budget {

    /**
     * @throws IllegalArgumentException if {@code kept} does not lie in (0, 1]
     */
    public Kept {
      if (!(kept > 0 && kept <= 1)) {
        throw new IllegalArgumentException(
            "the share kept must lie above 0 and at most at 1, but is %s; 0.25 keeps a quarter"
                .formatted(kept));
      }
    }

    @Override
    public long slots(long slots, int heads, double bytesPerSlot) {
      return (long) Math.floor(slots * kept + 1e-9);
    }
  }

  /**
   * So many bytes for the whole cache, in the form in which it will be kept.
   *
   * @param bytes at least 1
   */
  record Bytes(long bytes) implements Budget {

    /**
     * @throws IllegalArgumentException if {@code bytes} is below 1
     */
    public Bytes {
      if (bytes < 1) {
        throw new IllegalArgumentException(
            "a budget must be at least 1 byte, but is %d".formatted(bytes));
      }
    }

    @Override
    public long slots(long slots, int heads, double bytesPerSlot) {
      return Math.min(slots, (long) (bytes / bytesPerSlot));
    }
  }
}
