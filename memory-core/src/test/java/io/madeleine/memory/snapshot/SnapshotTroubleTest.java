package io.madeleine.memory.snapshot;

import static io.madeleine.memory.snapshot.Snapshots.filled;
import static io.madeleine.memory.snapshot.Snapshots.header;
import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.store.TenantKeys;
import io.madeleine.testing.Interrupted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bad moment, or a budget that is nearly spent, costs nobody a good snapshot. */
final class SnapshotTroubleTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "tea");
  private static final ConversationKey OTHER = ConversationKey.of("ben", "tea");
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir private Path directory;
  private final PagePool pool = new PagePool(1 << 24);

  @AfterEach
  void closePool() {
    pool.close();
  }

  @Test
  void saveAndFind_onAnInterruptedThread_doAsEver() throws Exception {
    SnapshotStore store = store(1 << 20, NOW);
    try (KvCache cache = filled(pool, KvType.F16, 37)) {
      Optional<String> why =
          Interrupted.during(() -> store.save(header(KEY, KvType.F16, 37), cache));
      assertThat(why).isEmpty();
    }
    assertThat(Interrupted.during(() -> there(store, KEY))).isTrue();
  }

  @Test
  void find_fileCannotBeRead_staysForTheNextTime() throws IOException {
    SnapshotStore store = saved(1 << 20);
    assertFindsItOnceItIsBack(store, only(".kv"));
  }

  @Test
  void find_keyCannotBeRead_staysForTheNextTime() throws IOException {
    SnapshotStore store = saved(1 << 20);
    assertFindsItOnceItIsBack(store, only(".key"));
  }

  private void assertFindsItOnceItIsBack(SnapshotStore store, Path file) throws IOException {
    Path away = Files.move(file, directory.resolve("away"));
    Files.createDirectory(file); // can be opened, and reading it fails
    assertThat(store.find(KEY, "model", KvType.F16, pool))
        .isInstanceOfSatisfying(
            Found.Unusable.class,
            found -> assertThat(found.why()).contains("at the moment", "directory"));
    Files.delete(file);
    Files.move(away, file);

    assertThat(there(store, KEY)).isTrue();
  }

  @Test
  void save_numbersFitTheBudgetAndTheFileDoesNot_isRefusedAndTheOthersStay() {
    try (KvCache cache = filled(pool, KvType.F16, 37);
        KvCache small = filled(pool, KvType.F16, 1)) {
      SnapshotStore store = store(cache.bytes() + 1, NOW);
      assertThat(store.save(header(OTHER, KvType.F16, 1), small)).isEmpty();

      assertThat(store.save(header(KEY, KvType.F16, 37), cache))
          .hasValueSatisfying(why -> assertThat(why).contains("raise the budget"));
      assertThat(there(store, OTHER)).isTrue();
    }
  }

  @Test
  void save_budgetOfExactlyItsFile_isSaved() throws IOException {
    saved(1 << 20);
    long bytes = Files.size(only(".kv"));
    Files.delete(only(".kv"));
    assertThat(there(saved(bytes), KEY)).isTrue();
    Files.delete(only(".kv"));
    try (KvCache cache = filled(pool, KvType.F16, 37)) {
      assertThat(store(bytes - 1, NOW).save(header(KEY, KvType.F16, 37), cache)).isPresent();
    }
  }

  @Test
  void save_clockWasSetBack_theOneJustSavedStays() {
    SnapshotStore before = saved(1 << 20);
    SnapshotStore after = store(before.bytes() + 100, NOW.minus(Duration.ofHours(1)));
    try (KvCache cache = filled(pool, KvType.F16, 37)) {
      assertThat(after.save(header(OTHER, KvType.F16, 37), cache)).isEmpty();
    }
    assertThat(there(after, OTHER)).isTrue();
    assertThat(there(after, KEY)).isFalse();
  }

  @Test
  void save_directoryIsFull_makesRoomBeforeItWrites() {
    SnapshotStore before = saved(1 << 20);
    var watching = new Watching(before::bytes);
    SnapshotStore store = store(before.bytes() + 100, NOW.plusSeconds(1), watching);
    try (KvCache cache = filled(pool, KvType.F16, 37)) {
      assertThat(store.save(header(OTHER, KvType.F16, 37), cache)).isEmpty();
    }
    assertThat(watching.most).as("bytes there before the first was written").isZero();
  }

  @Test
  void save_anotherIsSavedAsItMovesThere_oneOfTheTwoStays() {
    long one = saved(1 << 20).bytes();
    store(1 << 20, NOW).remove(KEY);
    var other = new AtomicReference<Runnable>(() -> {});
    // The time is asked when a file is whole, and room is not made again yet.
    InstantSource time =
        () -> {
          other.getAndSet(() -> {}).run();
          return NOW;
        };
    var store =
        new SnapshotStore(
            directory.resolve("snapshots"),
            new TenantKeys(directory.resolve("keys"), new SecureRandom()),
            one + one / 2,
            time.withZone(ZoneOffset.UTC));
    try (KvCache cache = filled(pool, KvType.F16, 37)) {
      other.set(() -> assertThat(store.save(header(OTHER, KvType.F16, 37), cache)).isEmpty());
      assertThat(store.save(header(KEY, KvType.F16, 37), cache)).isEmpty();
    }
    assertThat(List.of(there(store, KEY), there(store, OTHER))).containsOnlyOnce(true);
  }

  @Test
  void save_anotherIsHalfWritten_leavesItsHalf() {
    int tokens = 10_000; // three blocks
    var other = new AtomicReference<Runnable>(() -> {});
    SnapshotStore all = store(1 << 24, NOW);
    var random =
        new Watching(
            () -> {
              if (all.bytes() > 2 << 20) {
                other.getAndSet(() -> {}).run();
              }
              return 0;
            });
    SnapshotStore store = store(3 << 20, NOW, random);
    try (KvCache cache = filled(pool, KvType.F16, tokens);
        KvCache second = filled(pool, KvType.F16, tokens)) {
      var ran = new AtomicBoolean();
      other.set(
          () -> {
            ran.set(true);
            assertThat(store.save(header(OTHER, KvType.F16, tokens), second)).isEmpty();
          });
      assertThat(store.save(header(KEY, KvType.F16, tokens), cache)).isEmpty();
      assertThat(ran).isTrue();
    }
    assertThat(there(store, KEY)).isTrue();
    assertThat(there(store, OTHER)).isFalse();
  }

  /** Is asked for a nonce whenever a block is about to be written. */
  private static final class Watching extends SecureRandom {
    private static final long serialVersionUID = 1;
    private final transient LongSupplier bytesThere;
    private long most = -1;

    private Watching(LongSupplier bytesThere) {
      this.bytesThere = bytesThere;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      most = Math.max(most, bytesThere.getAsLong());
      super.nextBytes(bytes);
    }
  }

  private SnapshotStore saved(long budget) {
    SnapshotStore store = store(budget, NOW);
    try (KvCache cache = filled(pool, KvType.F16, 37)) {
      assertThat(store.save(header(KEY, KvType.F16, 37), cache)).isEmpty();
    }
    return store;
  }

  private SnapshotStore store(long budget, Instant now) {
    return store(budget, now, new SecureRandom());
  }

  private SnapshotStore store(long budget, Instant now, SecureRandom random) {
    return new SnapshotStore(
        directory.resolve("snapshots"),
        new TenantKeys(directory.resolve("keys"), random),
        budget,
        Clock.fixed(now, ZoneOffset.UTC));
  }

  private boolean there(SnapshotStore store, ConversationKey key) {
    if (store.find(key, "model", KvType.F16, pool) instanceof Found.Whole whole) {
      whole.cache().close();
      return true;
    }
    return false;
  }

  private Path only(String suffix) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(suffix)).findFirst().orElseThrow();
    }
  }
}
