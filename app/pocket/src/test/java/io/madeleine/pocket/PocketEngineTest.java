// SPDX-License-Identifier: Apache-2.0
package io.madeleine.pocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.text.ModelText;
import io.madeleine.engine.token.ChatMessage;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The file that ships, read by our own engine: the trainer's golden answers, token for token. */
final class PocketEngineTest {
  private static final double CLOSE = 0.02;

  private static GgufFile file;
  private static Transformer model;
  private static PagePool pool;

  @BeforeAll
  static void open(@TempDir Path directory) {
    file = GgufFile.open(PocketModel.installTo(directory));
    model = Transformer.load(file, new EngineOptions(1, false));
    pool = new PagePool(64L << 20);
  }

  @AfterAll
  static void close() {
    pool.close();
    model.close();
    file.close();
  }

  static Stream<Golden> goldens() {
    return Golden.cases();
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void answer_goldenPrompt_isTheGoldenAnswer(Golden golden) {
    assertThat(greedy(ids(golden.prompt()))).isEqualTo(golden.answer());
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void encode_goldenDialogue_givesTheTrainersIds(Golden golden) {
    ModelText text = ModelText.of(file, Clock.systemUTC());
    assertThat(text.tokenizer().encode(golden.words(), true)).containsExactly(ids(golden.prompt()));
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void logits_goldenPrompt_areTheGoldenOnes(Golden golden) {
    try (var cache = new KvCache(model.kvShape(), KvType.F32, pool)) {
      float[] logits = model.prefill(cache, ids(golden.prompt()), Observe.lastLogits()).logits();
      assertThat(golden.best()).hasSize(5);
      for (Golden.Best best : golden.best()) {
        assertThat((double) logits[best.token()]).isCloseTo(best.logit(), within(CLOSE));
      }
    }
  }

  /**
   * What many say first to something that remembers; the world of the laboratory has no word for
   * it.
   */
  @Test
  void answer_whatPeopleSayOfThemselves_isRecalled() {
    List<ChatMessage> chat = new ArrayList<>();
    for (String told : List.of("My name is Tom.", "my sister lives in Porto", "I like tea")) {
      assertThat(say(chat, told)).doesNotContain("not told");
    }
    say(chat, "My favourite colour is blue.");
    say(chat, "my shoe size is 42");

    assertThat(say(chat, "What is my name?")).isEqualTo("Your name is Tom.");
    assertThat(say(chat, "where does my sister live")).isEqualTo("Your sister lives in Porto.");
    assertThat(say(chat, "what is my favourite colour?"))
        .isEqualTo("Your favourite colour is blue.");
    assertThat(say(chat, "What is my shoe size?")).isEqualTo("Your shoe size is 42.");
    assertThat(say(chat, "What do I like?")).isEqualTo("You like tea.");
  }

  private static String say(List<ChatMessage> chat, String words) {
    ModelText text = ModelText.of(file, Clock.systemUTC());
    chat.add(new ChatMessage.User(words));
    int[] answer = ids(greedy(text.prompt(chat, List.of(), true)));
    String said = text.tokenizer().decode(answer).replace("<|end|>", "").strip();
    chat.add(new ChatMessage.Assistant(said));
    return said;
  }

  private static List<Integer> greedy(int[] prompt) {
    List<Integer> answer = new ArrayList<>();
    try (var cache = new KvCache(model.kvShape(), KvType.F32, pool)) {
      float[] logits = model.prefill(cache, prompt, Observe.lastLogits()).logits();
      answer.add(largest(logits));
      while (Golden.goesOn(answer)) {
        answer.add(largest(model.decode(cache, answer.getLast())));
      }
    }
    return answer;
  }

  private static int[] ids(List<Integer> ids) {
    return ids.stream().mapToInt(id -> id).toArray();
  }

  private static int largest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }
}
