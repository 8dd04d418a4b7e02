package io.madeleine.conversation.context;

import static java.nio.charset.StandardCharsets.UTF_16BE;

import io.madeleine.engine.digest.Sha256;
import java.util.Optional;

/**
 * A text by its SHA-256 and length, {@code hash:length}: enough to know it again as a beginning.
 */
public final class TextDigest {
  private TextDigest() {}

  /** {@return the digest of {@code text}} */
  public static String of(String text) {
    return Sha256.hex(text.getBytes(UTF_16BE)) + ":" + text.length();
  }

  /** {@return the beginning of {@code text} that has this digest, if there is one} */
  public static Optional<String> beginningOf(String text, String digest) {
    int length = Integer.parseInt(digest, digest.indexOf(':') + 1, digest.length(), 10);
    return Optional.of(text)
        .filter(t -> length <= t.length())
        .map(t -> t.substring(0, length))
        .filter(t -> of(t).equals(digest));
  }
}
