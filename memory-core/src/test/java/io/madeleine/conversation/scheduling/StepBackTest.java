package io.madeleine.conversation.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.kv.PoolExhaustedException;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Transformer;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that come with what they know already, and together need more than there is. */
final class StepBackTest {

  private static final int HELD = 4 * KvType.PAGE_TOKENS;
  private static final int WRITTEN = 2 * KvType.PAGE_TOKENS;
  private static final int[] NEW = tokens(3, 5);

  /** Of a head, of one job from its first token to its last. */
  private static final int PAGES_OF_ONE = 7;

  /** Tokens that just fit beside what another holds, where there are as many pages as that. */
  private static final int BESIDE = (PAGES_OF_ONE - 4) * KvType.PAGE_TOKENS;

  @TempDir Path directory;
  private GgufFile file;
  private Transformer model;

  @BeforeEach
  void load() {
    file = GgufFile.open(TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf")));
    model = Transformer.load(file, new EngineOptions(1, /* warmUp= */ false));
  }

  @AfterEach
  void close() {
    model.close();
    file.close();
  }

  @Test
  void submit_bothComeWithWhatTheyKnow_eachWritesWhatItWritesAlone() {
    List<Integer> first = alone(1);
    List<Integer> second = alone(2);
    try (var pool = pool(10);
        KvCache one = known(1, pool);
        KvCache other = known(2, pool);
        var scheduler = scheduler(8)) {
      var bothAreIn = new CountDownLatch(1);
      var writes = new Greedy(bothAreIn);
      var waits = new Greedy(bothAreIn);
      Ticket front = scheduler.submit(new Job(one, tokens(1, HELD), NEW, 0, writes));
      Ticket behind = scheduler.submit(new Job(other, tokens(2, HELD), NEW, 1, waits));
      CompletableFuture<?> left = leaving(front, one);
      bothAreIn.countDown();
      left.join();
      behind.await();

      assertThat(writes.written).isEqualTo(first);
      assertThat(waits.written).isEqualTo(second);
      assertThat(scheduler.load().preemptions()).isOne();
      assertThat(other.length()).isEqualTo(HELD + NEW.length + WRITTEN);
    }
  }

  @Test
  void submit_pagesAreHeldByOneThatNeverRan_givesThemUpAndObservesWhatItWasToRead() {
    List<Integer> second = alone(2);
    var observed = new ArrayList<Integer>();
    try (var pool = pool(PAGES_OF_ONE);
        KvCache other = known(2, pool);
        var one = new KvCache(model.kvShape(), KvType.F32, pool);
        var scheduler = scheduler(1)) {
      var bothAreIn = new CountDownLatch(1);
      var waits = new Greedy(bothAreIn);
      var writes = new Greedy(bothAreIn);
      Ticket front = scheduler.submit(new Job(one, tokens(1, BESIDE), 0, writes));
      awaitQuietly(writes.writes);
      Ticket behind =
          scheduler.submit(
              new Job(
                  other,
                  tokens(2, HELD),
                  NEW,
                  1,
                  waits,
                  Observe.of(Observe.Signal.SURPRISAL),
                  (index, forward) -> {
                    observed.add(index);
                    observed.add(forward.tokens());
                  }));
      CompletableFuture<?> left = leaving(front, one);
      bothAreIn.countDown();
      left.join();
      Ticket.Outcome outcome = behind.await();

      assertThat(waits.written).isEqualTo(second);
      assertThat(observed).containsExactly(0, NEW.length);
      assertThat(outcome.tokensRead()).isEqualTo(HELD + NEW.length);
    }
  }

  @Test
  void cancel_ofOneThatGaveUpAllItHeld_leavesItsCacheEmpty() {
    try (var pool = pool(PAGES_OF_ONE);
        KvCache other = known(2, pool);
        var one = new KvCache(model.kvShape(), KvType.F32, pool);
        var scheduler = scheduler(1)) {
      var bothAreIn = new CountDownLatch(1);
      var runs = new CountDownLatch(1);
      var behind = new Ticket[1];
      var written = new AtomicInteger();
      Decoder writes =
          logits -> {
            runs.countDown();
            awaitQuietly(bothAreIn);
            if (written.incrementAndGet() <= WRITTEN) {
              return OptionalInt.of(1);
            }
            behind[0].cancel();
            return OptionalInt.empty();
          };
      Ticket front = scheduler.submit(new Job(one, tokens(1, BESIDE), 0, writes));
      awaitQuietly(runs);
      behind[0] =
          scheduler.submit(
              new Job(other, tokens(2, HELD), NEW, 1, new Greedy(new CountDownLatch(0))));
      bothAreIn.countDown();
      front.await();

      assertThatThrownBy(behind[0]::await).isInstanceOf(CancellationException.class);
      assertThat(other.length()).isZero();
    }
  }

  @Test
  void submit_nobodySaysWhatTheOtherHolds_itKeepsThatAndTheFirstFails() {
    try (var pool = pool(10);
        KvCache one = known(1, pool);
        KvCache other = known(2, pool);
        var scheduler = scheduler(8)) {
      var bothAreIn = new CountDownLatch(1);
      Ticket front = scheduler.submit(new Job(one, NEW, 0, new Greedy(bothAreIn)));
      Ticket behind = scheduler.submit(new Job(other, NEW, 1, new Greedy(bothAreIn)));
      CompletableFuture<?> left = leaving(front, one);
      bothAreIn.countDown();

      assertThatThrownBy(left::join).hasCauseInstanceOf(PoolExhaustedException.class);
      assertThat(behind.await().tokensWritten()).isEqualTo(WRITTEN);
    }
  }

  @Test
  void job_moreIsSaidToBeHeldThanIs_isRefused() {
    try (var pool = pool(PAGES_OF_ONE);
        KvCache cache = known(1, pool)) {
      assertThatThrownBy(() -> new Job(cache, new int[HELD + 1], NEW, 0, Decoder.NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("holds 64 tokens, but 65 were named");
    }
  }

  /** Gives the pages of a job back as soon as it is over, as its owner would. */
  private static CompletableFuture<?> leaving(Ticket ticket, KvCache cache) {
    return ticket.done().whenComplete((outcome, failure) -> cache.close());
  }

  private PagePool pool(int pagesOfAHead) {
    return new PagePool(model.kvShape().bytes(pagesOfAHead * KvType.PAGE_TOKENS, KvType.F32));
  }

  private Scheduler scheduler(int running) {
    return new Scheduler(model, new SchedulerOptions(running, 9, 32), Pressure.NONE);
  }

  private KvCache known(int number, PagePool pool) {
    var cache = new KvCache(model.kvShape(), KvType.F32, pool);
    model.prefill(cache, tokens(number, HELD), Observe.nothing());
    return cache;
  }

  private List<Integer> alone(int number) {
    try (var pool = pool(PAGES_OF_ONE);
        KvCache cache = known(number, pool);
        var scheduler = scheduler(1)) {
      var writer = new Greedy(new CountDownLatch(0));
      scheduler.submit(new Job(cache, NEW, 0, writer)).await();
      return writer.written;
    }
  }

  private static int[] tokens(int number, int count) {
    var tokens = new int[count];
    Arrays.setAll(tokens, i -> (31 * i + 17 * number) % TinyModel.BYTES);
    return tokens;
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Writes the likeliest token, once all have come. */
  private static final class Greedy implements Decoder {
    private final CountDownLatch writes = new CountDownLatch(1);
    private final CountDownLatch allAreIn;
    private final List<Integer> written = new ArrayList<>();

    Greedy(CountDownLatch allAreIn) {
      this.allAreIn = allAreIn;
    }

    @Override
    public OptionalInt next(float[] logits) {
      writes.countDown();
      awaitQuietly(allAreIn);
      if (written.size() == WRITTEN) {
        return OptionalInt.empty();
      }
      int best = 0;
      for (int i = 1; i < logits.length; i++) {
        best = logits[i] > logits[best] ? i : best;
      }
      written.add(best);
      return OptionalInt.of(best);
    }
  }
}
