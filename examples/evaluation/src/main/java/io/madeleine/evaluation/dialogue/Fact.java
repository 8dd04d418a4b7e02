// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.dialogue;

import io.madeleine.evaluation.world.Attribute;
import io.madeleine.evaluation.world.Form;
import io.madeleine.evaluation.world.Pattern;
import java.util.List;

/**
 * What was told about someone.
 *
 * @param attribute what kind of thing
 * @param subject about whom
 * @param param which one, empty where there is only one
 * @param value the value
 * @param turn the turn that told it
 * @param old the value before, empty at first
 * @param version how often it has changed
 * @param tool whether a tool found it
 */
record Fact(
    Attribute attribute,
    Subject subject,
    String param,
    String value,
    int turn,
    String old,
    int version,
    boolean tool) {

  /**
   * What is known only once.
   *
   * @param attribute the attribute's id
   * @param subject the subject's key, empty where it belongs to nobody
   * @param param the parameter
   */
  record Key(String attribute, String subject, String param) {}

  static Fact of(Attribute attribute, Subject subject, String param, String value, int turn) {
    return new Fact(attribute, subject, param, value, turn, "", 0, false);
  }

  /** {@return this fact as the successor of an older one} */
  Fact after(Fact known) {
    return new Fact(attribute, subject, param, value, turn, known.value, known.version + 1, tool);
  }

  Fact fromTool() {
    return new Fact(attribute, subject, param, value, turn, old, version, true);
  }

  boolean impersonal() {
    return tool || attribute.impersonal();
  }

  boolean sameAttribute(Fact other) {
    return attribute.id().equals(other.attribute.id());
  }

  boolean sameValue(Fact other) {
    return sameAttribute(other) && value.equals(other.value) && param.equals(other.param);
  }

  /** {@return the sentence that recalls it} */
  List<Part> answer() {
    return answer(subject.answered());
  }

  /** {@return the sentence that recalls it, with the subject in this form} */
  List<Part> answer(Form form) {
    String pattern = Pattern.withArticle(attribute.answer(), Part.HOLE, value);
    return Part.split(Pattern.open(pattern, form, param), value);
  }

  /** {@return the same sentence where the subject, under this name, is what has to be recalled} */
  List<Part> subjectAnswer(String name) {
    String pattern =
        Pattern.withArticle(attribute.answer(), Part.HOLE, value).replace(Part.HOLE, "{value}");
    String text = Pattern.open(pattern, Form.third(Part.HOLE), param).replace("{value}", value);
    return Part.split(text, name);
  }
}
