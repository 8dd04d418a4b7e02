package io.madeleine.evaluation.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.text.ModelText;
import io.madeleine.evaluation.lab.reader.DialogueReader;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.pocket.PocketModel;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodecBenchTest {

  @Test
  void measure_ofTheCodecs_weighsThemAgainstF16(@TempDir Path directory) {
    try (GgufFile file = GgufFile.open(PocketModel.installTo(directory));
        Transformer model = Transformer.load(file, new EngineOptions(1, false))) {
      DialogueReader reader = DialogueReader.of(ModelText.of(file, Clock.systemUTC()));
      int[] tokens = reader.read(1, 200, 1, false).tokens();
      try (CodecBench bench = new CodecBench(model, tokens, 1, directory)) {
        CodecRow exact = bench.measure(new KvCodec.Float32());
        CodecRow coarse = bench.measure(KvCodec.named("kivi4"));
        // 8 layers × 2 heads × (32 + 32) numbers of 4 bytes, and the header
        assertThat(exact.bytesPerToken()).isCloseTo(4096, within(16.0));
        assertThat(exact.ofF16()).isCloseTo(2, within(0.02));
        assertThat(coarse.ofF16()).isBetween(0.25, 0.45);
        assertThat(exact.zstdPerToken())
            .isBetween(0.5 * exact.bytesPerToken(), exact.bytesPerToken());
        assertThat(exact.restoreCpuMs()).isPositive();
        assertThat(exact.ofPrefill()).isPositive();
        assertThat(exact.toLine()).startsWith("| f32 | %d |".formatted(tokens.length));
        assertThat(bench.bytesInMemory(KvType.F16)).isLessThan(bench.bytesInMemory(KvType.F32));
      }
    }
  }
}
