package io.madeleine.pocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.testing.oracle.LlamaCpp;
import io.madeleine.testing.oracle.Oracle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The file that ships, read by somebody else's engine. */
final class PocketOracleTest {

  private final Path directory;

  PocketOracleTest(@TempDir Path directory) {
    this.directory = directory;
  }

  static Stream<Golden> goldens() {
    return Golden.cases();
  }

  @BeforeEach
  void needsLlamaCpp() {
    Oracle.assumePresent();
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void answer_goldenPrompt_isTheGoldenAnswerInLlamaCpp(Golden golden) {
    try (LlamaCpp oracle = open()) {
      assertThat(greedy(oracle, golden.prompt())).isEqualTo(golden.answer());
    }
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void tokenize_goldenDialogue_givesTheTrainersIds(Golden golden) {
    try (LlamaCpp oracle = open()) {
      assertThat(oracle.tokenize(golden.words(), false, true))
          .containsExactly(golden.prompt().stream().mapToInt(id -> id).toArray());
    }
  }

  private LlamaCpp open() {
    return LlamaCpp.load(PocketModel.installTo(directory), LlamaCpp.Options.exact(2048));
  }

  private static List<Integer> greedy(LlamaCpp oracle, List<Integer> prompt) {
    var answer = new ArrayList<Integer>();
    float[][] logits = oracle.logits(prompt.stream().mapToInt(id -> id).toArray());
    int next = largest(logits[prompt.size() - 1]);
    answer.add(next);
    while (Golden.goesOn(answer)) {
      int position = prompt.size() + answer.size() - 1;
      oracle.decode(new LlamaCpp.Entry(next, position, 0, true));
      next = largest(oracle.logitsAt(0));
      answer.add(next);
    }
    return answer;
  }

  private static int largest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }
}
