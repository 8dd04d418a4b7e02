package io.madeleine.engine.chat;

import io.madeleine.engine.token.TextTrie;
import io.madeleine.engine.token.Tokenizer;
import java.util.List;

/**
 * Keeps what a person or a tool wrote, or says of itself, from becoming control tokens. A prompt is
 * encoded with special tokens parsed, so a message that spells {@code <|im_end|>} would end its own
 * turn; here its first character is followed by a {@link Tokenizer#TEXT_MARK}, which the tokenizer
 * takes out again after it has looked for special tokens.
 */
final class PlainText {
  private final TextTrie controlTexts = new TextTrie();

  PlainText(List<String> controlTexts) {
    controlTexts.stream().filter(t -> t.length() > 1).forEach(t -> this.controlTexts.add(t, 0));
  }

  /** {@return {@code text}, in which no control token can be found} */
  String of(String text) {
    String plain = text.replace(String.valueOf(Tokenizer.TEXT_MARK), "");
    var marked = new StringBuilder(plain.length());
    for (int at = 0; at < plain.length(); at++) {
      marked.append(plain.charAt(at));
      if (controlTexts.beginsAt(plain, at)) {
        marked.append(Tokenizer.TEXT_MARK);
      }
    }
    return marked.toString();
  }
}
