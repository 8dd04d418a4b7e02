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
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SchedulerTest {

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
  void submit_manyAtOnce_eachWritesWhatItWritesAlone() {
    var alone = new ArrayList<List<Integer>>();
    for (int i = 0; i < 12; i++) {
      alone.add(writeAlone(prompt(i), 20));
    }
    try (var memory = new Memory(1 << 26);
        var scheduler = scheduler(new SchedulerOptions(5, 100, 16), Pressure.NONE)) {
      var tickets = new ArrayList<Ticket>();
      var writers = new ArrayList<Greedy>();
      for (int i = 0; i < 12; i++) {
        var greedy = new Greedy(20);
        writers.add(greedy);
        tickets.add(scheduler.submit(new Job(cache(memory), prompt(i), i, greedy)));
      }
      for (int i = 0; i < 12; i++) {
        Ticket.Outcome outcome = tickets.get(i).await();
        assertThat(outcome.tokensRead()).isEqualTo(prompt(i).length);
        assertThat(outcome.tokensWritten()).isEqualTo(20);
        assertThat(writers.get(i).written).isEqualTo(alone.get(i));
      }
    }
  }

  @Test
  void submit_finishedJob_leavesReadAndWrittenTokensInTheCache() {
    try (var memory = new Memory(1 << 26);
        var scheduler = scheduler(SchedulerOptions.DEFAULT, Pressure.NONE)) {
      KvCache cache = cache(memory);
      scheduler.submit(new Job(cache, prompt(3), 0, new Greedy(7))).await();

      assertThat(cache.length()).isEqualTo(prompt(3).length + 7);
    }
  }

  @Test
  void submit_tooManyWaiting_refusesAndSaysWhenToTryAgain() throws InterruptedException {
    var started = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    try (var memory = new Memory(1 << 26);
        var scheduler = scheduler(new SchedulerOptions(1, 2, 16), Pressure.NONE)) {
      Ticket first =
          scheduler.submit(
              new Job(
                  cache(memory),
                  prompt(0),
                  0,
                  logits -> {
                    started.countDown();
                    awaitQuietly(goOn);
                    return OptionalInt.empty();
                  }));
      assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
      scheduler.submit(new Job(cache(memory), prompt(1), 1, Decoder.NONE));
      scheduler.submit(new Job(cache(memory), prompt(2), 2, Decoder.NONE));

      assertThatThrownBy(() -> scheduler.submit(new Job(cache(memory), prompt(3), 3, Decoder.NONE)))
          .isInstanceOf(OverloadedException.class)
          .hasMessageContaining("1 jobs run and 2 wait")
          .hasMessageContaining("try again in about");
      goOn.countDown();
      first.await();
    }
  }

  @Test
  void submit_whileSomebodyRuns_servesResidentsFirstThenWhoseProgramCameFirst() throws Exception {
    var started = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var served = new ArrayList<String>();
    try (var memory = new Memory(1 << 26);
        var scheduler = scheduler(new SchedulerOptions(1, 9, 16), Pressure.NONE)) {
      KvCache known = cache(memory);
      KvCache knownToo = cache(memory);
      scheduler.submit(new Job(known, prompt(1), 0, Decoder.NONE)).await();
      scheduler.submit(new Job(knownToo, prompt(1), 0, Decoder.NONE)).await();
      scheduler.submit(
          new Job(
              cache(memory),
              prompt(0),
              0,
              logits -> {
                started.countDown();
                awaitQuietly(goOn);
                return OptionalInt.empty();
              }));
      assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
      List<Ticket> tickets =
          List.of(
              scheduler.submit(noting(served, "late program", cache(memory), 7)),
              scheduler.submit(noting(served, "early program", cache(memory), 3)),
              scheduler.submit(noting(served, "late, its cache is there", knownToo, 9)),
              scheduler.submit(noting(served, "early, its cache is there", known, 8)));
      goOn.countDown();
      tickets.forEach(Ticket::await);
    }
    assertThat(served)
        .containsExactly(
            "early, its cache is there",
            "late, its cache is there",
            "early program",
            "late program");
  }

  private static Job noting(List<String> served, String name, KvCache cache, long arrival) {
    return new Job(
        cache,
        prompt(0),
        arrival,
        logits -> {
          served.add(name);
          return OptionalInt.empty();
        });
  }

  /** A prompt of 96 tokens is read 16 a step: meanwhile whoever writes gets a token each step. */
  @Test
  void submit_longPromptBesideAWriter_theWriterGoesOnWithEveryStep() {
    try (var memory = new Memory(1 << 26);
        var scheduler = scheduler(new SchedulerOptions(2, 9, 17), Pressure.NONE)) {
      var tokensBefore = new ArrayList<Integer>();
      var written = new ArrayList<Integer>();
      var reader = new Ticket[1];
      Ticket writer =
          scheduler.submit(
              new Job(
                  cache(memory),
                  prompt(0),
                  0,
                  logits -> {
                    written.add(1);
                    if (written.size() == 2) {
                      reader[0] =
                          scheduler.submit(
                              new Job(
                                  cache(memory),
                                  new int[96],
                                  1,
                                  more -> {
                                    tokensBefore.add(written.size());
                                    return OptionalInt.empty();
                                  }));
                    }
                    return written.size() == 40 ? OptionalInt.empty() : OptionalInt.of(1);
                  }));
      writer.await();
      reader[0].await();

      // Six steps of reading, and the writer wrote in each of them.
      assertThat(tokensBefore.getFirst()).isBetween(2 + 5, 2 + 7);
    }
  }

  @Test
  void cancel_runningJob_endsItBeforeItsNextToken() {
    try (var memory = new Memory(1 << 26);
        var scheduler = scheduler(SchedulerOptions.DEFAULT, Pressure.NONE)) {
      var written = new ArrayList<Integer>();
      var ticket = new Ticket[1];
      var handed = new CountDownLatch(1);
      ticket[0] =
          scheduler.submit(
              new Job(
                  cache(memory),
                  prompt(0),
                  0,
                  logits -> {
                    awaitQuietly(handed);
                    written.add(1);
                    if (written.size() == 5) {
                      ticket[0].cancel();
                    }
                    return OptionalInt.of(1);
                  }));
      handed.countDown();

      assertThatThrownBy(ticket[0]::await).isInstanceOf(CancellationException.class);
      assertThat(written).hasSize(5);
    }
  }

  @Test
  void submit_notEnoughMemoryForAll_makesTheLastOnesWaitAndStillWritesTheSame() {
    List<Integer> alone = writeAlone(prompt(5), 40);
    try (var memory = new Memory(3 * roomFor(prompt(5).length + 40));
        var scheduler = scheduler(new SchedulerOptions(8, 100, 32), Pressure.NONE)) {
      var writers = new ArrayList<Greedy>();
      var tickets = new ArrayList<CompletableFuture<Void>>();
      for (int i = 0; i < 6; i++) {
        var greedy = new Greedy(40);
        KvCache cache = cache(memory);
        writers.add(greedy);
        Ticket ticket = scheduler.submit(new Job(cache, prompt(5), i, greedy));
        tickets.add(ticket.done().thenAccept(outcome -> cache.close()));
      }
      tickets.forEach(CompletableFuture::join);

      writers.forEach(writer -> assertThat(writer.written).isEqualTo(alone));
      assertThat(scheduler.load().preemptions()).isPositive();
    }
  }

  /** Three grow at the same pace, and there are five pages a head: the last one steps back. */
  @Test
  void cancel_afterSomebodyHadToStepBack_letsHimGoOnBesideTheOther() {
    var order = new ArrayList<String>();
    var allAreIn = new CountDownLatch(1);
    var more = new AtomicInteger(5);
    var second = new Ticket[1];
    try (var memory = new Memory(5 * roomFor(KvType.PAGE_TOKENS));
        var scheduler = scheduler(new SchedulerOptions(8, 9, 32), Pressure.NONE)) {
      Decoder cancelsTheSecond =
          logits -> {
            awaitQuietly(allAreIn);
            if (scheduler.load().preemptions() == 0) {
              return OptionalInt.of(1);
            }
            second[0].cancel();
            if (more.getAndDecrement() > 0) {
              return OptionalInt.of(1);
            }
            order.add("the first has written all");
            return OptionalInt.empty();
          };
      Decoder stepsBack =
          logits -> {
            if (scheduler.load().preemptions() == 0) {
              return OptionalInt.of(1);
            }
            order.add("the third goes on");
            return OptionalInt.empty();
          };
      Ticket first = scheduler.submit(new Job(cache(memory), new int[14], 0, cancelsTheSecond));
      KvCache leaves = cache(memory);
      second[0] = scheduler.submit(new Job(leaves, new int[14], 1, logits -> OptionalInt.of(1)));
      var left = second[0].done().whenComplete((outcome, why) -> leaves.close());
      Ticket third = scheduler.submit(new Job(cache(memory), new int[14], 2, stepsBack));
      allAreIn.countDown();
      first.await();
      third.await();

      assertThat(left).isCompletedExceptionally();
      assertThat(order).containsExactly("the third goes on", "the first has written all");
      assertThat(scheduler.load().preemptions()).isOne();
    }
  }

  @Test
  void submit_moreThanMemoryHoldsAlone_failsAndLetsOthersGoOn() {
    try (var memory = new Memory(roomFor(32));
        var scheduler = scheduler(SchedulerOptions.DEFAULT, Pressure.NONE)) {
      KvCache tooLong = cache(memory);
      Ticket failing = scheduler.submit(new Job(tooLong, new int[500], 0, Decoder.NONE));

      assertThatThrownBy(failing::await).isInstanceOf(PoolExhaustedException.class);
      tooLong.close();
      assertThat(scheduler.submit(new Job(cache(memory), prompt(0), 1, new Greedy(2))).await())
          .isNotNull();
    }
  }

  @Test
  void submit_somebodyCanGiveMemoryBack_isAskedBeforeAnybodyWaits() {
    try (var memory = new Memory(roomFor(64))) {
      KvCache idle = cache(memory);
      model.prefill(idle, new int[48], Observe.nothing());
      try (var scheduler =
          scheduler(
              SchedulerOptions.DEFAULT,
              () -> {
                boolean had = idle.length() > 0;
                idle.truncate(0);
                return had;
              })) {
        scheduler.submit(new Job(cache(memory), new int[50], 0, Decoder.NONE)).await();

        assertThat(scheduler.load().preemptions()).isZero();
        assertThat(idle.length()).isZero();
      }
    }
  }

  @Test
  void submit_decoderFails_failsItsJobAlone() {
    try (var memory = new Memory(1 << 26);
        var scheduler = scheduler(SchedulerOptions.DEFAULT, Pressure.NONE)) {
      Ticket failing =
          scheduler.submit(
              new Job(
                  cache(memory),
                  prompt(0),
                  0,
                  logits -> {
                    throw new IllegalArgumentException("planted");
                  }));
      Ticket fine = scheduler.submit(new Job(cache(memory), prompt(1), 1, new Greedy(3)));

      assertThatThrownBy(failing::await).hasMessage("planted");
      assertThat(fine.await().tokensWritten()).isEqualTo(3);
    }
  }

  @Test
  void submit_longPrompt_isObservedChunkByChunk() {
    var firsts = new ArrayList<Integer>();
    try (var memory = new Memory(1 << 26);
        var scheduler = scheduler(new SchedulerOptions(1, 1, 16), Pressure.NONE)) {
      scheduler
          .submit(
              new Job(
                  cache(memory),
                  new int[40],
                  0,
                  Decoder.NONE,
                  Observe.of(Observe.Signal.SURPRISAL),
                  (first, forward) -> {
                    firsts.add(first);
                    assertThat(forward.surprisal()).hasSize(forward.tokens());
                    assertThat(forward.surprisalOf(0)).isPositive();
                  }))
          .await();
    }

    assertThat(firsts).containsExactly(0, 16, 32);
  }

  @Test
  void close_jobsUnderWay_failTheirTickets() {
    var memory = new Memory(1 << 26);
    Ticket endless;
    try (var scheduler = scheduler(SchedulerOptions.DEFAULT, Pressure.NONE)) {
      endless = scheduler.submit(new Job(cache(memory), prompt(0), 0, logits -> OptionalInt.of(1)));
    }

    assertThatThrownBy(endless::await).hasMessageContaining("closed");
    memory.close();
  }

  private Scheduler scheduler(SchedulerOptions options, Pressure pressure) {
    return new Scheduler(model, options, pressure);
  }

  private KvCache cache(Memory memory) {
    var cache = new KvCache(model.kvShape(), KvType.F32, memory.pool);
    memory.caches.add(cache);
    return cache;
  }

  private long roomFor(int tokens) {
    return model.kvShape().bytes(tokens, KvType.F32);
  }

  private List<Integer> writeAlone(int[] prompt, int tokens) {
    try (var memory = new Memory(1 << 26);
        KvCache cache = cache(memory)) {
      var greedy = new Greedy(tokens);
      float[] logits = model.prefill(cache, prompt, Observe.lastLogits()).logits();
      for (OptionalInt next = greedy.next(logits); next.isPresent(); next = greedy.next(logits)) {
        logits = model.decode(cache, next.getAsInt());
      }
      return greedy.written;
    }
  }

  private static int[] prompt(int number) {
    int[] tokens = new int[5 + 7 * number];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = (31 * i + 17 * number) % TinyModel.BYTES;
    }
    return tokens;
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Writes the likeliest token, so many times. */
  private static final class Greedy implements Decoder {
    private final int tokens;
    private final List<Integer> written = new ArrayList<>();

    Greedy(int tokens) {
      this.tokens = tokens;
    }

    @Override
    public OptionalInt next(float[] logits) {
      if (written.size() == tokens) {
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

  /** A pool, and the caches that live in it. */
  private static final class Memory implements AutoCloseable {
    private final PagePool pool;
    private final List<KvCache> caches = new ArrayList<>();

    Memory(long byteBudget) {
      pool = new PagePool(byteBudget);
    }

    @Override
    public void close() {
      caches.forEach(KvCache::close);
      pool.close();
    }
  }
}
