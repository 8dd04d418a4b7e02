package io.madeleine.evaluation.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.evaluation.dataset.AnnotatedConversation.Question;
import io.madeleine.evaluation.dataset.AnnotatedConversation.Turn;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class DisguiseTest {

  private static final Instant MAY = Instant.parse("2023-05-08T13:56:00Z");
  private static final AnnotatedConversation ONE =
      new AnnotatedConversation(
          "one",
          List.of(
              new Turn(
                  "D1:1",
                  0,
                  MAY,
                  "Caroline",
                  "Caroline: Hello there you two! I bought a red bicycle. It is fast.  [image: a"
                      + " bicycle]"),
              new Turn("D1:2", 0, MAY.plusSeconds(1), "Melanie", "Melanie: Lovely."),
              new Turn("D2:1", 1, MAY.plusSeconds(864_000), "Caroline", "Caroline: I sold it.")),
          List.of(
              new Question("What did Caroline buy?", "a bicycle", "single-hop", List.of(0)),
              new Question("What is Melanie's answer?", "Lovely", "single-hop", List.of(1))));

  @ParameterizedTest
  @EnumSource(Disguise.class)
  void of_anyDisguise_keepsQuestionsAndTellsTheSameTwice(Disguise disguise) {
    List<AnnotatedConversation> disguised = disguise.of(List.of(ONE));

    assertThat(disguised).isEqualTo(disguise.of(List.of(ONE)));
    assertThat(disguised.getFirst().questions()).hasSameSizeAs(ONE.questions());
    if (disguise != Disguise.BURSTS) {
      assertThat(disguised.getFirst().turns()).hasSameSizeAs(ONE.turns());
    }
  }

  @Test
  void of_noNames_namesNobody() {
    assertThat(Disguise.NO_NAMES.of(List.of(ONE)).getFirst().questions())
        .extracting(Question::text)
        .containsExactly("What did they buy?", "What is their answer?");
  }

  @Test
  void of_aliases_isNotTheNameButBeginsAlike() {
    String asked = Disguise.ALIASES.of(List.of(ONE)).getFirst().questions().getFirst().text();

    assertThat(asked).doesNotContain("Caroline").startsWith("What did C");
  }

  @Test
  void of_rolesAndCaptionsAndDays_goWithoutTheRest() {
    assertThat(Disguise.ROLES.of(List.of(ONE)).getFirst().turns().get(1).text())
        .isEqualTo("assistant: Lovely.");
    assertThat(Disguise.NO_CAPTIONS.of(List.of(ONE)).getFirst().turns().getFirst().text())
        .endsWith("It is fast. ");
    assertThat(Disguise.ONE_DAY.of(List.of(ONE)).getFirst().turns().getLast().at())
        .isEqualTo(MAY.plusSeconds(2));
  }

  @Test
  void of_bursts_areSentencesAndTheEvidenceIsTheOneThatSaysIt() {
    AnnotatedConversation bursts = Disguise.BURSTS.of(List.of(ONE)).getFirst();

    assertThat(bursts.turns())
        .extracting(Turn::text)
        .containsExactly(
            "Caroline: Hello there you two!",
            "Caroline: I bought a red bicycle.",
            "Caroline: It is fast. [image: a bicycle]",
            "Melanie: Lovely.",
            "Caroline: I sold it.");
    assertThat(bursts.questions().getFirst().evidence()).containsExactly(1);
    assertThat(bursts.turns().get(4).at()).isEqualTo(ONE.turns().get(2).at());
  }
}
