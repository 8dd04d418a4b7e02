package io.madeleine.conversation.episodic.inside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.KvView;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Step;
import io.madeleine.engine.model.Transformer;
import io.madeleine.memory.store.KvSpan;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class LayerRecallTest {

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(LayerRecall.Representative.class)
  void recall_roomForAll_equalsAttendingToEverything(LayerRecall.Representative by) {
    try (GgufFile file = GgufFile.open(TinyModel.GROUPED.writeTo(directory.resolve("t.gguf")));
        Transformer model = Transformer.load(file, new EngineOptions(1, false));
        PagePool pool = new PagePool(16L << 20);
        KvCache all = new KvCache(model.kvShape(), KvType.F32, pool);
        KvCache start = new KvCache(model.kvShape(), KvType.F32, pool)) {
      List<Rotary> rotaries =
          IntStream.range(0, model.kvShape().layers()).mapToObj(model::rotary).toList();
      int[] tokens = new SplittableRandom(1).ints(64, 0, TinyModel.BYTES).toArray();
      model.prefill(all, tokens, Observe.nothing());
      KvSpan span = KvSpan.last(all, 64, rotaries);
      span.cut(0, 8).placeInto(start, IntStream.range(0, 8).toArray(), rotaries);
      try (LayerRecall recall =
          new LayerRecall(model.kvShape(), KvType.F32, pool, rotaries, 1_000, by)) {
        for (int from = 8; from < 64; from += 14) {
          recall.add(span.cut(from, from + 14));
        }
        int[] said = {5, 9, 11};
        int[] positions = {64, 65, 66};
        float[] expected =
            model
                .forward(List.of(new Step(all, said, positions, Observe.lastLogits())))
                .getFirst()
                .logits();
        float[] actual =
            model
                .forward(
                    List.of(new Step(start, said, positions, Observe.lastLogits()).with(recall)))
                .getFirst()
                .logits();
        assertThat(actual).containsExactly(expected, within(2e-3f));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(LayerRecall.Representative.class)
  void recall_littleRoom_takesTheBestEventAndItsNeighbour(LayerRecall.Representative by) {
    try (GgufFile file = GgufFile.open(TinyModel.GROUPED.writeTo(directory.resolve("t.gguf")));
        Transformer model = Transformer.load(file, new EngineOptions(1, false));
        PagePool pool = new PagePool(16L << 20);
        KvCache all = new KvCache(model.kvShape(), KvType.F32, pool)) {
      List<Rotary> rotaries =
          IntStream.range(0, model.kvShape().layers()).mapToObj(model::rotary).toList();
      int[] tokens = new SplittableRandom(2).ints(80, 0, TinyModel.BYTES).toArray();
      model.prefill(all, tokens, Observe.nothing());
      KvSpan span = KvSpan.last(all, 80, rotaries);
      try (LayerRecall recall =
          new LayerRecall(model.kvShape(), KvType.F32, pool, rotaries, 20, by)) {
        for (int from = 0; from < 80; from += 10) {
          recall.add(span.cut(from, from + 10));
        }
        var queries = new float[4 * 16];
        queries[3] = 1;
        List<KvView.Slots> slots = recall.recall(1, queries);
        assertThat(slots).hasSize(2);
        assertThat(slots.get(1).fromSlot()).isEqualTo(slots.get(0).toSlot());
      }
    }
  }
}
