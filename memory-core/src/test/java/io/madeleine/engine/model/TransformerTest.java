package io.madeleine.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Offset.offset;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.gguf.GgufWriter;
import io.madeleine.engine.kernel.Kernels;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.KvView;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.kv.PoolExhaustedException;
import io.madeleine.engine.model.Observe.Signal;
import io.madeleine.engine.tensor.Blocks;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.testing.model.Family;
import io.madeleine.testing.model.TinyModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TransformerTest {

  private static final EngineOptions SMALL = new EngineOptions(2, false, 32, Integer.MAX_VALUE);

  private final Path directory;
  private final PagePool pool = new PagePool(64 << 20);
  private final List<AutoCloseable> open = new ArrayList<>();
  private final Transformer model;

  TransformerTest(@TempDir Path directory) {
    this.directory = directory;
    model = load(TinyModel.GROUPED, Kernels.best());
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable resource : open.reversed()) {
      resource.close();
    }
    assertThat(pool.usedBytes()).isZero();
    pool.close();
  }

  private Transformer load(TinyModel tiny, Kernels kernels) {
    GgufFile file = GgufFile.open(tiny.writeTo(directory.resolve("m" + open.size() + ".gguf")));
    open.add(file);
    Transformer loaded = Transformer.load(file, SMALL, kernels);
    open.add(loaded);
    return loaded;
  }

  private KvCache cache(Transformer of) {
    return cache(of, KvType.F32);
  }

  private KvCache cache(Transformer of, KvType type) {
    var cache = new KvCache(of.kvShape(), type, pool);
    open.add(cache);
    return cache;
  }

  private static int[] tokens(int count, long seed) {
    return new SplittableRandom(seed).ints(count, 3, 250).toArray();
  }

  @Test
  void forwardThrough_firstLayers_areThoseOfAWholePassAndTheOthersUntouched() {
    int[] prompt = tokens(40, 3);
    KvCache whole = cache(model);
    model.prefill(whole, prompt, Observe.nothing());
    KvCache first = cache(model);
    int layers = model.config().blockCount() - 1;
    model.forwardThrough(layers, Step.next(first, prompt, Observe.nothing()));
    var wanted = new float[prompt.length * model.kvShape().headDim()];
    var got = new float[wanted.length];
    for (int head = 0; head < layers * model.kvShape().kvHeads(); head++) {
      int layer = head / model.kvShape().kvHeads();
      int kvHead = head % model.kvShape().kvHeads();
      whole.readValues(layer, kvHead, 0, prompt.length, wanted);
      first.readValues(layer, kvHead, 0, prompt.length, got);
      assertThat(got).containsExactly(wanted);
      whole.readKeys(layer, kvHead, 0, prompt.length, wanted);
      first.readKeys(layer, kvHead, 0, prompt.length, got);
      assertThat(got).containsExactly(wanted);
    }
    assertThat(first.slots(layers, 0)).isZero();
    assertThat(first.bytes()).isLessThan(whole.bytes());
    assertThatThrownBy(() -> model.forwardThrough(0, Step.next(first, prompt, Observe.nothing())))
        .hasMessageContaining("0 should");
    assertThatThrownBy(
            () -> model.forwardThrough(layers + 2, Step.next(first, prompt, Observe.nothing())))
        .hasMessageContaining("%d should".formatted(layers + 2));
    assertThatThrownBy(
            () -> model.forwardThrough(1, Step.next(first, prompt, Observe.lastLogits())))
        .hasMessageContaining("LAST_LOGITS");
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void prefill_ofAnyFamily_equalsDecodingOneByOne(Family family) {
    Transformer any = load(tiny(family), Kernels.best());
    int[] prompt = tokens(75, 1);
    float[][] atOnce = any.prefill(cache(any), prompt, Observe.of(Signal.ALL_LOGITS)).allLogits();
    KvCache slow = cache(any);
    for (int i = 0; i < prompt.length; i++) {
      assertThat(Logits.relativeRms(any.decode(slow, prompt[i]), atOnce[i])).isLessThan(1e-5);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void forward_onVectors_equalsPlainJava(Family family) {
    int[] prompt = tokens(40, 2);
    Transformer fast = load(tiny(family), Kernels.best());
    Transformer plain = load(tiny(family), Kernels.scalar());
    float[] expected = plain.prefill(cache(plain), prompt, Observe.lastLogits()).logits();
    float[] actual = fast.prefill(cache(fast), prompt, Observe.lastLogits()).logits();
    assertThat(Logits.relativeRms(actual, expected)).isLessThan(1e-5);
  }

  @Test
  void forward_ofMixedSteps_equalsEachAlone() {
    int[] lengths = {1, 50, 1, 7, 33};
    var batch = new ArrayList<Step>();
    var expected = new ArrayList<float[]>();
    for (int i = 0; i < lengths.length; i++) {
      int[] before = tokens(5 * i + 1, i);
      int[] now = tokens(lengths[i], 100 + i);
      KvCache alone = cache(model);
      model.prefill(alone, before, Observe.nothing());
      KvCache together = alone.fork();
      open.add(together);
      expected.add(model.prefill(alone, now, Observe.lastLogits()).logits());
      batch.add(Step.next(together, now, Observe.lastLogits()));
    }
    List<Forward> forwards = model.forward(batch);
    for (int i = 0; i < lengths.length; i++) {
      assertThat(Logits.relativeRms(forwards.get(i).logits(), expected.get(i))).isLessThan(1e-5);
    }
  }

  @Test
  void surprisal_ofAPrompt_isWhatTheLogitsSay() {
    int[] prompt = tokens(70, 3);
    Forward forward =
        model.prefill(
            cache(model),
            prompt,
            Observe.of(Signal.ALL_LOGITS, Signal.SURPRISAL, Signal.LAST_LOGITS));
    assertThat(forward.surprisal()[0]).isZero();
    for (int i = 1; i < prompt.length; i++) {
      float[] logits = forward.allLogits()[i - 1];
      double sum = 0;
      for (float logit : logits) {
        sum += Math.exp(logit);
      }
      double nats = Math.log(sum) - logits[prompt[i]];
      assertThat((double) forward.surprisal()[i]).isCloseTo(nats, within(1e-4));
    }
  }

  @Test
  void forward_closeKvTypes_giveCloseLogits() {
    int[] prompt = tokens(60, 4);
    float[] exact = model.prefill(cache(model), prompt, Observe.lastLogits()).logits();
    float[] half = model.prefill(cache(model, KvType.F16), prompt, Observe.lastLogits()).logits();
    float[] bytes = model.prefill(cache(model, KvType.INT8), prompt, Observe.lastLogits()).logits();
    assertThat(Logits.relativeRms(half, exact)).isBetween(1e-9, 2e-3);
    assertThat(Logits.relativeRms(bytes, exact)).isBetween(1e-9, 3e-2);
  }

  @Test
  void forward_signalNotAskedFor_saysHowToAsk() {
    Forward forward = model.prefill(cache(model), tokens(3, 5), Observe.nothing());
    assertThatThrownBy(forward::surprisal)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Observe.of(Signal.SURPRISAL)");
  }

  @Test
  void decode_afterWarmUp_allocatesLittle() {
    KvCache sequence = cache(model);
    model.prefill(sequence, tokens(20, 6), Observe.nothing());
    var logits = new float[model.vocabularySize()];
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long perToken = Long.MAX_VALUE;
    // Interpreted vector code allocates; the bound is for code that is compiled.
    for (int round = 0; round < 2_000 && perToken >= 4_096; round++) {
      sequence.truncate(20);
      long before = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
      for (int i = 0; i < 15; i++) {
        model.decode(sequence, i, logits);
      }
      long after = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
      perToken = Math.min(perToken, (after - before) / 15);
    }
    assertThat(perToken).isLessThan(4_096);
  }

  @ParameterizedTest
  @EnumSource(KvType.class)
  void decode_afterSavingAndRestoring_goesOnTheSame(KvType type) throws IOException {
    KvCache sequence = cache(model, type);
    model.prefill(sequence, tokens(40, 7), Observe.nothing());
    var saved = new ByteArrayOutputStream();
    sequence.writeTo(Channels.newChannel(saved));
    KvCache restored =
        KvCache.readFrom(Channels.newChannel(new ByteArrayInputStream(saved.toByteArray())), pool);
    open.add(restored);
    for (int token : tokens(10, 8)) {
      float[] expected = model.decode(sequence, token);
      float[] actual = model.decode(restored, token);
      // Not bit by bit: a sum folds in another order once its loop is compiled.
      assertThat(Logits.relativeRms(actual, expected)).isLessThan(1e-5);
      assertThat(Logits.greedy(actual)).isEqualTo(Logits.greedy(expected));
    }
  }

  /** In the first layer keys depend on nothing but their token and position. */
  @Test
  void moveTo_ofAPrefilledCache_equalsAPrefillThere() {
    int[] prompt = tokens(30, 9);
    KvCache here = cache(model);
    model.prefill(here, prompt, Observe.nothing());
    KvCache there = cache(model);
    int[] positions = IntStream.range(700, 730).toArray();
    model.forward(List.of(new Step(there, prompt, positions, Observe.nothing())));
    for (int head = 0; head < model.kvShape().kvHeads(); head++) {
      here.moveTo(0, head, positions, model.rotary(0));
      assertThat(keys(here, head)).containsExactly(keys(there, head), offset(1e-4f));
    }
  }

  private static float[] keys(KvCache cache, int head) {
    var keys = new float[cache.slots(0, head) * cache.shape().headDim()];
    cache.readKeys(0, head, 0, cache.slots(0, head), keys);
    return keys;
  }

  @Test
  void forward_raggedHeads_equalsPlainJavaOnTheSameHeads() {
    Transformer plain = load(TinyModel.GROUPED, Kernels.scalar());
    int[] prompt = tokens(50, 10);
    float[][] logits = new float[2][];
    for (int i = 0; i < 2; i++) {
      Transformer one = i == 0 ? model : plain;
      KvCache ragged = cache(one);
      one.prefill(ragged, prompt, Observe.nothing());
      ragged.keep(0, 0, new int[] {0, 1, 2, 30, 31, 49});
      ragged.keep(1, 1, IntStream.range(7, 43).toArray());
      logits[i] = one.prefill(ragged, tokens(5, 11), Observe.lastLogits()).logits();
    }
    assertThat(Logits.relativeRms(logits[0], logits[1])).isLessThan(1e-5);
  }

  @Test
  void windowAttention_ofAPrefill_sumsToOneAndMatchesItsSum() {
    KvCache sequence = cache(model);
    model.prefill(sequence, tokens(20, 12), Observe.nothing());
    Forward forward =
        model.prefill(
            sequence,
            tokens(60, 13),
            Observe.of(
                    Signal.WINDOW_ATTENTION,
                    Signal.SUMMED_ATTENTION,
                    Signal.WINDOW_QUERIES,
                    Signal.KEYS)
                .over(8));
    for (int layer = 0; layer < model.kvShape().layers(); layer++) {
      for (int head = 0; head < model.config().headCount(); head++) {
        var sum = new float[80];
        for (int w = 0; w < 8; w++) {
          float[] row = forward.windowAttention()[layer][head][w];
          assertThat(row).hasSize(80);
          assertThat(total(row)).isCloseTo(1, offset(1e-5));
          assertThat(row[72 + w]).isPositive();
          for (int slot = 0; slot < 80; slot++) {
            sum[slot] += row[slot];
          }
        }
        assertThat(forward.summedAttention()[layer][head]).containsExactly(sum, offset(1e-5f));
        assertThat(forward.windowQueries()[layer][head]).hasSize(8 * 16);
      }
    }
    assertThat(forward.keys()[1][1]).hasSize(60 * 16);
  }

  private static double total(float[] row) {
    double total = 0;
    for (float x : row) {
      total += x;
    }
    return total;
  }

  @Test
  void keys_ofAStep_areTheCachesKeysTurnedBack() {
    KvCache sequence = cache(model);
    Forward forward = model.prefill(sequence, tokens(40, 14), Observe.of(Signal.KEYS));
    float[] cached = new float[16];
    sequence.readKeys(1, 0, 33, 34, cached);
    model.rotary(1).turn(cached, 0, -33);
    float[] key = Arrays.copyOfRange(forward.keys()[1][0], 33 * 16, 34 * 16);
    assertThat(cached).containsExactly(key, offset(1e-4f));
  }

  /** What a view recalls is attended to as if it were the sequence's own. */
  @Test
  void forward_withAView_equalsHavingTheSlotsOneself() {
    KvCache whole = cache(model);
    model.prefill(whole, tokens(25, 15), Observe.nothing());
    KvCache tail = cache(model);
    int[] now = tokens(6, 16);
    int[] positions = IntStream.range(25, 31).toArray();
    Step step = new Step(tail, now, positions, Observe.lastLogits());
    Step recalling =
        step.with(
            (layer, meanQueries) ->
                List.of(new KvView.Slots(whole, 0, 10), new KvView.Slots(whole, 10, 25)));
    float[] recalled = model.forward(List.of(recalling)).getFirst().logits();
    KvCache own = whole.fork();
    open.add(own);
    float[] expected = model.prefill(own, now, Observe.lastLogits()).logits();
    assertThat(Logits.relativeRms(recalled, expected)).isLessThan(1e-5);
  }

  @Test
  void forward_poolTooSmall_leavesTheCacheAsItWas() {
    try (var small = new PagePool(model.kvShape().bytes(32, KvType.F32));
        var sequence = new KvCache(model.kvShape(), KvType.F32, small)) {
      model.prefill(sequence, tokens(20, 17), Observe.nothing());
      assertThatThrownBy(() -> model.prefill(sequence, tokens(20, 18), Observe.nothing()))
          .isInstanceOf(PoolExhaustedException.class);
      assertThat(sequence.length()).isEqualTo(20);
      assertThat(sequence.slots(1, 1)).isEqualTo(20);
      model.decode(sequence, 5);
    }
  }

  @Test
  void prefill_beyondTheContext_saysByHowMuch() {
    KvCache sequence = cache(model);
    sequence.length(TinyModel.CONTEXT - 2);
    assertThatThrownBy(() -> model.prefill(sequence, tokens(5, 19), Observe.nothing()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 beyond");
  }

  @Test
  void load_unknownArchitecture_namesItAndThoseKnown() {
    Path file = directory.resolve("other.gguf");
    new GgufWriter().string("general.architecture", "mamba").writeTo(file);
    try (GgufFile other = GgufFile.open(file)) {
      assertThatThrownBy(() -> Transformer.load(other, SMALL))
          .hasMessageContaining("mamba")
          .hasMessageContaining("llama, qwen2, qwen3, gemma3, smollm3, phi3");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "attention.head_count",
        "attention.head_count_kv",
        "embedding_length",
        "block_count",
        "context_length",
        "feed_forward_length"
      })
  void load_countOfNone_isRefusedByName(String key) {
    Path file = directory.resolve("none.gguf");
    TinyModel.GROUPED.writer().integer("llama." + key, 0).writeTo(file);
    try (GgufFile none = GgufFile.open(file)) {
      assertThatThrownBy(() -> Transformer.load(none, SMALL))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(key, "0");
    }
  }

  @Test
  void load_tensorThatNobodyUses_isRefusedByName() {
    GgufWriter writer = TinyModel.GROUPED.writer();
    var four = Blocks.quantise(ElementType.F32, new float[4]);
    writer.tensor("v.blk.0.attn_q.weight", ElementType.F32, 1, 4, () -> four);
    writer.tensor("blk.0.attn_sub_norm.weight", ElementType.F32, 1, 4, () -> four);
    Path file = directory.resolve("more.gguf");
    writer.writeTo(file);
    try (GgufFile more = GgufFile.open(file)) {
      assertThatThrownBy(() -> Transformer.load(more, SMALL))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(
              "more.gguf", "'blk.0.attn_sub_norm.weight', one of 1", "'llama'", "another export");
    }
  }

  private static TinyModel tiny(Family family) {
    return TinyModel.GROUPED.with(family).withLayers(family == Family.GEMMA3 ? 7 : 5);
  }
}
