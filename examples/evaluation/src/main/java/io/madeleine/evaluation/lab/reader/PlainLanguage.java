// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab.reader;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.evaluation.dialogue.Part;
import io.madeleine.evaluation.dialogue.Question;
import io.madeleine.evaluation.dialogue.Turn;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A dialogue for models that were never taught our format, and a judge of what they say. */
final class PlainLanguage {

  private static final String INSTRUCTION =
      " (Answer in one short sentence. If I have never told you, say that I have not told you.)";
  private static final Pattern VERDICT = Pattern.compile("\\b(yes|no|not)\\b|n't\\b");
  private static final Pattern ASKS_BACK =
      Pattern.compile(
          "\\byou\\b[^.,;]*(not|n't|never) (told|mention|said|say|shared|specif)|\\bi (do not|don't) know|no information|not sure");
  private static final Pattern NOT_TOLD =
      Pattern.compile(
          "(not|n't|never) (told|tell|mention|mentioned|said|say|shared|know|have|specif)|no information|not sure");

  private PlainLanguage() {}

  /** {@return the two messages of a turn; what a tool did stands in brackets} */
  static List<ChatMessage> messages(Turn turn) {
    String heading = turn.session().map(text -> "[" + text + "] ").orElse("");
    String lookup =
        turn.tool().map(use -> "[" + use.call() + ": " + use.result() + "] ").orElse("");
    return List.of(
        new ChatMessage.User(heading + turn.user()),
        new ChatMessage.Assistant(lookup + Part.text(turn.reply())));
  }

  static ChatMessage question(Question question) {
    return new ChatMessage.User(question.text() + INSTRUCTION);
  }

  /** {@return whether what had to be recalled was said; for yes or no, whether the verdict is} */
  static boolean right(Question question, String said) {
    String text = said.toLowerCase(Locale.ROOT).replace('’', '\'');
    return switch (question.kind()) {
      case UNKNOWN -> saysNotTold(text);
      case YESNO, NEGATED -> !ASKS_BACK.matcher(text).find() && verdict(question, text);
      default -> question.answer().stream().allMatch(part -> says(part, text));
    };
  }

  /** {@return whether it was admitted that nothing was told} */
  static boolean saysNotTold(String said) {
    return NOT_TOLD.matcher(said.toLowerCase(Locale.ROOT).replace('’', '\'')).find();
  }

  private static boolean verdict(Question question, String text) {
    List<Part> answer = question.answer();
    boolean yes = answer.get(answer.size() - 2).text().equals(" yes");
    var found = VERDICT.matcher(text);
    return found.find() && found.group().equals("yes") == yes;
  }

  private static boolean says(Part part, String text) {
    if (part.role() != Part.Role.VALUE) {
      return true;
    }
    String value = part.text().strip().toLowerCase(Locale.ROOT);
    return Stream.of(value.split(" and ")).allMatch(one -> saysWord(one, text));
  }

  /** Of "18 degrees and rainy" each half, for a model may say "rainy, at 18 degrees". */
  private static boolean saysWord(String value, String text) {
    return Pattern.compile("(?<!\\w)" + Pattern.quote(value) + "(?!\\w)").matcher(text).find();
  }
}
