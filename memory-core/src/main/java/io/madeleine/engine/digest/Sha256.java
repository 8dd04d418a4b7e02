package io.madeleine.engine.digest;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, which every JDK has. What is on disk is named by it: the same bytes, the same name. */
public final class Sha256 {

  private Sha256() {}

  /** {@return the digest of {@code bytes}, as 64 hexadecimal digits in lower case} */
  public static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(of(bytes));
  }

  /** {@return the digest of {@code bytes}, 32 bytes long} */
  public static byte[] of(byte[] bytes) {
    return digest().digest(bytes);
  }

  /** {@return a digest of what it will be told, for what is read piece by piece} */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256; should not happen", e);
    }
  }
}
