package io.madeleine.evaluation.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.evaluation.retention.Engine.Place;
import io.madeleine.evaluation.retention.Workload.Program;
import io.madeleine.evaluation.retention.Workload.Turn;
import io.madeleine.pocket.PocketModel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wherever a cache comes from, the model goes on from the same numbers. */
final class RealEngineTest {

  private static final List<Turn> TURNS = List.of(new Turn(40, 8, "a", 1), new Turn(9, 7, "b", 1));

  @TempDir Path directory;

  @Test
  void serve_fromMemoryFromDiskAndAnew_leavesTheSameCache() {
    try (var file = GgufFile.open(PocketModel.installTo(directory));
        var model = Transformer.load(file, new EngineOptions(1, false));
        var engine = new RealEngine(model, directory, 1_000)) {
      float[] stayed = keys(engine, Place.MEMORY);
      float[] fromDisk = keys(engine, Place.DISK);
      float[] anew = keys(engine, Place.NOWHERE);

      assertThat(stayed).hasSize(64 * model.kvShape().headDim());
      for (int i = 0; i < stayed.length; i++) {
        assertThat(fromDisk[i]).isCloseTo(stayed[i], within(0.02f));
        assertThat(anew[i]).isCloseTo(stayed[i], within(0.05f));
      }
      assertThat(engine.fitted().prefillSeconds(100)).isPositive();
    }
  }

  @Test
  void fitted_costsThatAreLinear_areFoundAgain() {
    var truth = new Fitted.Cost(0.5, 0.02, 0.0001);
    List<Fitted.Measured> measured =
        List.of(new TokenSpan(0, 128), new TokenSpan(128, 152), new TokenSpan(300, 428)).stream()
            .map(
                span ->
                    new Fitted.Measured(
                        span.start(), span.length(), truth.of(span.start(), span.length())))
            .toList();

    Fitted.Cost found = Fitted.Cost.nearest(measured);

    assertThat(found.call()).isCloseTo(0.5, within(1e-3));
    assertThat(found.token()).isCloseTo(0.02, within(1e-4));
    assertThat(found.depth()).isCloseTo(0.0001, within(1e-6));
  }

  private static float[] keys(RealEngine engine, Place place) {
    var program = new Program(1, 0, TURNS);
    engine.serve(program, 0, 0, Place.NOWHERE);
    if (place != Place.MEMORY) {
      engine.evict(program, 48, /* toDisk= */ place == Place.DISK);
    }
    engine.serve(program, 1, 48, place);
    KvCache cache = engine.cache(1);
    float[] keys = new float[64 * cache.shape().headDim()];
    cache.readKeys(0, 0, 0, 64, keys);
    engine.finish(program);
    return keys;
  }
}
