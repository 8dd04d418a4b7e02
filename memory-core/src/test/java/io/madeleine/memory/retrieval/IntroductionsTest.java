package io.madeleine.memory.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.madeleine.memory.retrieval.Introductions.Relation;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class IntroductionsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Mara is my sister.                                 | sister         | Mara
          And Mara is my older sister, you know.             | sister         | Mara
          Mara is my sister.                                 | little sister  | Mara
          My sister is called Mara.                          | sister         | Mara
          My sister’s name is Mara.                          | sister         | Mara
          My sister has the name Mara.                       | sister         | Mara
          I told you that Mara is the name of my sister.     | sister         | Mara
          They call my sister Mara.                          | sister         | Mara
          We met my sister Mara Lind yesterday.              | sister         | Mara Lind
          My sister, Mara, says hello.                       | sister         | Mara
          I have another sister called Mara.                 | sister         | Mara
          I have an aunt called Helga.                       | aunt           | Helga
          There is one more sister: Mara.                    | sister         | Mara
          Besides, Mara is a sister of mine.                 | sister         | Mara
          My new piano teacher is Élise-Ann.                 | piano teacher  | Élise-Ann
          My yoga teacher is Bea.                            | teacher        | Bea
          Rex is our dog. My cat is Tom.                     | dog            | Rex
          Rex is our dog. My cat is Tom.                     | cat            | Tom
          Kim is my sister-in-law.                           | sister-in-law  | Kim
          Tom is my fiancé.                                  | fiancé         | Tom
          My new doctor is Tobias.                           | doctor         | Tobias
          Tom is my ex husband.                              | ex husband     | Tom
          """)
  void names_ofASentenceThatGivesAName_isThatName(String text, String relation, String name) {
    assertThat(names(text, relation)).containsExactly(name);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          My sister lives in Oslo.                 | sister
          Mara met my sister.                      | sister
          My sister. Mara called.                  | sister
          What is my sister called?                | sister
          Where is my sister?                      | sister
          When's my sister coming?                 | sister
          Is Mara my sister?                       | sister
          My sister and I went to Oslo.            | sister
          Yesterday my sister came.                | sister
          Your sister is called Mara.              | sister
          Mara has a sister called Tove.           | sister
          Tom is my sister's husband.              | sister
          Tom is my sister’s husband.              | sister
          Kim is my sister-in-law.                 | sister
          Bea is my dog walker.                    | dog
          I borrowed my sister's Toyota.           | sister
          Tom is my ex husband.                    | husband
          My ex-husband Tom called.                | husband
          My yoga teacher is Bea.                  | piano teacher
          My son has ADHD.                         | son
          I went with my sister, Tom and Anna.     | sister
          My sister comes on Monday.               | sister
          My sister is, I think, in Rome.          | sister
          """)
  void names_ofASentenceThatGivesNone_isEmpty(String text, String relation) {
    assertThat(names(text, relation)).isEmpty();
  }

  @Test
  void names_ofTwoAtOnce_areBoth() {
    assertThat(names("Mara and Tove are my sisters.", "sisters")).containsExactly("Mara", "Tove");
  }

  @Test
  void asked_peopleAndPetsBehindMy_eachOnce() {
    assertThat(
            Introductions.asked("Do my little sister and our dog like my sister's music teacher?"))
        .extracting(Relation::head, Relation::marks)
        .containsExactly(tuple("sister", Set.of()), tuple("dog", Set.of()));
    assertThat(Introductions.asked("When is my birthday, and where did Rémy Martin work?"))
        .isEmpty();
    assertThat(Introductions.asked("")).isEmpty();
  }

  @Test
  void renamed_putsTheNameInPlace() {
    String question = "When is my aunt's eye test?";

    assertThat(Introductions.renamed(question, Introductions.asked(question).getFirst(), "$1"))
        .isEqualTo("When is $1's eye test?");
  }

  @Test
  void names_ofLongTexts_looksAtABoundedPart() {
    String question = "my sister and our dog ".repeat(9_000);
    assertThat(Introductions.asked(question)).hasSize(2);

    Relation sister = Introductions.asked(question).getFirst();
    String text = "A".repeat(100_000) + " my sister Mara";
    assertThat(Introductions.names(text, sister)).isEmpty();
    assertThat(Introductions.names("my sister ".repeat(9_000), sister)).isEmpty();
  }

  private static Set<String> names(String text, String relation) {
    String question = "Where is my " + relation + "?";
    return Introductions.names(text, Introductions.asked(question).getFirst());
  }
}
