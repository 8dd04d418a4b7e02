package io.madeleine.server.access;

/**
 * How large a body may be.
 *
 * @param bytes the most
 * @param setting what the operator sets it with
 */
record BodyLimit(long bytes, String setting) {

  /** {@return the refusal of a body that has {@code size} bytes} */
  String refusal(long size) {
    return "the body has %,d bytes, but %,d are allowed: %s".formatted(size, bytes, remedy());
  }

  /** {@return the refusal of a body that goes on, nobody knows how far} */
  String refusal() {
    return "the body has more than the %,d bytes that are allowed: %s".formatted(bytes, remedy());
  }

  private String remedy() {
    return "send it in parts, or have %s set higher".formatted(setting);
  }
}
