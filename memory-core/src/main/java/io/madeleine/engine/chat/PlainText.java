package io.madeleine.engine.chat;

import io.madeleine.engine.token.Tokenizer;
import java.util.Comparator;
import java.util.List;

/**
 * Keeps what a person or a tool wrote, or says of itself, from becoming control tokens. A prompt is
 * encoded with special tokens parsed, so a message that spells {@code <|im_end|>} would end its own
 * turn; here its first character is followed by a {@link Tokenizer#TEXT_MARK}, which the tokenizer
 * takes out again after it has looked for special tokens.
 */
final class PlainText {
  private final List<String> controlTexts;

  PlainText(List<String> controlTexts) {
    this.controlTexts =
        controlTexts.stream()
            .filter(t -> t.length() > 1)
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
  }

  /** {@return {@code text}, in which no control token can be found} */
  String of(String text) {
    String plain = text.replace(String.valueOf(Tokenizer.TEXT_MARK), "");
    for (String control : controlTexts) {
      if (plain.contains(control)) {
        plain =
            plain.replace(
                control,
                control.charAt(0) + String.valueOf(Tokenizer.TEXT_MARK) + control.substring(1));
      }
    }
    return plain;
  }
}
