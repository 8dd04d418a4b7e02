// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.dialogue;

import static io.madeleine.evaluation.world.Pattern.capital;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A piece of a turn's text, with the space before it.
 *
 * @param text the text
 * @param role what it is to the scorer
 */
public record Part(String text, Role role) {

  /** What a piece of text is. */
  public enum Role {
    /** What the user or a tool says. */
    USER,
    /** Small talk, acknowledgements, tool calls and the marks of the format. */
    TALK,
    /** The part of an answer that leads to the value. */
    CARRIER,
    /** What has to be recalled. */
    VALUE
  }

  static final String HOLE = "{v}";

  /** {@return the parts of an answer with {@code {v}} in it} */
  static List<Part> split(String text, String value) {
    int at = text.indexOf(HOLE);
    String before = text.substring(0, at);
    String after = text.substring(at + HOLE.length());
    List<Part> parts = new ArrayList<>();
    if (before.isBlank()) {
      parts.add(new Part(" " + capital(value), Role.VALUE));
    } else {
      parts.add(new Part(" " + capital(before.stripTrailing()), Role.CARRIER));
      parts.add(new Part(" " + value, Role.VALUE));
    }
    parts.add(new Part(after, Role.CARRIER));
    return parts;
  }

  /** {@return the same answer where the name behind the relation, too, has to be recalled} */
  static List<Part> recalling(List<Part> answer, String relation, String name) {
    return answer.stream()
        .flatMap(part -> part.recalling(relation, name))
        .filter(part -> !part.text.isEmpty())
        .toList();
  }

  private Stream<Part> recalling(String relation, String name) {
    int at = role == Role.CARRIER ? text.indexOf(relation + " " + name) : -1;
    if (at < 0) {
      return Stream.of(this);
    }
    int cut = at + relation.length();
    int end = cut + 1 + name.length();
    return Stream.of(
        new Part(text.substring(0, cut), Role.CARRIER),
        new Part(text.substring(cut, end), Role.VALUE),
        new Part(text.substring(end), Role.CARRIER));
  }

  /** {@return a sentence that judges after it has recalled: "…, so yes."} */
  static List<Part> judge(List<Part> sentence, boolean yes) {
    Part last = sentence.getLast();
    List<Part> parts = new ArrayList<>(sentence.subList(0, sentence.size() - 1));
    String open = last.text().substring(0, last.text().length() - 1);
    parts.add(new Part(open + ", so", Role.CARRIER));
    parts.add(new Part(yes ? " yes" : " no", Role.VALUE));
    parts.add(new Part(".", Role.CARRIER));
    return parts;
  }

  /** {@return the text of the parts, without space around it} */
  public static String text(List<Part> parts) {
    return parts.stream().map(Part::text).collect(Collectors.joining()).strip();
  }
}
