package io.madeleine.memory.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FailuresTest {

  @Test
  void throwFirst_twoOfFourStepsFailed_allWereTriedAndTheSecondIsSuppressed() {
    List<String> done = new ArrayList<>();
    var failures = new Failures();
    for (String step : List.of("a", "bad", "worse", "b")) {
      failures.trying(() -> step(step, done));
    }

    assertThat(done).containsExactly("a", "b");
    assertThatThrownBy(failures::throwFirst)
        .hasMessage("bad")
        .satisfies(
            first -> assertThat(first.getSuppressed()).singleElement().isInstanceOf(Error.class));
  }

  @Test
  void throwFirst_nothingFailed_isQuiet() {
    var failures = new Failures();
    failures.trying(() -> {});
    assertThatCode(failures::throwFirst).doesNotThrowAnyException();
  }

  private static void step(String step, List<String> done) {
    switch (step) {
      case "bad" -> throw new IllegalStateException(step);
      case "worse" -> throw new AssertionError(step);
      default -> done.add(step);
    }
  }
}
