// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.evaluation.dialogue.Part;
import io.madeleine.evaluation.dialogue.Question;
import io.madeleine.evaluation.dialogue.Question.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainLanguageTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "SINGLE; Oslo; Mara lives in OSLO, as you said.; true",
        "SINGLE; Oslo; Mara lives in Oslofjord.; false",
        "SINGLE; Oslo; You have not told me.; false",
        "YESNO; yes; Yes, she does.; true",
        "YESNO; yes; No, she lives in Bergen.; false",
        "YESNO; no; She doesn't live there.; true",
        "YESNO; no; You have not told me.; false",
        "YESNO; no; I don't know.; false",
        "NEGATED; no; No.; true",
        "NEGATED; no; No, she does not have a cat.; true",
        "NEGATED; no; You haven't mentioned that.; false",
        "BOTH; Mara and Lars; Your cousins are Lars and Mara.; true",
        "BOTH; Mara and Lars; Your cousin is Mara.; false",
        "TOOL; 18 degrees and rainy; It was 18 degrees, rainy.; true",
        "UNKNOWN; -; You haven't mentioned that.; true",
        "UNKNOWN; -; I don’t know, sorry.; true",
        "NEGATED; no; I don't have that information.; false",
        "NEGATED; no; I have not been told.; false",
        "NEGATED; no; There is no mention of that.; false",
        "YESNO; no; That has not been mentioned.; false",
        "WHICH; Your sister Mara; Your sister who lives in Oslo is Mara.; true",
        "WHICH; Your sister Mara; Your sister who lives in Oslo is Lena.; false",
        "TOOL; 7 o'clock; It leaves at 7.; true",
        "TOOL; 7 o'clock; It leaves at 7am.; true",
        "TOOL; 7 o'clock; It leaves at 7:30.; false",
        "DATED; May 3; It is due on May 3rd.; true",
        "DATED; May 3; It is due on May 30.; false",
        "UNKNOWN; -; I have not been told.; true",
        "UNKNOWN; -; That has not been mentioned.; true",
        "UNKNOWN; -; I do not have any information about that.; true",
        "UNKNOWN; -; Mara does not have a dog.; false",
        "UNKNOWN; -; She lives in Oslo.; false"
      })
  void right_ofAnAnswer_isWhatAPersonWouldSay(Kind kind, String value, String said, boolean right) {
    assertThat(PlainLanguage.right(question(kind, value), said)).isEqualTo(right);
  }

  @Test
  void right_ofAList_needsEveryValue() {
    List<Part> parts =
        List.of(
            new Part(" Mara lives in", Part.Role.CARRIER),
            new Part(" Oslo", Part.Role.VALUE),
            new Part(". Mara loves", Part.Role.CARRIER),
            new Part(" pie", Part.Role.VALUE));
    Question question = new Question(Kind.LIST, "Tell me about Mara.", parts, List.of(1, 2));
    assertThat(PlainLanguage.right(question, "She loves pie and lives in Oslo.")).isTrue();
    assertThat(PlainLanguage.right(question, "She loves pie.")).isFalse();
  }

  @Test
  void right_ofTwoHops_needsTheFactAndNotTheNameOnTheWay() {
    List<Part> parts =
        List.of(
            new Part(" Your wife", Part.Role.CARRIER),
            new Part(" Monica", Part.Role.VALUE),
            new Part(" is learning", Part.Role.CARRIER),
            new Part(" Greek", Part.Role.VALUE));
    Question question = new Question(Kind.TWOHOP, "What is my wife learning?", parts, List.of(1));
    assertThat(PlainLanguage.right(question, "She is learning Greek.")).isTrue();
    assertThat(PlainLanguage.right(question, "Monica is learning.")).isFalse();
  }

  private static Question question(Kind kind, String value) {
    List<Part> parts =
        List.of(new Part(" " + value, Part.Role.VALUE), new Part(".", Part.Role.CARRIER));
    return new Question(kind, "?", parts, List.of());
  }
}
