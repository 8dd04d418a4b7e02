package io.madeleine.memory.index.schema;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WordsTest {

  private final Words words = new Words();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Remember what I told you about Judith's allergies? | judith allergi | judit aller
          What was his idea?                                 | idea           | idea
          What reminders did I set?                          | remind set     | remin set
          Don’t you know where I’m flying?                   | fly            | flyin
          I forgot what Judith drinks. Do you recall when?   | judith drink   | judit drink
          What did I forget at the hotel?                    | forget hotel   | forge hotel
          What is my new address?                            | new address    | new addre
          How many people are coming?                        | mani peopl come | many peopl comin
          Where does Said work?                              | said work      | said work
          When is Can's birthday?                            | can birthdai   | birth
          When did we fly to the US?                         | fly us         | fly us
          What did I tell you? It was about John Doe.        | john doe       | john doe
          What was said about the know-how?                  | know how       | know
          """)
  void telling_wordsOfAsking_areLeftOut(String question, String stems, String heads) {
    String telling = words.telling(question);
    assertThat(String.join(" ", words.terms(Words.STEMS, telling))).isEqualTo(stems);
    assertThat(String.join(" ", words.terms(Words.HEADS, telling))).isEqualTo(heads);
  }

  @ParameterizedTest
  @CsvSource({"Do you know?", "What should I remember?", "''", "?!"})
  void telling_nothingElse_keepsThemInBothFields(String question) {
    assertThat(words.telling(question)).isEqualTo(question);
  }

  @ParameterizedTest
  @CsvSource({"Wann trifft Lars den Zahnarzt?", "Wie heißt der See?", "¿Dónde vive mi hermana?"})
  void telling_otherLanguages_stayWhole(String question) {
    assertThat(words.telling(question)).isEqualTo(question);
  }

  @Test
  void terms_owners_areTheirNames() {
    assertThat(words.terms(Words.HEADS, "Tina's vet")).containsExactly("tina", "vet");
  }
}
