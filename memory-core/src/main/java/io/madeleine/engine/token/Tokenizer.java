package io.madeleine.engine.token;

import java.util.function.IntPredicate;

/**
 * Text to token ids and back. Implementations are immutable and may be shared between threads.
 *
 * <p>{@code decode(encode(text, false))} gives the text back for every valid text; a byte that is
 * no UTF-8 becomes U+FFFD only at the very end of a stream.
 */
public interface Tokenizer {

  /**
   * A noncharacter that keeps text text: where it stands no special token is found, and it is taken
   * out before the text is encoded. Chat templates put it into messages that spell a control token.
   */
  char TEXT_MARK = '\uFDD0';

  /** {@return the pieces, their kinds and the special ids} */
  Vocabulary vocabulary();

  /**
   * {@return the ids of {@code text}, without begin-of-sequence or end-of-sequence}
   *
   * @param parseSpecial whether text such as {@code <|im_start|>} becomes the special token that it
   *     names. Pass false for everything that a person or a tool wrote.
   */
  int[] encode(String text, boolean parseSpecial);

  /** {@return the bytes that {@code id} spells; none for a control token} */
  byte[] bytes(int id);

  /** {@return the text of {@code ids}; special tokens are left out} */
  String decode(int[] ids);

  /** {@return a decoder that takes one id at a time and never splits a character} */
  default TokenStream stream() {
    return stream(id -> false);
  }

  /**
   * {@return a decoder that takes one id at a time and never splits a character}
   *
   * @param spoken the control tokens whose text is not left out, such as those that open a tool
   *     call
   */
  TokenStream stream(IntPredicate spoken);

  /** Decodes ids as they come. Not thread-safe. */
  interface TokenStream {

    /** {@return the text that {@code id} completes; empty while a character is unfinished} */
    String next(int id);

    /**
     * {@return the bytes that {@code id} would add to the text here} Nothing is taken; joined, the
     * bytes of the ids that are taken are the text.
     */
    byte[] bytes(int id);

    /** {@return what is left, with U+FFFD for bytes that never became a character} */
    String finish();
  }
}
