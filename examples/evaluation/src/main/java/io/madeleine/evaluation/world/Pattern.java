// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.world;

import java.util.List;
import java.util.Locale;

/**
 * A sentence with holes: {@code {s}} a subject and {@code {s's}} its possessive, verbs that agree
 * with it ({@code {is} {was} {has} {does}} and {@code [live|lives]}), {@code {p}} a parameter and
 * {@code {v}} the value that has to be recalled.
 */
public final class Pattern {

  private static final String VALUE = "{v}";
  private static final java.util.regex.Pattern CHOICE =
      java.util.regex.Pattern.compile("\\[([^|\\]]*)\\|([^\\]]*)\\]");
  private static final List<Verb> VERBS =
      List.of(
          new Verb("{is}", "am", "are", "is"),
          new Verb("{was}", "was", "were", "was"),
          new Verb("{has}", "have", "have", "has"),
          new Verb("{does}", "do", "do", "does"));

  /** A verb that agrees with its subject. */
  private record Verb(String hole, String first, String second, String third) {

    String form(Form.Person person) {
      return switch (person) {
        case FIRST -> first;
        case SECOND -> second;
        case THIRD -> third;
      };
    }
  }

  private Pattern() {}

  /** {@return the sentence with every hole filled, not yet capitalised} */
  public static String fill(String pattern, Form form, String param, String value) {
    return open(withArticle(pattern, VALUE, value), form, param).replace(VALUE, value);
  }

  /** {@return the sentence with {@code {v}} left in it, to be split there} */
  public static String open(String pattern, Form form, String param) {
    boolean third = form.person() == Form.Person.THIRD;
    String text = CHOICE.matcher(pattern).replaceAll(third ? "$2" : "$1");
    for (Verb verb : VERBS) {
      text = text.replace(verb.hole(), verb.form(form.person()));
    }
    text = withArticle(text, "{p}", param);
    return text.replace("{s's}", form.possessive())
        .replace("{s}", form.name())
        .replace("{p}", param);
  }

  /** {@return the pattern with "an" where the word that will stand in {@code hole} asks for it} */
  public static String withArticle(String pattern, String hole, String word) {
    boolean vowel = !word.isEmpty() && "aeiou".indexOf(word.charAt(0)) >= 0;
    return vowel ? pattern.replace(" a " + hole, " an " + hole) : pattern;
  }

  /** {@return the text with its first letter in upper case} */
  public static String capital(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }

  /** {@return the text with its first letter in lower case} */
  public static String lower(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }
}
