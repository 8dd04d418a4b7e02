package io.madeleine.cli.model;

import io.madeleine.engine.digest.Sha256;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Which file there is at an address, as far as its server tells.
 *
 * @param address SHA-256 of the address, which itself may hold a secret
 * @param tag its ETag
 * @param sha256 of its bytes, in lower case
 * @param length its bytes; 0 if nobody says
 */
record Source(String address, Optional<String> tag, Optional<String> sha256, long length) {

  /** {@return the name of an address} */
  static String name(URI address) {
    return Sha256.hex(address.toString().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * {@return whether nothing that both tell speaks against their being one file}
   *
   * @param hashKnown whether the whole file's hash is known from elsewhere, and so what was put
   *     together of two files is found out
   */
  boolean mayBe(Source other, boolean hashKnown) {
    boolean hashed = hashKnown || (sha256.isPresent() && other.sha256.isPresent());
    return address.equals(other.address)
        && agree(sha256, other.sha256)
        && (hashed || agree(tag, other.tag)) // two machines may tag one file differently
        && (length == 0 || other.length == 0 || length == other.length);
  }

  private static boolean agree(Optional<String> one, Optional<String> other) {
    return one.isEmpty() || other.isEmpty() || one.equals(other);
  }

  /** {@return this, and of another answer about the same file what this does not tell} */
  Source or(Source other) {
    return new Source(
        address, tag.or(other::tag), sha256.or(other::sha256), length == 0 ? other.length : length);
  }

  /** {@return as lines of text} */
  List<String> lines() {
    return List.of(address, tag.orElse(""), sha256.orElse(""), Long.toString(length));
  }

  /** {@return what {@link #lines} wrote; empty if it is something else} */
  static Optional<Source> ofLines(List<String> lines) {
    if (lines.size() != 4 || !lines.get(3).matches("\\d{1,18}")) {
      return Optional.empty();
    }
    return Optional.of(
        new Source(
            lines.get(0), told(lines.get(1)), told(lines.get(2)), Long.parseLong(lines.get(3))));
  }

  private static Optional<String> told(String line) {
    return Optional.of(line).filter(text -> !text.isEmpty());
  }
}
