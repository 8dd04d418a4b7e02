package io.madeleine.pocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Transformer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The file that ships, read by our engine: the trainer's own answers, token for token. */
final class PocketGoldenTest {
  private static final int LONGEST_ANSWER = 40;

  private final Path directory;

  PocketGoldenTest(@TempDir Path directory) {
    this.directory = directory;
  }

  static Stream<Golden> goldens() {
    return Golden.cases();
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void answer_goldenPrompt_isTheGoldenAnswer(Golden golden) {
    try (var file = GgufFile.open(PocketModel.installTo(directory));
        var transformer = Transformer.load(file, new EngineOptions(1, false));
        var pool = new PagePool(1 << 26);
        var cache = new KvCache(transformer.kvShape(), KvType.F32, pool)) {
      int end = file.metadata().integer("tokenizer.ggml.eos_token_id");
      int[] prompt = golden.prompt().stream().mapToInt(id -> id).toArray();
      float[] logits = transformer.prefill(cache, prompt, Observe.lastLogits()).logits();

      assertThat(greedy(transformer, cache, logits, end)).isEqualTo(golden.answer());
    }
  }

  private static List<Integer> greedy(
      Transformer transformer, KvCache cache, float[] first, int end) {
    var answer = new ArrayList<Integer>(List.of(largest(first)));
    while (answer.getLast() != end && answer.size() < LONGEST_ANSWER) {
      answer.add(largest(transformer.decode(cache, answer.getLast())));
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
