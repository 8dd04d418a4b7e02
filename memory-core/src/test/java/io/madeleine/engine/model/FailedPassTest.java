package io.madeleine.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kernel.FailingKernels;
import io.madeleine.engine.kernel.FailingKernels.Place;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.KvView;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A pass that fails in its middle, when some layers have appended and others have not, leaves no
 * trace in any cache: the same pass behind it gives the bits that it gives where nothing failed.
 */
final class FailedPassTest {

  private static final int LAYERS = 2;
  private static final int TURNS_A_TOKEN = 6; // four heads of queries, two of keys
  private static final EngineOptions PASSES_OF_32 =
      new EngineOptions(2, false, 32, Integer.MAX_VALUE);

  private final FailingKernels failing = new FailingKernels();
  private final PagePool pool = new PagePool(64 << 20);
  private final List<KvCache> caches = new ArrayList<>();
  private final GgufFile file;
  private final Transformer model;

  FailedPassTest(@TempDir Path directory) {
    file = GgufFile.open(TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf")));
    model = Transformer.load(file, PASSES_OF_32, failing.kernels());
  }

  @AfterEach
  void close() {
    caches.forEach(KvCache::close);
    model.close();
    file.close();
    pool.close();
  }

  /** Forty tokens are a pass of 32, which is done, and one of eight, which fails. */
  @ParameterizedTest
  @EnumSource(Place.class)
  void prefill_failsInTheSecondLayerOfTheSecondPass_isAsIfItHadNeverBeen(Place place) {
    int[] prompt = tokens(40, 2);
    KvCache cache = read(20);
    int before = LAYERS * 32 + 8 + 3;
    failing.failAt(place, place == Place.BEHIND_THAT ? before : TURNS_A_TOKEN * before);
    assertFails(() -> model.prefill(cache, prompt, Observe.lastLogits()));

    assertThat(cache.length()).isEqualTo(20);
    assertSlots(cache, 20);
    KvCache fresh = read(20);
    assertThat(model.prefill(cache, prompt, Observe.lastLogits()).logits())
        .containsExactly(model.prefill(fresh, prompt, Observe.lastLogits()).logits());
    assertSame(cache, fresh);
    assertThat(model.decode(cache, 7)).containsExactly(model.decode(fresh, 7));
  }

  /** Positions of its own lie below the length, where cutting by position would find nothing. */
  @ParameterizedTest
  @EnumSource(Place.class)
  void forward_ofABatchFails_everyCacheIsAsItWasWhateverThePositions(Place place) {
    KvCache next = read(20);
    KvCache own = ragged();
    int before = 23 + 20;
    failing.failAt(place, place == Place.BEHIND_THAT ? before : TURNS_A_TOKEN * before);
    assertFails(() -> model.forward(batch(next, own)));

    assertSlots(next, 20);
    KvCache freshNext = read(20);
    KvCache freshOwn = ragged();
    assertSame(own, freshOwn);
    List<Forward> got = model.forward(batch(next, own));
    List<Forward> wanted = model.forward(batch(freshNext, freshOwn));
    for (int i = 0; i < wanted.size(); i++) {
      assertThat(got.get(i).logits()).containsExactly(wanted.get(i).logits());
    }
    assertSame(next, freshNext);
    assertSame(own, freshOwn);
  }

  private static List<Step> batch(KvCache next, KvCache own) {
    int[] positions = IntStream.range(50, 60).map(i -> 2 * i).toArray();
    return List.of(
        Step.next(next, tokens(13, 3), Observe.lastLogits()),
        new Step(own, tokens(10, 4), positions, Observe.lastLogits()));
  }

  @Test
  void forward_viewFailsInTheSecondLayer_isAsIfItHadNeverBeen() {
    KvCache cache = read(20);
    KvView view =
        (layer, meanQueries) -> {
          if (layer == 1) {
            throw new IllegalStateException("planted");
          }
          return List.of();
        };
    Step step = Step.next(cache, tokens(5, 5), Observe.nothing()).with(view);

    assertThatThrownBy(() -> model.forward(List.of(step))).hasMessage("planted");
    assertThat(cache.length()).isEqualTo(20);
    assertSlots(cache, 20);
    assertSame(cache, read(20));
  }

  @Test
  void forwardThrough_fails_leavesNothingAndTruncatingGivesItsPagesBack() {
    KvCache cache = cache();
    failing.failAt(Place.BEHIND_THAT, 5);
    Step step = Step.next(cache, tokens(20, 6), Observe.nothing());
    assertFails(() -> model.forwardThrough(1, step));

    assertSlots(cache, 0);
    assertThat(pool.usedBytes()).isPositive();
    cache.truncate(0);
    assertThat(pool.usedBytes()).isZero();
  }

  private static void assertFails(ThrowingCallable pass) {
    assertThatThrownBy(pass).isInstanceOf(OutOfMemoryError.class).hasMessage("planted");
  }

  private KvCache cache() {
    var cache = new KvCache(model.kvShape(), KvType.F32, pool);
    caches.add(cache);
    return cache;
  }

  private KvCache read(int tokens) {
    KvCache cache = cache();
    model.prefill(cache, tokens(tokens, 1), Observe.nothing());
    return cache;
  }

  /** Heads of other lengths than their neighbours', and a next token far behind them. */
  private KvCache ragged() {
    KvCache cache = read(20);
    cache.keep(0, 1, new int[] {0, 1, 17});
    cache.keep(1, 0, IntStream.range(2, 18).toArray());
    cache.length(500);
    return cache;
  }

  private void assertSlots(KvCache cache, int slots) {
    for (int head = 0; head < model.kvShape().heads(); head++) {
      assertThat(cache.slots(head / 2, head % 2)).as("head %d", head).isEqualTo(slots);
    }
  }

  private void assertSame(KvCache one, KvCache other) {
    assertThat(one.length()).isEqualTo(other.length());
    for (int head = 0; head < model.kvShape().heads(); head++) {
      int layer = head / 2;
      int kvHead = head % 2;
      assertThat(one.positions(layer, kvHead)).containsExactly(other.positions(layer, kvHead));
      assertThat(numbers(one, layer, kvHead)).containsExactly(numbers(other, layer, kvHead));
    }
  }

  private static float[] numbers(KvCache cache, int layer, int kvHead) {
    int slots = cache.slots(layer, kvHead);
    var keys = new float[slots * cache.shape().headDim()];
    var values = new float[keys.length];
    cache.readKeys(layer, kvHead, 0, slots, keys);
    cache.readValues(layer, kvHead, 0, slots, values);
    float[] all = Arrays.copyOf(keys, 2 * keys.length);
    System.arraycopy(values, 0, all, keys.length, values.length);
    return all;
  }

  private static int[] tokens(int count, long seed) {
    return new SplittableRandom(seed).ints(count, 3, 250).toArray();
  }
}
