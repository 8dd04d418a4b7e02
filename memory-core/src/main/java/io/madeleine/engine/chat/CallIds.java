package io.madeleine.engine.chat;

import io.madeleine.engine.digest.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * Ids for calls that have none of their own: nine letters and digits, since Mistral's templates
 * take no others and the other families take any. Not thread-safe.
 */
public final class CallIds {

  private static final int LENGTH = 9;
  private static final Pattern TAKEN_BY_ALL = Pattern.compile("[A-Za-z0-9]{" + LENGTH + "}");
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

  /** {@return whether every family's template takes {@code id}} */
  static boolean isTakenByAll(String id) {
    return TAKEN_BY_ALL.matcher(id).matches();
  }

  /**
   * {@return {@code id}, or what stands for it where a family would refuse it} The same id is
   * always replaced by the same, so that a result still names its call and a prompt stays the same.
   */
  static String takenByAll(String id) {
    if (isTakenByAll(id)) {
      return id;
    }
    byte[] digest = Sha256.of(id.getBytes(StandardCharsets.UTF_8));
    var letters = new StringBuilder(LENGTH);
    for (int i = 0; i < LENGTH; i++) {
      letters.append(LETTERS.charAt((digest[i] & 0xFF) % LETTERS.length()));
    }
    return letters.toString();
  }
}
