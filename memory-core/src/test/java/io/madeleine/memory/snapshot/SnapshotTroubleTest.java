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
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bad moment costs nobody a good snapshot. */
final class SnapshotTroubleTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "tea");
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir private Path directory;
  private final PagePool pool = new PagePool(1 << 20);

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

  private SnapshotStore saved(long budget) {
    SnapshotStore store = store(budget, NOW);
    try (KvCache cache = filled(pool, KvType.F16, 37)) {
      assertThat(store.save(header(KEY, KvType.F16, 37), cache)).isEmpty();
    }
    return store;
  }

  private SnapshotStore store(long budget, Instant now) {
    return new SnapshotStore(
        directory.resolve("snapshots"),
        new TenantKeys(directory.resolve("keys"), new SecureRandom()),
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
