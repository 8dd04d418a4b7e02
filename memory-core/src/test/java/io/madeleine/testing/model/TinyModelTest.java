package io.madeleine.testing.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.testing.oracle.LlamaCpp;
import io.madeleine.testing.oracle.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The fixtures are real models: somebody else's engine reads them and sees no noise. */
final class TinyModelTest {
  private final Path directory;

  TinyModelTest(@TempDir Path directory) {
    this.directory = directory;
  }

  static Stream<TinyModel> known() {
    return Stream.of(
        TinyModel.GROUPED,
        TinyModel.MULTI_HEAD,
        TinyModel.WIDE_HEADS,
        TinyModel.SUPER_BLOCKS.with(ElementType.Q4_K),
        TinyModel.GROUPED.with(Family.QWEN2),
        TinyModel.GROUPED.with(Family.GEMMA3).with(TinyVocabulary.SENTENCE_PIECE).withLayers(7),
        TinyModel.GROUPED.with(Family.PHI3).with(TinyVocabulary.SENTENCE_PIECE));
  }

  @ParameterizedTest
  @MethodSource("known")
  void writeTo_familyThatLlamaCppKnows_givesFiniteLogitsThere(TinyModel model) {
    Oracle.assumePresent();
    Path path = model.writeTo(directory.resolve("tiny.gguf"));
    try (LlamaCpp oracle = LlamaCpp.load(path, LlamaCpp.Options.exact(64))) {
      int[] ids = oracle.tokenize("hello there, remember this", true, false);
      float[][] logits = oracle.logits(ids);

      assertThat(ids.length).isLessThan(27);
      assertThat(logits).hasDimensions(ids.length, oracle.vocabularySize());
      for (float logit : logits[ids.length - 1]) {
        assertThat(logit).isFinite().isBetween(-50f, 50f);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void writeTo_everyType_isRead(ElementType type) {
    Path path = TinyModel.SUPER_BLOCKS.with(type).writeTo(directory.resolve("tiny.gguf"));
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.tensor("blk.1.ffn_down.weight").type()).isEqualTo(type);
    }
  }

  @Test
  void writeTo_sameSeed_givesTheSameBytes() throws IOException {
    List<Path> paths =
        Stream.of("one", "two")
            .map(name -> TinyModel.GROUPED.writeTo(directory.resolve(name)))
            .toList();

    assertThat(Files.mismatch(paths.getFirst(), paths.getLast())).isEqualTo(-1);
  }
}
