// SPDX-License-Identifier: Apache-2.0
package io.madeleine.memory.index.schema;

import java.util.List;
import java.util.Set;

/**
 * Words that English talk and questions are full of, whatever they are about. They are left out of
 * a question: a conversation of thirty turns cannot tell by itself that "know" and "you" say less
 * than a name that came up four times, and a long one loses nothing.
 *
 * <p>A closed list, made by hand; in any other language nothing is on it.
 */
final class Everyday {

  private static final String WORDS =
      "i you my me we it do have what your our us am don't can could would how when where who"
          + " which why did does has had been get go going just like about know now one all too"
          + " really good tell told say said think thought remember remind recall heard hear forgot"
          + " forget mention mentioned want need see make made take time thing things something"
          + " anything people today new also please fact facts idea";

  private final Set<String> stems;
  private final Set<String> heads;

  /** Knows the terms that {@code words} makes of the list. */
  Everyday(Words words) {
    stems = Set.copyOf(words.terms(Words.STEMS, WORDS));
    heads = Set.copyOf(words.terms(Words.HEADS, WORDS));
  }

  /** {@return those of {@code terms} that are not on the list; all of them if no other is there} */
  List<String> without(String field, List<String> terms) {
    Set<String> everyday = field.equals(Words.HEADS) ? heads : stems;
    List<String> telling = terms.stream().filter(term -> !everyday.contains(term)).toList();
    return telling.isEmpty() ? terms : telling;
  }
}
