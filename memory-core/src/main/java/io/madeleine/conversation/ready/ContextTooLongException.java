package io.madeleine.conversation.ready;

/** Thrown when what was said does not fit the model's context, even alone. */
public final class ContextTooLongException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final int excess;

  /** A prompt of {@code tokens} tokens and a context of {@code window}. */
  public ContextTooLongException(int tokens, int window) {
    super(
        """
        The prompt has %,d tokens and the model's context holds %,d with one to answer: shorten it by \
        %,d tokens, or load a model with a longer context; if a bound was set on this one's, raise it.\
        """
            .formatted(tokens, window - 1, tokens - (window - 1)));
    this.excess = tokens - (window - 1);
  }

  /** {@return by how many tokens it is too long} */
  public int excess() {
    return excess;
  }
}
