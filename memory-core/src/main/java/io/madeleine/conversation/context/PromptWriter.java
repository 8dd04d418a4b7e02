package io.madeleine.conversation.context;

import io.madeleine.engine.text.ModelText;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolSpec;
import io.madeleine.engine.token.Vocabulary;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Turns messages into tokens, and goes on from tokens that are already there. */
public final class PromptWriter {

  private final ModelText words;
  private final Pattern control;

  /** A writer in the words of a model. */
  public PromptWriter(ModelText words) {
    this.words = words;
    List<String> controls = controlTexts(words.tokenizer().vocabulary());
    this.control =
        Pattern.compile(String.join("|", controls.stream().map(Pattern::quote).toList()));
  }

  private static List<String> controlTexts(Vocabulary vocabulary) {
    return IntStream.range(0, vocabulary.size())
        .filter(id -> vocabulary.kinds().get(id) == Vocabulary.Kind.CONTROL)
        .mapToObj(id -> vocabulary.pieces().get(id))
        .filter(piece -> !piece.isEmpty())
        .toList();
  }

  /** {@return the text of a prompt that asks for an answer} */
  public String text(List<ChatMessage> messages, List<ToolSpec> tools) {
    return words.template().render(messages, tools, /* addGenerationPrompt= */ true);
  }

  /**
   * {@return the tokens of {@code text}} Where it goes on from {@code known} with a special token,
   * which no word can grow together with, the known tokens are taken as they are, even if the
   * tokenizer would spell their text otherwise: the model wrote them.
   */
  public Prompt prompt(String text, Prompt known) {
    if (!known.text().isEmpty() && text.startsWith(known.text())) {
      String rest = text.substring(known.text().length());
      if (rest.isEmpty() || control.matcher(rest).lookingAt()) {
        return known.plus(rest, words.tokenizer().encode(rest, /* parseSpecial= */ true));
      }
    }
    return new Prompt(text, words.encode(text));
  }
}
