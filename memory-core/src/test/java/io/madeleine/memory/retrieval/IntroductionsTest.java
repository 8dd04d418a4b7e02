package io.madeleine.memory.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.memory.retrieval.Introductions.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IntroductionsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Mara is my sister.                               | sister       | Mara
          My sister is called Mara.                        | sister       | Mara
          My sister's name is Mara.                        | sister       | Mara
          I told you that Mara is the name of my sister.   | sister       | Mara
          They call my sister Mara.                        | sister       | Mara
          We met my sister Mara Lind yesterday.            | sister       | Mara Lind
          My sister, Mara, says hello.                     | sister       | Mara
          I have another sister called Mara.               | sister       | Mara
          There is one more sister: Mara.                  | sister       | Mara
          Besides, Mara is a sister of mine.               | sister       | Mara
          My new piano teacher is Élise-Ann.               | piano teacher| Élise-Ann
          Rex is our dog. My cat is Tom.                   | dog          | Rex
          """)
  void in_aSentenceThatGivesAName_isThatName(String text, String relation, String name) {
    assertThat(Introductions.in(text, Introductions.relations("Where is my " + relation + "?")))
        .map(Named::name)
        .contains(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "My sister lives in Oslo.",
        "Mara met my sister.",
        "My sister. Mara called.",
        "What is my sister called?",
        "My sister and I went to Oslo.",
        "Yesterday my sister came.",
        "I visited my sister\nAssistant: How nice!",
        "Your sister is called Mara."
      })
  void in_aSentenceThatGivesNone_isEmpty(String text) {
    assertThat(Introductions.in(text, Introductions.relations("Where is my sister?"))).isEmpty();
  }

  @Test
  void relations_wordsBehindMy_longestFirst() {
    assertThat(Introductions.relations("Which pills does my daughter take daily, and our Dog?"))
        .containsExactly("daughter take daily", "daughter take", "daughter", "dog");
    assertThat(Introductions.relations("Where does Mara live?")).isEmpty();
  }

  @Test
  void in_severalOfThem_findsTheOneAskedFor() {
    assertThat(
            Introductions.in("Mara is my sister.", Introductions.relations("Which of my sisters?")))
        .contains(new Named("sisters", "Mara"));
  }

  @Test
  void renamed_putsTheNameInPlace() {
    assertThat(Introductions.renamed("When is my aunt's eye test?", new Named("aunt", "Helga")))
        .isEqualTo("When is Helga's eye test?");
    assertThat(Introductions.renamed("Where is My  Dog?", new Named("dog", "$1")))
        .isEqualTo("Where is $1?");
  }

  @Test
  void in_longTexts_looksAtABoundedPart() {
    String text = "A".repeat(100_000) + "my sister is the name of called is the ".repeat(9_000);
    String question = "my sister and our dog ".repeat(9_000);

    assertThat(Introductions.relations(question)).hasSizeLessThan(10);
    assertThat(Introductions.in(text, Introductions.relations(question))).isEmpty();
  }
}
