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

  private static final String SHORT = "Answer in one short sentence.";
  private static final String LISTS =
      "Name the first three things that I told you about it, in one sentence.";
  private static final String NOT_KNOWN =
      " If I have never told you, say that I have not told you.";
  private static final Pattern VERDICT = Pattern.compile("\\b(yes|no|not)\\b|n't\\b");
  private static final Pattern NOT_TOLD =
      Pattern.compile(
          "(not|n't|never) (been )?(told|tell|mention|said|say|shared|share|specif|provided)"
              + "|\\b(i|we) (do not|don't) (know|have)\\b|no (information|mention)|not sure");
  private static final String HOUR = " o'clock";

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
    String how = question.kind() == Question.Kind.LIST ? LISTS : SHORT;
    return new ChatMessage.User(question.text() + " (" + how + NOT_KNOWN + ")");
  }

  /** {@return whether what had to be recalled was said; for yes or no, whether the verdict is} */
  static boolean right(Question question, String said) {
    String text = said.toLowerCase(Locale.ROOT).replace('’', '\'');
    return switch (question.kind()) {
      case UNKNOWN -> saysNotTold(text);
      case YESNO, NEGATED -> !saysNotTold(text) && verdict(question, text);
      case TWOHOP -> saysWord(values(question).getLast(), text);
      case WHICH -> saysWord(lastWord(values(question).getFirst()), text);
      default -> values(question).stream().allMatch(value -> saysAll(value, text));
    };
  }

  /** Of "your wife Monica is learning Greek" Greek is asked for, of "your sister Mara" Mara. */
  private static List<String> values(Question question) {
    return question.answer().stream()
        .filter(part -> part.role() == Part.Role.VALUE)
        .map(part -> part.text().strip().toLowerCase(Locale.ROOT))
        .toList();
  }

  private static String lastWord(String value) {
    return value.substring(value.lastIndexOf(' ') + 1);
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

  /** Of "18 degrees and rainy" each half, for a model may say "rainy, at 18 degrees". */
  private static boolean saysAll(String value, String text) {
    return Stream.of(value.split(" and ")).allMatch(one -> saysWord(one, text));
  }

  /** "May 3rd" says "May 3", "9am" says "9 o'clock"; "9:30" does not. */
  private static boolean saysWord(String value, String text) {
    String bare = value.endsWith(HOUR) ? value.substring(0, value.indexOf(HOUR)) : value;
    String said = "(?<!\\w)" + Pattern.quote(bare) + "(st|nd|rd|th| ?[ap]m)?(?!\\w|:\\d)";
    return Pattern.compile(said).matcher(text).find();
  }
}
