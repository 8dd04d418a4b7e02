package io.madeleine.conversation.completion;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.pause.PauseOptions;
import io.madeleine.memory.pause.ToolPauses;
import io.madeleine.memory.retention.RetentionPolicy;
import io.madeleine.memory.store.KvOrigin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Eight caches fill the memory; copies of the next victims are made before they have to go. */
final class CopyAheadTest {

  private static final KvShape SHAPE = new KvShape(1, 1, 8);
  private static final Tenant ACME = new Tenant("acme");
  private static final int TOKENS = 32;
  private static final long BYTES = SHAPE.bytes(TOKENS, KvType.F32);
  private static final List<String> PROGRAMS = List.of("a", "b", "c", "d", "e", "f", "g", "h");

  @TempDir Path directory;
  private final AtomicLong now = new AtomicLong();
  private final AtomicReference<Runnable> whileCopying = new AtomicReference<>(() -> {});
  private final PagePool pool = new PagePool(8 * BYTES);
  private ParkedCaches parked;
  private PrefixCaches caches;

  @BeforeEach
  void fill() {
    parked = parked(1 << 20);
    caches = caches(parked);
    PROGRAMS.forEach(program -> give(program, TOKENS));
  }

  @AfterEach
  void close() {
    caches.close();
    pool.close();
  }

  private ParkedCaches parked(long diskBytes) {
    return new ParkedCaches(
        directory,
        diskBytes,
        KvType.F32,
        Instant.EPOCH,
        tenant -> {
          if (!Thread.holdsLock(caches)) {
            whileCopying.getAndSet(() -> {}).run();
          }
          return new KvOrigin(tenant, "model", "rope", SHAPE);
        });
  }

  private PrefixCaches caches(ParkedCaches disk) {
    var pauses =
        new ToolPauses(
            new PauseOptions(
                new RetentionPolicy.Fixed(10), new RetentionPolicy.Fixed(60), 1 << 20, 1_800, 0),
            now::get);
    return new PrefixCaches(
        SHAPE, KvType.F32, pool, pauses, new RetentionPolicy.Lru(), Optional.of(disk), now::get);
  }

  @Test
  void copyAhead_memoryWasNeverShort_writesNothing() {
    caches.copyAhead();

    assertThat(caches.diskBytes()).isZero();
  }

  @Test
  void copyAhead_afterAShortage_writesOneAtATimeUntilAQuarterIsToBeHadAtOnce() throws IOException {
    assertThat(caches.dropOne()).isTrue();
    assertThat(written()).as("nobody knew").isEqualTo(1);

    for (int i = 0; i < 5; i++) {
      caches.copyAhead();
      assertThat(written()).as("one is free, and one more makes a quarter").isEqualTo(2);
    }
    assertThat(resident()).containsExactly("b", "c", "d", "e", "f", "g", "h");

    for (int shortages = 1; shortages < 4; shortages++) {
      give("more" + shortages, TOKENS);
      assertThat(caches.dropOne()).isTrue();
      assertThat(written()).as("it was there already").isEqualTo(1 + shortages);
      caches.copyAhead();
      assertThat(written()).isEqualTo(2 + shortages);
    }
    assertThat(resident()).containsExactly("e", "f", "g", "h");
  }

  @Test
  void copyAhead_aCopiedCacheGrew_isCopiedOnceMore() {
    caches.dropOne();
    caches.copyAhead();
    assertThat(copied("b", TOKENS)).isTrue();
    KvCache again = caches.take(ACME, line("b", TOKENS + 1)).cache();
    append(again, TOKENS + 1);
    caches.give(key("b"), line("b", TOKENS + 1), again);
    PROGRAMS.subList(2, 8).forEach(program -> caches.close(key(program)));
    PROGRAMS.subList(2, 8).forEach(program -> give("other " + program, TOKENS));

    caches.copyAhead();

    assertThat(copied("b", TOKENS + 1)).isTrue();
  }

  /** Each turn leaves one more where the next prompt is no pure extension of the last. */
  @Test
  void copyAhead_programsHaveManyCaches_eachThatGoesNextIsCopied() throws IOException {
    caches.forget(ACME);
    for (int turn = 0; turn < 8; turn++) {
      for (String program : List.of("a", "b")) {
        give(key(program), program + turn, 16);
      }
    }
    assertThat(pool.usedBytes()).isEqualTo(pool.byteBudget());
    caches.dropOne();

    for (int i = 0; i < 5; i++) {
      caches.copyAhead();
    }
    assertThat(written()).as("one is free, and three more make a quarter").isEqualTo(4);
    for (int i = 0; i < 3; i++) {
      caches.dropOne();
      assertThat(written()).as("it was there already").isEqualTo(4);
    }
  }

  /** It can be had at once all the same: there is nothing to write. */
  @Test
  void copyAhead_doesNotFitTheDisk_isTriedOnceAndTheNextOneIsCopied() {
    caches.forget(ACME);
    caches.close();
    parked = parked(BYTES / 2 + BYTES / 4);
    caches = caches(parked);
    give("tiny", 16);
    give("large", TOKENS);
    give("small", 16);
    PROGRAMS.subList(0, 6).forEach(program -> give(program, TOKENS));
    caches.dropOne();

    caches.copyAhead();
    assertThat(copied("large", TOKENS)).isFalse();
    assertThat(copied("small", 16)).isFalse();
    caches.copyAhead();
    assertThat(copied("large", TOKENS)).isFalse();
    assertThat(copied("small", 16)).isTrue();
    caches.copyAhead();
    assertThat(resident()).containsExactly("a", "b", "c", "d", "e", "f");
  }

  /** Its copy holds its pages, so that dropping it would give nothing back. */
  @Test
  void dropOne_whileTheNextVictimIsCopied_takesAnother() {
    caches.dropOne();
    var left = new AtomicReference<List<String>>(List.of());
    whileCopying.set(
        () -> {
          caches.dropOne();
          left.set(resident());
        });

    caches.copyAhead();

    assertThat(left.get()).containsExactly("b", "d", "e", "f", "g", "h");
    caches.dropOne();
    assertThat(resident()).containsExactly("d", "e", "f", "g", "h");
  }

  private boolean copied(String program, int tokens) {
    return parked.has(key(program), line(program, tokens));
  }

  private List<String> resident() {
    return PROGRAMS.stream().filter(program -> caches.isResident(key(program))).toList();
  }

  private long written() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("spans"))) {
      return files.filter(Files::isRegularFile).count();
    }
  }

  private void give(String program, int tokens) {
    give(key(program), program, tokens);
  }

  private void give(ConversationKey program, String begins, int tokens) {
    var cache = new KvCache(SHAPE, KvType.F32, pool);
    append(cache, tokens);
    now.addAndGet(1_000_000_000);
    caches.give(program, line(begins, tokens), cache);
  }

  private static void append(KvCache cache, int upTo) {
    for (int at = cache.length(); at < upTo; at++) {
      float[] numbers = new float[SHAPE.headDim()];
      Arrays.fill(numbers, at + 0.5f);
      cache.append(0, 0, numbers, numbers, at);
    }
  }

  private static int[] line(String program, int tokens) {
    return IntStream.range(0, tokens).map(i -> program.hashCode() + i * 7).toArray();
  }

  private static ConversationKey key(String id) {
    return new ConversationKey(ACME, id);
  }
}
