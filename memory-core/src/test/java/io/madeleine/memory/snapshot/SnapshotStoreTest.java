package io.madeleine.memory.snapshot;

import static io.madeleine.memory.snapshot.Snapshots.SHAPE;
import static io.madeleine.memory.snapshot.Snapshots.filled;
import static io.madeleine.memory.snapshot.Snapshots.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.kv.PoolExhaustedException;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.store.TenantKeys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

final class SnapshotStoreTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "tea");

  private final Path directory;
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  SnapshotStoreTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private SnapshotStore store(long byteBudget) {
    InstantSource ticking = () -> now = now.plus(Duration.ofMinutes(1));
    return new SnapshotStore(
        directory.resolve("snapshots"), keys(), byteBudget, ticking.withZone(ZoneOffset.UTC));
  }

  private TenantKeys keys() {
    return new TenantKeys(directory.resolve("keys"), new SecureRandom());
  }

  @ParameterizedTest
  @EnumSource(KvType.class)
  void find_whatWasSaved_isTheSameInEveryType(KvType type) {
    SnapshotStore store = store(1 << 20);
    try (var pool = new PagePool(1 << 20);
        KvCache cache = filled(pool, type, 37)) {
      assertThat(store.save(header(KEY, type, 37), cache)).isEmpty();
      Found found = store.find(KEY, "model", type, pool);

      assertThat(found).isInstanceOf(Found.Whole.class);
      if (found instanceof Found.Whole(SnapshotHeader header, KvCache restored)) {
        assertThat(header).isEqualTo(header(KEY, type, 37));
        float[] before = new float[37 * SHAPE.headDim()];
        float[] after = before.clone();
        cache.readKeys(1, 1, 0, 37, before);
        restored.readKeys(1, 1, 0, 37, after);
        assertThat(after).isEqualTo(before);
        restored.close();
      }
    }
  }

  @Test
  void find_everyByteDamagedInTurn_isNeverTrustedAndNoPageStaysTaken() throws Exception {
    SnapshotStore store = store(1 << 20);
    try (var pool = new PagePool(1 << 20)) {
      try (KvCache cache = filled(pool, KvType.F16, 5)) {
        store.save(header(KEY, KvType.F16, 5), cache);
      }
      Path file = only(".kv");
      byte[] whole = Files.readAllBytes(file);
      for (int at = 0; at < whole.length; at += 1 + at / 64) {
        byte[] damaged = whole.clone();
        damaged[at] ^= 1;
        Files.write(file, damaged);
        assertThat(store.find(KEY, "model", KvType.F16, pool)).isInstanceOf(Found.Unusable.class);
        assertThat(pool.usedBytes()).isZero();
      }
      Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 1));
      assertThat(store.find(KEY, "model", KvType.F16, pool)).isInstanceOf(Found.Unusable.class);
      assertThat(only(".damaged")).exists();
      assertThat(store.find(KEY, "model", KvType.F16, pool)).isInstanceOf(Found.Nothing.class);
    }
  }

  @Test
  void find_otherModelOrType_isForeign() {
    SnapshotStore store = store(1 << 20);
    try (var pool = new PagePool(1 << 20);
        KvCache cache = filled(pool, KvType.F16, 5)) {
      store.save(header(KEY, KvType.F16, 5), cache);

      assertThat(store.find(KEY, "another", KvType.F16, pool)).isInstanceOf(Found.Unusable.class);
      assertThat(store.find(KEY, "model", KvType.F32, pool)).isInstanceOf(Found.Unusable.class);
      assertThat(store.find(ConversationKey.of("ben", "tea"), "model", KvType.F16, pool))
          .isInstanceOf(Found.Nothing.class);
    }
  }

  @Test
  void save_moreThanTheBudget_theOldestGoFirst() {
    SnapshotStore store = store(30_000);
    try (var pool = new PagePool(1 << 20);
        KvCache cache = filled(pool, KvType.F16, 37)) {
      for (int i = 0; i < 10; i++) {
        var key = ConversationKey.of("ann", "number " + i);
        assertThat(store.save(header(key, KvType.F16, 37), cache)).isEmpty();
        assertThat(store.bytes()).isLessThanOrEqualTo(30_000);
      }
      assertThat(there(store, pool, 9)).isTrue();
      assertThat(there(store, pool, 0)).isFalse();
      assertThat(store(10).save(header(KEY, KvType.F16, 37), cache)).isPresent();
    }
  }

  private static boolean there(SnapshotStore store, PagePool pool, int number) {
    Found found =
        store.find(ConversationKey.of("ann", "number " + number), "model", KvType.F16, pool);
    if (found instanceof Found.Whole whole) {
      whole.cache().close();
      return true;
    }
    return false;
  }

  @Test
  void find_noRoomInMemory_whatIsSavedToMakeSomeDoesNotPushItOut() {
    try (var pool = new PagePool(1 << 20);
        var full = new PagePool(8 << 10);
        KvCache cache = filled(pool, KvType.F16, 37)) {
      store(1 << 20).save(header(KEY, KvType.F16, 37), cache);
      SnapshotStore two = store(store(1 << 20).bytes() * 5 / 2);
      two.save(header(ConversationKey.of("ann", "number 1"), KvType.F16, 37), cache);
      assertThatThrownBy(() -> two.find(KEY, "model", KvType.F16, full))
          .isInstanceOf(PoolExhaustedException.class);
      two.save(header(ConversationKey.of("ann", "number 2"), KvType.F16, 37), cache);

      Found found = two.find(KEY, "model", KvType.F16, pool);
      assertThat(found).isInstanceOf(Found.Whole.class);
      if (found instanceof Found.Whole whole) {
        whole.cache().close();
      }
      assertThat(there(two, pool, 1)).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("erasures")
  void remove_whatWasErased_leavesNoSnapshotThatMayHoldIt(Erasure erased) {
    SnapshotStore store = store(1 << 20);
    try (var pool = new PagePool(1 << 20);
        KvCache cache = filled(pool, KvType.F16, 5)) {
      store.save(header(KEY, KvType.F16, 5), cache);
      store.remove(erased);

      assertThat(store.find(KEY, "model", KvType.F16, pool)).isInstanceOf(Found.Nothing.class);
      assertThat(store.bytes()).isZero();
    }
  }

  static Stream<Erasure> erasures() {
    return Stream.of(
        new Erasure.OfTurn(KEY, 1),
        new Erasure.OfConversation(KEY),
        new Erasure.OfTenant(KEY.tenant()),
        new Erasure.OfTime(KEY.tenant(), Instant.EPOCH, Instant.EPOCH.plusSeconds(1)));
  }

  @Test
  void keepOnly_aLog_leavesWhatIsOfItsConversations() throws Exception {
    SnapshotStore store = store(1 << 20);
    ConversationKey forgotten = ConversationKey.of("ann", "coffee");
    ConversationKey left = ConversationKey.of("ben", "tea");
    try (var log = TurnLog.open(directory.resolve("log"), Clock.systemUTC());
        var pool = new PagePool(1 << 20);
        KvCache cache = filled(pool, KvType.F16, 5)) {
      var hello = new LoggedMessage(Instant.EPOCH, new ChatMessage.User("hello"));
      log.append(KEY, List.of(hello), Map.of());
      store.save(header(forgotten, KvType.F16, 5), cache);
      Path whole = only(".kv");
      Files.copy(whole, whole.resolveSibling(whole.getFileName() + ".damaged"));
      store.save(header(left, KvType.F16, 5), cache);
      store.save(header(KEY, KvType.F16, 5), cache);
      store.keepOnly(log);

      for (ConversationKey key : List.of(forgotten, left)) {
        assertThat(store.find(key, "model", KvType.F16, pool)).isInstanceOf(Found.Nothing.class);
      }
      assertThat(store.bytes()).isEqualTo(Files.size(only(".kv")));
      Found kept = store.find(KEY, "model", KvType.F16, pool);
      assertThat(kept).isInstanceOf(Found.Whole.class);
      ((Found.Whole) kept).cache().close();
    }
  }

  @Test
  void remove_aTenant_leavesTheOthers() {
    SnapshotStore store = new SnapshotStore(directory, keys(), 1 << 20, Clock.systemUTC());
    ConversationKey other = ConversationKey.of("ben", "tea");
    try (var pool = new PagePool(1 << 20);
        KvCache cache = filled(pool, KvType.F16, 5)) {
      store.save(header(KEY, KvType.F16, 5), cache);
      store.save(header(other, KvType.F16, 5), cache);
      store.remove(KEY.tenant());

      assertThat(store.find(KEY, "model", KvType.F16, pool)).isInstanceOf(Found.Nothing.class);
      Found left = store.find(other, "model", KvType.F16, pool);
      assertThat(left).isInstanceOf(Found.Whole.class);
      if (left instanceof Found.Whole whole) {
        whole.cache().close();
      }
    }
  }

  @Test
  void save_whatIsSaved_cannotBeReadInTheFile() throws Exception {
    SnapshotStore store = store(1 << 20);
    try (var pool = new PagePool(1 << 20);
        KvCache cache = filled(pool, KvType.F16, 5)) {
      store.save(header(KEY, KvType.F16, 5), cache);
    }
    String bytes = Files.readString(only(".kv"), StandardCharsets.ISO_8859_1);
    assertThat(bytes).doesNotContain("ann", "tea", "model", "hash:3", "MADKVSN1", "MDK1");
  }

  @Test
  void remove_aTenant_makesCopiesOfItsSnapshotsNoise() throws Exception {
    SnapshotStore store = store(1 << 20);
    try (var pool = new PagePool(1 << 20);
        KvCache cache = filled(pool, KvType.F16, 5)) {
      store.save(header(KEY, KvType.F16, 5), cache);
      Path file = only(".kv");
      byte[] backup = Files.readAllBytes(file);
      store.remove(KEY.tenant());
      Files.write(file, backup);
      assertThat(store.find(KEY, "model", KvType.F16, pool))
          .isInstanceOfSatisfying(
              Found.Unusable.class, found -> assertThat(found.why()).contains("key is gone"));

      // Also once the tenant came back and has a new key.
      store.save(header(ConversationKey.of("ann", "other"), KvType.F16, 5), cache);
      Files.write(file, backup);
      assertThat(store.find(KEY, "model", KvType.F16, pool)).isInstanceOf(Found.Unusable.class);
      assertThat(pool.usedBytes()).isEqualTo(cache.bytes());
    }
  }

  @Test
  void find_anotherConversationsFileUnderThisName_isNotOpened() throws Exception {
    SnapshotStore store = store(1 << 20);
    try (var pool = new PagePool(1 << 20);
        KvCache cache = filled(pool, KvType.F16, 5)) {
      store.save(header(ConversationKey.of("ann", "other"), KvType.F16, 5), cache);
      byte[] other = Files.readAllBytes(only(".kv"));
      store.remove(ConversationKey.of("ann", "other"));
      store.save(header(KEY, KvType.F16, 5), cache);
      Files.write(only(".kv"), other);
      assertThat(store.find(KEY, "model", KvType.F16, pool)).isInstanceOf(Found.Unusable.class);
    }
  }

  @Test
  void save_theFileCannotBeMovedToItsPlace_leavesNoHalfOfIt() throws Exception {
    SnapshotStore store = store(1 << 20);
    try (var pool = new PagePool(1 << 20);
        KvCache cache = filled(pool, KvType.F16, 5)) {
      store.save(header(KEY, KvType.F16, 5), cache);
      Path file = only(".kv");
      Files.delete(file);
      Files.createFile(Files.createDirectory(file).resolve("in the way"));

      assertThat(store.save(header(KEY, KvType.F16, 5), cache)).isPresent();
      assertThat(file.resolveSibling(file.getFileName() + ".part")).doesNotExist();
    }
  }

  @Test
  void open_aKillLeftHalfOfAFile_isDeletedAndTheWholeOnesStay() throws Exception {
    SnapshotStore store = store(1 << 20);
    try (var pool = new PagePool(1 << 20);
        KvCache cache = filled(pool, KvType.F16, 5)) {
      store.save(header(KEY, KvType.F16, 5), cache);
      long before = store.bytes();
      Path file = only(".kv");
      Path half = file.resolveSibling(file.getFileName() + ".part");
      Files.write(half, new byte[1000]);

      assertThat(store(1 << 20).bytes()).isEqualTo(before);
      assertThat(half).doesNotExist();
      assertThat(file).exists();
    }
  }

  @Test
  void save_powerCutLeftAnEmptyKey_isSavedUnderANewOne() throws Exception {
    SnapshotStore store = store(1 << 20);
    try (var pool = new PagePool(1 << 20);
        KvCache cache = filled(pool, KvType.F16, 5)) {
      store.save(header(KEY, KvType.F16, 5), cache);
      Files.write(only(".key"), new byte[0]);

      assertThat(store.find(KEY, "model", KvType.F16, pool)).isInstanceOf(Found.Unusable.class);
      assertThat(store.save(header(KEY, KvType.F16, 5), cache)).isEmpty();
      Found found = store.find(KEY, "model", KvType.F16, pool);
      assertThat(found).isInstanceOf(Found.Whole.class);
      if (found instanceof Found.Whole whole) {
        whole.cache().close();
      }
    }
  }

  @Test
  void save_othersSaveAndDeleteAtTheSameTime_throwsNothing() throws Exception {
    SnapshotStore store =
        new SnapshotStore(directory.resolve("snapshots"), keys(), 30_000, Clock.systemUTC());
    try (var pool = new PagePool(1 << 22);
        var threads = Executors.newFixedThreadPool(4)) {
      var saved = new ArrayList<Future<Integer>>();
      for (int thread = 0; thread < 4; thread++) {
        String name = "thread " + thread;
        saved.add(threads.submit(() -> saveOften(store, pool, name)));
      }
      for (Future<Integer> one : saved) {
        assertThat(one.get()).isEqualTo(50);
      }
    }
  }

  @Test
  void oldestFirst_timesThatChangeMeanwhile_areAskedForOnce() {
    List<Path> files = IntStream.range(0, 64).mapToObj(i -> Path.of("" + i)).toList();
    var newestFirst = new AtomicInteger();
    List<Path> sorted =
        SnapshotStore.oldestFirst(
            files, file -> FileTime.fromMillis(newestFirst.decrementAndGet()));

    assertThat(newestFirst).hasValue(-64);
    assertThat(sorted).isEqualTo(files.reversed());
  }

  /** A budget for two: what one saves pushes out what another writes or has just written. */
  private static int saveOften(SnapshotStore store, PagePool pool, String name) {
    int times = 0;
    try (KvCache cache = filled(pool, KvType.F16, 37)) {
      for (; times < 50; times++) {
        var why = store.save(header(ConversationKey.of(name, "tea"), KvType.F16, 37), cache);
        assertThat(why).isNotNull();
      }
    }
    return times;
  }

  private Path only(String suffix) throws Exception {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(suffix)).findFirst().orElseThrow();
    }
  }
}
