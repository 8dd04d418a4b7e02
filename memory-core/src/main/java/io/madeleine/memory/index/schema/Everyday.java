// SPDX-License-Identifier: Apache-2.0
package io.madeleine.memory.index.schema;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Words that English questions are asked with, whatever they are about. They are left out of a
 * question: a conversation of thirty turns cannot tell by itself that "know" and "you" say less
 * than a name that came up four times.
 *
 * <p>A closed list, made by hand, of words as they are written; what is written as a name ("Said",
 * "US") is none of them. Words of other languages that look alike are lost with them.
 */
final class Everyday {

  private static final Pattern WORD =
      Pattern.compile("[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N}'’._-]*[\\p{L}\\p{M}\\p{N}])?");
  private static final Pattern BEGINS = Pattern.compile("(?:^|[.!?:(\"“\\n])\\s*$");
  private static final Pattern SELF = Pattern.compile("I(?:'.*)?");

  /** Words that ask only in front of a question: one can forget an umbrella as well. */
  private static final Pattern BEFORE_A_QUESTION =
      Pattern.compile(
          "(?i)\\b(?:forgot|forgotten|recall|wonder|wondering)"
              + "(?=\\s+(?:what|which|who|whose|where|when|why|how|whether|if)\\b)");

  private static final Set<String> WORDS =
      Set.of(
          ("i i'm i've i'd i'll you your you're you've me my mine myself we our us it its he she"
                  + " they them his her their what what's when where where's who who's whom whose"
                  + " which why how how's do does did don't didn't doesn't is are was were am be"
                  + " been being have has had will would could should can can't might may shall"
                  + " a an the of to for with by from in on at about as into and or if so not this"
                  + " that these those there some any again also just now too really please"
                  + " know tell told say said remember remind heard hear mention mentioned think"
                  + " thought get got go going thing things something anything one all up out")
              .split(" "));

  private Everyday() {}

  /** {@return {@code question} without everyday words; blank if it has no other} */
  static String without(String question) {
    String asked = BEFORE_A_QUESTION.matcher(question).replaceAll(" ");
    Matcher word = WORD.matcher(asked);
    var telling = new StringBuilder();
    while (word.find()) {
      boolean begins = BEGINS.matcher(asked.substring(0, word.start())).find();
      boolean everyday = isEveryday(word.group().replace('’', '\''), begins);
      word.appendReplacement(telling, everyday ? " " : Matcher.quoteReplacement(word.group()));
    }
    return word.appendTail(telling).toString();
  }

  private static boolean isEveryday(String word, boolean begins) {
    boolean capital = Character.isUpperCase(word.codePointAt(0));
    boolean shouted = word.length() > 1 && word.equals(word.toUpperCase(Locale.ROOT));
    boolean name = capital && !SELF.matcher(word).matches() && (!begins || shouted);
    return !name && WORDS.contains(word.toLowerCase(Locale.ROOT));
  }
}
