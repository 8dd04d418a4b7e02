package io.madeleine.conversation.completion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.pause.PauseOptions;
import io.madeleine.memory.pause.ToolPause;
import io.madeleine.memory.pause.ToolPauses;
import io.madeleine.memory.retention.RetentionPolicy;
import io.madeleine.memory.store.KvOrigin;
import io.madeleine.testing.Interrupted;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Caches that nobody computes with: who stays, who goes to disk, who comes back. */
final class PrefixCachesTest {

  private static final KvShape SHAPE = new KvShape(1, 1, 8);
  private static final Tenant ACME = new Tenant("acme");
  private static final int TOKENS = 32;

  @TempDir Path directory;
  private final AtomicLong now = new AtomicLong();
  private final PagePool pool = new PagePool(1 << 20);
  private final ToolPauses pauses =
      new ToolPauses(
          new PauseOptions(
              new RetentionPolicy.Fixed(10), new RetentionPolicy.Fixed(60), 1 << 20, 1_800, 0),
          now::get);
  private Optional<PrefixCaches> open = Optional.empty();

  @AfterEach
  void close() {
    open.ifPresent(PrefixCaches::close);
    pool.close();
  }

  private PrefixCaches caches(boolean disk) {
    return caches(
        disk ? Optional.of(parked("model", KvType.F32, Instant.EPOCH)) : Optional.empty());
  }

  private ParkedCaches parked(String model, KvType type, Instant oldest) {
    return new ParkedCaches(
        directory, 1 << 20, type, oldest, tenant -> new KvOrigin(tenant, model, "rope", SHAPE));
  }

  private PrefixCaches caches(Optional<ParkedCaches> parked) {
    var caches =
        new PrefixCaches(
            SHAPE, KvType.F32, pool, pauses, new RetentionPolicy.Lru(), parked, now::get);
    open = Optional.of(caches);
    return caches;
  }

  @Test
  void dropOne_oneIsLeased_theOtherGoesThoughItIsYounger() {
    PrefixCaches caches = caches(/* disk= */ false);
    give(caches, "leased", 1);
    pause("leased");
    now.incrementAndGet();
    give(caches, "free", 2);

    assertThat(caches.dropOne()).isTrue();
    assertThat(caches.isResident(key("free"))).isFalse();
    assertThat(caches.isResident(key("leased"))).isTrue();
  }

  @Test
  void dropOne_onlyLeasedOnes_takesTheLatestArrivedBack() {
    PrefixCaches caches = caches(/* disk= */ false);
    give(caches, "early", 1);
    give(caches, "late", 2);
    pause("early");
    pause("late");

    assertThat(caches.dropOne()).isTrue();
    assertThat(caches.isResident(key("late"))).isFalse();
    assertThat(caches.dropOne()).isTrue();
    assertThat(caches.dropOne()).isFalse();
    assertThat(pool.usedBytes()).isZero();
  }

  @Test
  void take_afterItWentToDisk_bringsTheSameNumbersBack() {
    PrefixCaches caches = caches(/* disk= */ true);
    give(caches, "ada", 1);
    float[] before;
    try (KvCache first = caches.take(ACME, line(1)).cache()) {
      before = keys(first);
    }
    give(caches, "ada", 1);
    caches.dropOne();
    assertThat(pool.usedBytes()).isZero();

    PrefixCaches.Taken taken = caches.take(ACME, line(1));

    assertThat(taken.fromDisk()).isTrue();
    assertThat(taken.program()).contains(key("ada"));
    assertThat(taken.cache().length()).isEqualTo(TOKENS - 1);
    assertThat(keys(taken.cache())).isEqualTo(before);
    taken.cache().close();
  }

  @Test
  void take_onAnInterruptedThread_bringsBackWhatItWrote() throws Exception {
    PrefixCaches caches = caches(/* disk= */ true);
    give(caches, "ada", 1);
    PrefixCaches.Taken taken =
        Interrupted.during(
            () -> {
              caches.dropOne();
              return caches.take(ACME, line(1));
            });

    assertThat(taken.fromDisk()).isTrue();
    taken.cache().close();
  }

  @Test
  void take_keyCannotBeReadAtTheMoment_findsItTheNextTime() throws IOException {
    PrefixCaches caches = caches(/* disk= */ true);
    give(caches, "ada", 1);
    caches.dropOne();
    Path key = files("keys").getFirst();
    Path away = Files.move(key, directory.resolve("away"));
    Files.createDirectory(key);
    assertFindsNothing(caches, ACME);
    Files.delete(key);
    Files.move(away, key);

    try (KvCache back = caches.take(ACME, line(1)).cache()) {
      assertThat(back.length()).isEqualTo(TOKENS - 1);
    }
  }

  @Test
  void close_andOpenAgain_findsTheSameNumbersForTheSameProgram() {
    PrefixCaches before = caches(/* disk= */ true);
    give(before, "ada", 1);
    float[] numbers;
    try (KvCache first = before.take(ACME, line(1)).cache()) {
      numbers = keys(first);
    }
    give(before, "ada", 1);
    before.close();
    assertThat(pool.usedBytes()).isZero();

    PrefixCaches.Taken taken = caches(/* disk= */ true).take(ACME, line(1));

    assertThat(taken.fromDisk()).isTrue();
    assertThat(taken.program()).contains(key("ada"));
    assertThat(keys(taken.cache())).isEqualTo(numbers);
    taken.cache().close();
  }

  @Test
  void close_andAnotherTenantAsks_getsNothing() {
    PrefixCaches before = caches(/* disk= */ true);
    give(before, "ada", 1);
    before.close();

    assertFindsNothing(caches(/* disk= */ true), new Tenant("umbrella"));
  }

  @Test
  void openAgain_anotherModelOrTypeOrTooOld_findsNothingAndDeletesIt() {
    List<Supplier<ParkedCaches>> others =
        List.of(
            () -> parked("other model", KvType.F32, Instant.EPOCH),
            () -> parked("model", KvType.F16, Instant.EPOCH),
            () -> parked("model", KvType.F32, Instant.now().plusSeconds(60)));
    for (Supplier<ParkedCaches> other : others) {
      PrefixCaches before = caches(/* disk= */ true);
      give(before, "ada", 1);
      before.close();
      assertThat(before.diskBytes()).isPositive();

      PrefixCaches after = caches(Optional.of(other.get()));

      assertFindsNothing(after, ACME);
      assertThat(after.diskBytes()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"notes", "spans"})
  void openAgain_aFileIsDamagedOrMissing_findsNothingAndSaysSo(String which) throws IOException {
    for (boolean missing : new boolean[] {true, false}) {
      PrefixCaches before = caches(/* disk= */ true);
      give(before, "ada", 1);
      before.close();
      Path file = files(which).getFirst();
      if (missing) {
        Files.delete(file);
      } else {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
      }

      PrefixCaches after = caches(/* disk= */ true);

      assertFindsNothing(after, ACME);
      assertThat(after.diskBytes()).isZero();
    }
  }

  @Test
  void forget_tenantThatHasNotAskedSinceTheStart_deletesWhatLay() {
    PrefixCaches before = caches(/* disk= */ true);
    give(before, "ada", 1);
    before.close();
    PrefixCaches after = caches(/* disk= */ true);

    after.forget(ACME);

    assertThat(after.diskBytes()).isZero();
    assertFindsNothing(after, ACME);
  }

  @Test
  void storedCompletions_delete_takesOneProgramWhileNoneIsOpen() {
    PrefixCaches before = caches(/* disk= */ true);
    give(before, "ada", 1);
    give(before, "ben", 2);
    before.close();
    StoredCompletions.delete(directory.resolve("nowhere"), key("ada"));
    assertThat(directory.resolve("nowhere")).doesNotExist();

    ParkedCaches.delete(directory, key("ada"));

    PrefixCaches after = caches(/* disk= */ true);
    assertFindsNothing(after, ACME);
    try (KvCache bens = after.take(ACME, line(2)).cache()) {
      assertThat(bens.length()).isEqualTo(TOKENS - 1);
    }
  }

  @Test
  void storedCompletions_deleteWhereANoteIsDamaged_takesItsCacheToo() throws IOException {
    PrefixCaches before = caches(/* disk= */ true);
    give(before, "ada", 1);
    before.close();
    for (Path note : files("notes")) {
      Files.write(note, new byte[] {1, 2, 3});
    }

    ParkedCaches.delete(directory, key("ben"));

    assertThat(files("spans")).isEmpty();
    assertThat(files("notes")).isEmpty();
  }

  private List<Path> files(String which) throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve(which))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private static void assertFindsNothing(PrefixCaches caches, Tenant tenant) {
    try (KvCache cache = caches.take(tenant, line(1)).cache()) {
      assertThat(cache.length()).isZero();
    }
  }

  @Test
  void take_anotherTenantsParkedCache_isNotFound() {
    PrefixCaches caches = caches(/* disk= */ true);
    give(caches, "ada", 1);
    caches.dropOne();

    try (KvCache cache = caches.take(new Tenant("umbrella"), line(1)).cache()) {
      assertThat(cache.length()).isZero();
    }
  }

  @Test
  void copyDown_leaseIsOver_makesEvictionAMatterOfClosing() {
    PrefixCaches caches = caches(/* disk= */ true);
    give(caches, "ada", 1);
    pause("ada");
    caches.copyDown(key("ada"));

    assertThat(caches.isResident(key("ada"))).isTrue();
    assertThat(caches.diskBytes()).isPositive();
    long written = caches.diskBytes();
    caches.close(key("ada"));
    assertThat(caches.isResident(key("ada"))).isFalse();
    assertThat(caches.diskBytes()).isEqualTo(written);
  }

  @Test
  void copyDown_forgottenWhileItIsWritten_leavesNothing() {
    var meanwhile = new AtomicReference<Runnable>(() -> {});
    var parked =
        new ParkedCaches(
            directory,
            1 << 20,
            KvType.F32,
            Instant.EPOCH,
            tenant -> {
              meanwhile.getAndSet(() -> {}).run();
              return new KvOrigin(tenant, "model", "rope", SHAPE);
            });
    PrefixCaches caches = caches(Optional.of(parked));
    List<Runnable> ways = List.of(() -> caches.forget(key("ada")), () -> caches.forget(ACME));
    for (Runnable way : ways) {
      give(caches, "ada", 1);
      meanwhile.set(way);
      caches.copyDown(key("ada"));

      assertThat(caches.isResident(key("ada"))).isFalse();
      assertThat(caches.diskBytes()).isZero();
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @Test
  void dropOne_parkingEndsInAnError_givesTheMemoryBackAllTheSame() {
    int chosen = 1; // to choose the victim, it is looked up whether it is parked already
    PrefixCaches caches = caches(Optional.of(parkedThatFails(new AtomicInteger(chosen))));
    give(caches, "ada", 1);

    assertThatThrownBy(caches::dropOne).hasMessage("no room for a copy");
    assertThat(pool.usedBytes()).isZero();
    assertThat(caches.isResident(key("ada"))).isFalse();
  }

  @Test
  void close_parkingEndsInAnError_givesTheMemoryOfAllBack() {
    PrefixCaches caches = caches(Optional.of(parkedThatFails(new AtomicInteger(0))));
    give(caches, "ada", 1);
    give(caches, "ben", 2);

    assertThatThrownBy(caches::close).hasMessage("no room for a copy");
    assertThat(pool.usedBytes()).isZero();
  }

  /** Fails from the time on at which it was asked often enough whose a cache is. */
  private ParkedCaches parkedThatFails(AtomicInteger after) {
    return new ParkedCaches(
        directory,
        1 << 20,
        KvType.F32,
        Instant.EPOCH,
        tenant -> {
          if (after.getAndDecrement() <= 0) {
            throw new Error("no room for a copy");
          }
          return new KvOrigin(tenant, "model", "rope", SHAPE);
        });
  }

  @Test
  void dropOne_largerThanTheDisk_isNotParkedAndTheSmallOnesStay() {
    long one = SHAPE.bytes(TOKENS, KvType.F32);
    var small =
        new ParkedCaches(
            directory,
            2 * one,
            KvType.F32,
            Instant.EPOCH,
            tenant -> new KvOrigin(tenant, "model", "rope", SHAPE));
    PrefixCaches caches = caches(Optional.of(small));
    give(caches, "ada", 1);
    caches.close(key("ada"));
    var large = new KvCache(SHAPE, KvType.F32, pool);
    append(large, 4 * TOKENS);
    caches.give(key("large"), IntStream.range(0, 4 * TOKENS).map(i -> 5_000 + i).toArray(), large);
    caches.dropOne();

    assertThat(pool.usedBytes()).isZero();
    assertThat(caches.reloadSeconds(4 * one)).isEmpty();
    assertThat(caches.reloadSeconds(one)).isPresent();
    PrefixCaches.Taken taken = caches.take(ACME, line(1));
    assertThat(taken.fromDisk()).isTrue();
    taken.cache().close();
  }

  @Test
  void fetch_expectedBack_isInMemoryBeforeItIsAskedFor() {
    PrefixCaches caches = caches(/* disk= */ true);
    give(caches, "ada", 1);
    caches.close(key("ada"));
    assertThat(caches.isResident(key("ada"))).isFalse();

    caches.fetch(key("ada"));

    assertThat(caches.isResident(key("ada"))).isTrue();
    PrefixCaches.Taken taken = caches.take(ACME, line(1));
    assertThat(taken.fromDisk()).isFalse();
    taken.cache().close();
  }

  @Test
  void park_programGrew_keepsOnlyTheLongest() {
    PrefixCaches caches = caches(/* disk= */ true);
    give(caches, "ada", 1);
    caches.close(key("ada"));
    long one = caches.diskBytes();
    KvCache more = caches.take(ACME, Arrays.copyOf(line(1), TOKENS + 1)).cache();
    append(more, 1);
    caches.give(key("ada"), Arrays.copyOf(line(1), more.length()), more);
    caches.close(key("ada"));

    assertThat(caches.diskBytes()).isLessThan(2 * one);
  }

  @Test
  void disk_holdsNothingReadableAndNothingAfterClosing() throws IOException {
    PrefixCaches caches = caches(/* disk= */ true);
    give(caches, "ada", 0x41414141);
    caches.close(key("ada"));
    assertThat(allBytes()).isNotEmpty().doesNotContain("AAAAAAAA");

    caches.forget(ACME);
    caches.close();
    assertThat(allBytes()).isEmpty();
  }

  private String allBytes() throws IOException {
    if (!Files.exists(directory)) {
      return "";
    }
    var all = new StringBuilder();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.append(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      }
    }
    return all.toString();
  }

  private void give(PrefixCaches caches, String program, int token) {
    var cache = new KvCache(SHAPE, KvType.F32, pool);
    append(cache, TOKENS);
    caches.give(key(program), line(token), cache);
  }

  private static void append(KvCache cache, int tokens) {
    for (int i = 0; i < tokens; i++) {
      int at = cache.length();
      float[] numbers = new float[SHAPE.headDim()];
      Arrays.fill(numbers, at + 0.5f);
      cache.append(0, 0, numbers, numbers, at);
      cache.advanceTo(at + 1);
    }
  }

  private static float[] keys(KvCache cache) {
    float[] keys = new float[(TOKENS - 1) * SHAPE.headDim()];
    cache.readKeys(0, 0, 0, TOKENS - 1, keys);
    return keys;
  }

  private void pause(String program) {
    pauses.began(
        new ToolPause(
            key(program),
            List.of("call-" + program),
            List.of("grep"),
            OptionalDouble.empty(),
            1_000,
            OptionalDouble.empty(),
            1));
  }

  private static int[] line(int token) {
    return IntStream.range(0, TOKENS).map(i -> token + i * 7).toArray();
  }

  private static ConversationKey key(String id) {
    return new ConversationKey(ACME, id);
  }
}
