package io.madeleine.conversation.observation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Transformer;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signals that a model gives without reading the conversation. */
final class RetrievalProfileTest {

  @TempDir private Path directory;

  @Test
  void of_anyModel_givesEveryHeadAShareAndTheSameTwice() {
    try (GgufFile file = GgufFile.open(TinyModel.GROUPED.writeTo(directory.resolve("a.gguf")));
        Transformer model = Transformer.load(file, new EngineOptions(1, false))) {
      var profile = RetrievalProfile.of(model);
      var again = RetrievalProfile.of(model);
      for (int layer = 0; layer < model.kvShape().layers(); layer++) {
        for (int head = 0; head < model.kvShape().kvHeads(); head++) {
          assertThat(profile.of(layer, head)).isBetween(0.0, 1.0);
          assertThat(again.of(layer, head)).isEqualTo(profile.of(layer, head), within(1e-5));
        }
      }
    }
  }

  @Test
  void outputNorms_values_growWithThemAndAddUp() {
    try (GgufFile file = GgufFile.open(TinyModel.GROUPED.writeTo(directory.resolve("a.gguf")));
        Transformer model = Transformer.load(file, new EngineOptions(1, false))) {
      int dims = model.kvShape().headDim();
      var values = new float[3 * dims];
      Arrays.fill(values, 0, dims, 1);
      Arrays.fill(values, dims, 2 * dims, -2);
      float[] norms = model.outputNorms(0, 0, values);
      assertThat(norms[0]).isPositive();
      assertThat(norms[1]).isEqualTo(2 * norms[0], within(1e-3f * norms[0]));
      assertThat(norms[2]).isZero();
    }
  }
}
