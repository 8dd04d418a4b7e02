package io.madeleine.memory.retrieval;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which speakers a question names. People are called by a part of their name, by its beginning
 * ({@code Mel} for Melanie), by a longer form of it, or with a slip of the pen.
 */
final class Names {

  private static final Pattern WORD = Pattern.compile("\\p{L}[\\p{L}\\p{M}]*");
  private static final Set<String> SELF = Set.of("i", "me", "my", "mine", "myself");
  private static final Set<String> EVERYDAY =
      Set.of(
          "what", "when", "where", "which", "who", "why", "how", "did", "does", "was", "were",
          "the", "and", "for", "are", "has", "had", "can", "will", "may", "mar", "would", "could",
          "should", "have", "with", "from", "that", "this", "they", "them", "his", "her", "she");
  private static final int SHORTEST_NICKNAME = 3;
  private static final int LONG_ENOUGH_FOR_A_SLIP = 5;

  private Names() {}

  /** {@return those of {@code speakers} that the question names} */
  static Set<String> named(String question, Collection<String> speakers, Set<String> asker) {
    Set<String> named = new LinkedHashSet<>();
    for (Matcher word = WORD.matcher(question); word.find(); ) {
      String text = word.group();
      if (SELF.contains(text.toLowerCase(Locale.ROOT))) {
        named.addAll(asker);
      } else {
        speakers.stream().filter(speaker -> calls(text, speaker)).forEach(named::add);
      }
    }
    return named;
  }

  /** {@return whether {@code word} of a question may stand for the speaker's name} */
  static boolean calls(String word, String speaker) {
    String said = word.toLowerCase(Locale.ROOT);
    boolean proper = Character.isUpperCase(word.codePointAt(0)) && !EVERYDAY.contains(said);
    for (Matcher part = WORD.matcher(speaker.toLowerCase(Locale.ROOT)); part.find(); ) {
      String name = part.group();
      if (name.length() < 2) {
        continue;
      }
      if (said.equals(name)) {
        return true;
      }
      int shorter = Math.min(said.length(), name.length());
      if (proper
          && shorter >= SHORTEST_NICKNAME
          && (name.startsWith(said) || said.startsWith(name) || slip(said, name))) {
        return true;
      }
    }
    return false;
  }

  /** One letter too many, too few, other, or two swapped; the first letter is right. */
  private static boolean slip(String said, String name) {
    int shorter = Math.min(said.length(), name.length());
    if (shorter < LONG_ENOUGH_FOR_A_SLIP
        || said.charAt(0) != name.charAt(0)
        || Math.abs(said.length() - name.length()) > 1) {
      return false;
    }
    int head = 0;
    while (head < shorter && said.charAt(head) == name.charAt(head)) {
      head++;
    }
    String a = said.substring(head);
    String b = name.substring(head);
    if (a.length() == b.length()) {
      return a.isEmpty()
          || a.substring(1).equals(b.substring(1))
          || (a.length() > 1
              && a.charAt(0) == b.charAt(1)
              && a.charAt(1) == b.charAt(0)
              && a.substring(2).equals(b.substring(2)));
    }
    return a.length() > b.length() ? a.substring(1).equals(b) : b.substring(1).equals(a);
  }
}
