package io.madeleine.conversation.ready;

import java.util.OptionalLong;

/**
 * Thrown when what was said does not fit the model's context, or the memory for keys and values,
 * even alone.
 */
public final class ContextTooLongException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final int excess;
  private final long memoryWanted;

  private ContextTooLongException(String message, int excess, long memoryWanted) {
    super(message);
    this.excess = excess;
    this.memoryWanted = memoryWanted;
  }

  /** A prompt of {@code tokens} tokens and a context of {@code window}. */
  public ContextTooLongException(int tokens, int window) {
    this(
        """
        The prompt has %,d tokens and the model's context holds %,d with one to answer: shorten it by \
        %,d tokens, or load a model with a longer context; if a bound was set on this one's, raise it.\
        """
            .formatted(tokens, window - 1, tokens - (window - 1)),
        tokens - (window - 1),
        0);
  }

  /**
   * {@return that a prompt fits the model's context and not its memory}
   *
   * @param tokens of the prompt
   * @param held tokens whose keys and values the memory holds
   * @param wanted bytes that would hold the prompt and a token to answer
   */
  static ContextTooLongException forMemory(int tokens, int held, long wanted) {
    int excess = tokens - Math.max(0, held - 1);
    return new ContextTooLongException(
        "%s, or give keys and values at least %,d bytes."
            .formatted(tooLittleMemory(tokens, excess), wanted),
        excess,
        wanted);
  }

  /** {@return that a prompt fits neither, so that more memory alone would not help} */
  static ContextTooLongException forMemory(int tokens, int held) {
    int excess = tokens - Math.max(0, held - 1);
    return new ContextTooLongException(tooLittleMemory(tokens, excess) + ".", excess, 0);
  }

  /**
   * {@return that what a conversation is begun with fits the model's context and not the memory for
   * working caches}
   *
   * @param tokens of the instruction, and what is behind it at the least
   * @param held tokens that a conversation may have in that memory
   * @param wanted bytes of that memory which would do
   */
  public static ContextTooLongException forWorkingMemory(int tokens, int held, long wanted) {
    return new ContextTooLongException(
        "%s, or give working caches at least %,d bytes."
            .formatted(tooLittleMemory(tokens, tokens - (held - 1)), wanted),
        tokens - (held - 1),
        0);
  }

  private static String tooLittleMemory(int tokens, int excess) {
    return """
        The prompt has %,d tokens and the memory for keys and values holds %,d with one to answer, \
        fewer than the model's context: shorten it by %,d tokens\
        """
        .formatted(tokens, tokens - excess, excess);
  }

  /** {@return by how many tokens it is too long} */
  public int excess() {
    return excess;
  }

  /** {@return the bytes of keys and values that would hold it; empty if they would not help} */
  public OptionalLong memoryWanted() {
    return memoryWanted == 0 ? OptionalLong.empty() : OptionalLong.of(memoryWanted);
  }
}
