package io.madeleine.memory.index.schema;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class WordsTest {

  private final Words words = new Words();

  @Test
  void asked_wordsOfAsking_areLeftOut() {
    String question = "Remember what I told you about Judith's allergies?";
    assertThat(words.asked(Words.STEMS, question)).containsExactly("judith", "allergi");
    assertThat(words.asked(Words.HEADS, question)).containsExactly("judit", "aller");
  }

  @Test
  void asked_nothingElse_keepsThem() {
    assertThat(words.asked(Words.STEMS, "Do you know?")).containsExactly("do", "you", "know");
    assertThat(words.asked(Words.HEADS, "Do you know?")).containsExactly("you", "know");
    assertThat(words.asked(Words.STEMS, "")).isEmpty();
  }

  @Test
  void asked_anotherLanguage_losesNothing() {
    assertThat(words.asked(Words.HEADS, "Wann trifft Lars den Zahnarzt?"))
        .containsExactly("wann", "triff", "lars", "den", "zahna");
  }

  @Test
  void terms_owners_areTheirNames() {
    assertThat(words.terms(Words.HEADS, "Tina's vet")).containsExactly("tina", "vet");
  }
}
