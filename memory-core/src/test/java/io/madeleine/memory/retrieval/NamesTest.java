package io.madeleine.memory.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class NamesTest {

  private static final List<String> SPEAKERS = List.of("Melanie", "Caroline Smith");

  @Test
  void named_partsNicknamesAndSlips_areRecognised() {
    assertThat(named("What did Melanie paint?")).containsExactly("Melanie");
    assertThat(named("what did melanie paint?")).containsExactly("Melanie");
    assertThat(named("What is Mel's hobby?")).containsExactly("Melanie");
    assertThat(named("Where was Malanie?")).containsExactly("Melanie");
    assertThat(named("Where was Melnaie?")).containsExactly("Melanie");
    assertThat(named("Where does Smith live?")).containsExactly("Caroline Smith");
    assertThat(named("Did Melanie meet Caroline?"))
        .containsExactlyInAnyOrder("Melanie", "Caroline Smith");
  }

  @Test
  void named_everydayWords_areNobody() {
    assertThat(named("What did the carol sound like, and when?")).isEmpty();
    assertThat(named("When may I go?")).isEmpty();
  }

  @Test
  void named_oneself_isWhoAsks() {
    assertThat(Names.named("What is my dog called?", SPEAKERS, Set.of("user")))
        .containsExactly("user");
  }

  private static Set<String> named(String question) {
    return Names.named(question, SPEAKERS, Set.of());
  }
}
