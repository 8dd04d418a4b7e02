package io.madeleine.conversation.ready;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.engine.model.EngineOptions;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.schema.IndexedTurn;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HiddenStateEmbedderTest {

  @TempDir Path directory;

  private ReadyModel open() {
    return open(TinyModel.CONTEXT);
  }

  private ReadyModel open(int context) {
    Path file = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
    return ReadyModel.open(
        file,
        Clock.systemUTC(),
        new EngineOptions(1, /* warmUp= */ false).within(context),
        1 << 20,
        Runtime.getRuntime().maxMemory());
  }

  @Test
  void embed_anyText_isOfLengthOneAndTheSameAgain() {
    String page = "a page that is longer than one piece ".repeat(40);
    try (ReadyModel model = open();
        var embedder = new HiddenStateEmbedder(model)) {
      List<float[]> vectors = embedder.embed(List.of("a dog", "", page, page.repeat(20), "a dog"));

      for (float[] vector : vectors) {
        assertThat(vector).hasSize(embedder.dimension());
        assertThat(dot(vector, vector)).isCloseTo(1, within(1e-4));
      }
      assertThat(dot(vectors.get(0), vectors.get(4))).isCloseTo(1, within(1e-4));
      assertThat(dot(vectors.get(0), vectors.get(2))).isLessThan(0.9999);
    }
  }

  @Test
  void fingerprint_contextThatCutsTextsShorter_isAnother() {
    try (ReadyModel whole = open();
        ReadyModel small = open(100);
        var usual = new HiddenStateEmbedder(whole);
        var shorter = new HiddenStateEmbedder(small)) {
      assertThat(small.fingerprint()).isEqualTo(whole.fingerprint());
      assertThat(shorter.fingerprint()).isNotEqualTo(usual.fingerprint());
    }
  }

  @Test
  void index_withIt_findsByItsVectors() throws InterruptedException {
    var home = ConversationKey.of("ann", "home");
    try (ReadyModel model = open();
        var embedder = new HiddenStateEmbedder(model);
        var index =
            TurnIndex.open(
                directory.resolve("index"), IndexOptions.DEFAULT, Optional.of(embedder))) {
      index.addAll(
          List.of(
              new IndexedTurn(home, 1, 0, "t", Instant.EPOCH, "Ann", "talk", "", "my dog Rex")));
      assertThat(index.awaitVectors(60_000)).isTrue();

      assertThat(index.search(TurnFilter.in(home), "Rex").hasCosine(0)).isTrue();
    }
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
