package io.madeleine.engine.chat;

import java.util.random.RandomGenerator;

/**
 * Ids for calls that have none of their own: nine letters and digits, since Mistral's templates
 * take no others and the other families take any. Not thread-safe.
 */
public final class CallIds {

  private static final int LENGTH = 9;
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

  private final RandomGenerator random;

  public CallIds(RandomGenerator random) {
    this.random = random;
  }

  /** {@return an id that differs from all others, by chance: there are 10¹⁴} */
  public String next() {
    var id = new StringBuilder(LENGTH);
    for (int i = 0; i < LENGTH; i++) {
      id.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return id.toString();
  }
}
