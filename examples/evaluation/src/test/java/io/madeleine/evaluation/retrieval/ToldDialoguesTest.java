package io.madeleine.evaluation.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.evaluation.dataset.AnnotatedConversation;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ToldDialoguesTest {

  @Test
  void of_anySeed_everyQuestionHasEvidenceInItsConversation() {
    List<AnnotatedConversation> told = ToldDialogues.of(77_000, 3);

    assertThat(told).hasSize(3).extracting(AnnotatedConversation::id).doesNotHaveDuplicates();
    for (AnnotatedConversation one : told) {
      assertThat(one.turns()).hasSizeGreaterThan(20).allMatch(turn -> !turn.text().contains("<|"));
      assertThat(one.questions()).isNotEmpty().allMatch(AnnotatedConversation.Question::answerable);
      for (AnnotatedConversation.Question question : one.questions()) {
        assertThat(question.evidence())
            .isNotEmpty()
            .allMatch(place -> place >= 0 && place < one.turns().size());
      }
    }
  }

  @Test
  void of_theSameSeed_tellsTheSame() {
    assertThat(ToldDialogues.of(77_000, 1)).isEqualTo(ToldDialogues.of(77_000, 1));
  }
}
