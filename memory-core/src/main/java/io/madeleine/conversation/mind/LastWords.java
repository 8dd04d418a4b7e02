package io.madeleine.conversation.mind;

import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.token.Tokenizer;
import java.util.Arrays;

/**
 * How the tokens that the model has read of its own answer differ from the answer at its end. The
 * token that reaches the most tokens is in the text and was not read; of a stop text, which is no
 * part of the answer, all tokens but the last were read, and the first may begin with words that
 * are.
 *
 * @param takenBack tokens that were read and are not in the answer
 * @param unread tokens of the answer that are still to be read
 */
@SuppressWarnings("ArrayRecordComponent") // stays in this package, never changed
record LastWords(int takenBack, int[] unread) {

  /** Tokens that an answer has at most {@link #unread}; room is left for them in the context. */
  static final int MOST = 16;

  /**
   * {@return the difference}
   *
   * @param tokens all that the model chose
   * @param read how many of them it has read, all or all but the last
   * @param answer its text
   */
  static LastWords of(
      Tokenizer tokenizer, GenerationOptions options, int[] tokens, int read, String answer) {
    Tokenizer.TokenStream stream = tokenizer.stream(options.spoken());
    int within = 0; // tokens whose text is in the answer
    int characters = 0; // of these
    int spelled = 0;
    for (int i = 0; i < tokens.length; i++) {
      int before = spelled;
      spelled += stream.next(tokens[i]).length();
      if (spelled > answer.length()) {
        int[] rest = tokenizer.encode(answer.substring(characters), /* parseSpecial= */ false);
        return new LastWords(read - within, Arrays.copyOf(rest, Math.min(MOST, rest.length)));
      }
      if (spelled > before) {
        within = i + 1;
        characters = spelled;
      }
    }
    return new LastWords(0, Arrays.copyOfRange(tokens, read, tokens.length));
  }
}
