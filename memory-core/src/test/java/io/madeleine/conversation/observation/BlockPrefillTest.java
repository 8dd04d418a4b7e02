package io.madeleine.conversation.observation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Transformer;
import io.madeleine.memory.compression.Policies;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** EpiCache's block prefill: invariants 13 and 15 of the policies. */
final class BlockPrefillTest {

  private static final int[] PREFIX = {1, 2, 3, 4, 5, 6};
  private static final int[] PROMPT = {9, 8, 7, 6, 5};

  @TempDir private Path directory;
  private GgufFile file;
  private Transformer model;

  @BeforeEach
  void load() {
    file = GgufFile.open(TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf")));
    model = Transformer.load(file, new EngineOptions(1, false));
  }

  @AfterEach
  void close() {
    model.close();
    file.close();
  }

  @Test
  void read_budgetHoldsEverything_equalsAPlainPrefill() {
    int[] text = text(150);
    try (var pool = new PagePool(16 << 20);
        var blocks = new KvCache(model.kvShape(), KvType.F32, pool);
        var plain = new KvCache(model.kvShape(), KvType.F32, pool)) {
      prefill("epicache", 1_000, 32).read(blocks, text, PROMPT);
      model.prefill(plain, text, Observe.nothing());
      assertThat(model.decode(blocks, 3)).containsExactly(model.decode(plain, 3), within(2e-3f));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epicache", "kvzip", "keydiff", "streaming", "random"})
  void read_longerThanTheBudget_neverHoldsMoreThanBudgetAndBlock(String policy) {
    KvShape shape = model.kvShape();
    // Heads may differ, so that each head's last page is half empty; and a fork copies one page.
    long most = 2 * shape.bytes(64 + 32 + PROMPT.length, KvType.F32) + shape.bytes(64, KvType.F32);
    try (var pool = new PagePool(most);
        var cache = new KvCache(shape, KvType.F32, pool)) {
      model.prefill(cache, PREFIX, Observe.nothing());
      prefill(policy, 64, 32).read(cache, text(400), PROMPT);

      long slots = 0;
      for (int head = 0; head < shape.heads(); head++) {
        int layer = head / shape.kvHeads();
        int kvHead = head % shape.kvHeads();
        slots += cache.slots(layer, kvHead);
        for (int slot = 0; slot < PREFIX.length; slot++) {
          assertThat(cache.position(layer, kvHead, slot)).isEqualTo(slot);
        }
      }
      assertThat(slots).isLessThanOrEqualTo(64L * shape.heads());
      assertThat(cache.length()).isEqualTo(PREFIX.length + 400);
      assertThat(model.decode(cache, 3)[0]).isFinite();
    }
  }

  @Test
  void new_policyThatReadsOtherSignals_isRefused() {
    assertThatThrownBy(() -> prefill("snapkv", 64, 32)).hasMessageContaining("WINDOW_QUERIES");
  }

  private BlockPrefill prefill(String policy, int budget, int block) {
    return new BlockPrefill(
        model, Policies.named(policy, model.kvShape().layers(), 1), budget, block);
  }

  private static int[] text(int tokens) {
    return new SplittableRandom(2).ints(tokens, 0, TinyModel.BYTES).toArray();
  }
}
