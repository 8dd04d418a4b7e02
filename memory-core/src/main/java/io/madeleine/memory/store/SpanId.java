package io.madeleine.memory.store;

import io.madeleine.engine.digest.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * The content address of a stored span: a hash of its origin, of all tokens before it, and of its
 * own. The same tokens after another past are another span, for their keys differ.
 *
 * @param hex 32 hexadecimal digits, lower case
 */
public record SpanId(String hex) {

  private static final int DIGITS = 32;

  /**
   * @throws IllegalArgumentException if it is not 32 lower-case hexadecimal digits
   */
  public SpanId {
    if (!hex.matches("[0-9a-f]{32}")) {
      throw new IllegalArgumentException(
          "a span's id is 32 hexadecimal digits, but was '%s'".formatted(hex));
    }
  }

  /** {@return the id that stands for no past at all, from which every chain starts} */
  public static SpanId root(KvOrigin origin) {
    String text =
        String.join("\n", origin.tenant().id(), origin.model(), origin.rotation()) + origin.shape();
    return of(text);
  }

  static SpanId of(String text) {
    return hash(text.getBytes(StandardCharsets.UTF_8));
  }

  /** {@return the id of {@code tokens} after the past that this id stands for} */
  public SpanId then(int[] tokens) {
    byte[] past = HexFormat.of().parseHex(hex);
    var bytes = new byte[past.length + 4 * tokens.length];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).put(past);
    for (int token : tokens) {
      buffer.putInt(token);
    }
    return hash(bytes);
  }

  private static SpanId hash(byte[] bytes) {
    return new SpanId(Sha256.hex(bytes).substring(0, DIGITS));
  }
}
