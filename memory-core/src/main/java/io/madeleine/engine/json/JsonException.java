package io.madeleine.engine.json;

/** Thrown when a text is not JSON. The message names the position and what was expected there. */
public final class JsonException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final int position;

  JsonException(int position, String problem) {
    super("not JSON at character %,d: %s".formatted(position, problem));
    this.position = position;
  }

  /** {@return the character at which the text stops being JSON} */
  public int position() {
    return position;
  }
}
