package io.madeleine.conversation.completion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.store.KvOrigin;
import io.madeleine.memory.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bad moment just after a start, at which notes cannot be read, costs nobody what is parked. */
final class ParkedCachesTroubleTest {

  private static final KvShape SHAPE = new KvShape(1, 1, 8);
  private static final int TOKENS = 32;
  private static final ConversationKey ADA = ConversationKey.of("acme", "ada");
  private static final ConversationKey BEN = ConversationKey.of("acme", "ben");

  @TempDir Path directory;
  private final PagePool pool = new PagePool(1 << 20);
  private Path key;
  private Path away;

  @BeforeEach
  void parkOfBothAndBreakTheirKey() throws IOException {
    ParkedCaches before = open();
    assertThat(park(before, ADA)).isTrue();
    assertThat(park(before, BEN)).isTrue();
    try (Stream<Path> keys = Files.list(directory.resolve("parked/keys"))) {
      key = keys.findFirst().orElseThrow();
    }
    away = Files.move(key, directory.resolve("away"));
    Files.createDirectory(key); // can be opened, and reading it fails
  }

  private void mendKey() throws IOException {
    Files.delete(key);
    Files.move(away, key);
  }

  @AfterEach
  void close() {
    pool.close();
  }

  @Test
  void longest_keyCannotBeReadAtTheFirstQuestion_findsItOnceItCan() throws IOException {
    ParkedCaches after = open();
    assertThat(after.longest(ADA.tenant(), line(ADA))).isEmpty();
    assertThat(after.of(ADA)).isEmpty();
    assertThat(after.has(ADA, line(ADA))).isFalse();
    mendKey();

    ParkedCaches.Parked found = after.longest(ADA.tenant(), line(ADA)).orElseThrow();

    assertThat(found.program()).isEqualTo(ADA);
    try (KvCache cache = after.read(found, pool).orElseThrow()) {
      assertThat(cache.length()).isEqualTo(TOKENS);
    }
    assertThat(after.has(BEN, line(BEN))).isTrue();
  }

  @Test
  void park_itLiesThereAndCannotBeReadYet_isFoundOnceItCan() throws IOException {
    ParkedCaches after = open();
    assertThat(park(after, ADA)).isTrue();
    mendKey();

    assertThat(after.of(ADA)).isPresent();
  }

  @Test
  void forget_cannotBeToldWhose_saysSoAndForgetsTheNextTime() throws IOException {
    ParkedCaches after = open();
    assertThatThrownBy(() -> after.forget(ADA))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("notes");
    mendKey();

    assertThat(after.forget(ADA)).isOne();
    assertThat(after.of(ADA)).isEmpty();
    assertThat(after.of(BEN)).isPresent();
  }

  @Test
  void forgetTenant_neverRead_deletesAllAndNothingThatComesThen() throws IOException {
    ParkedCaches after = open();
    assertThat(after.of(ADA)).isEmpty();
    mendKey();

    assertThat(after.forget(ADA.tenant())).isEqualTo(2);
    assertThat(after.bytes()).isZero();
    assertThat(park(after, ADA)).isTrue();
    assertThat(after.of(ADA)).isPresent();
  }

  @Test
  void delete_cannotBeToldWhose_saysSoAndTakesNobodyElses() throws IOException {
    assertThatThrownBy(() -> ParkedCaches.delete(parked(), BEN))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("notes");
    mendKey();
    ParkedCaches.delete(parked(), BEN);

    ParkedCaches after = open();
    assertThat(after.of(BEN)).isEmpty();
    assertThat(after.of(ADA)).isPresent();
  }

  private Path parked() {
    return directory.resolve("parked");
  }

  private ParkedCaches open() {
    return new ParkedCaches(
        parked(),
        1 << 20,
        KvType.F32,
        Instant.EPOCH,
        tenant -> new KvOrigin(tenant, "model", "rope", SHAPE));
  }

  private boolean park(ParkedCaches caches, ConversationKey program) {
    try (var cache = new KvCache(SHAPE, KvType.F32, pool)) {
      float[] numbers = new float[SHAPE.headDim()];
      for (int at = 0; at < TOKENS; at++) {
        cache.append(0, 0, numbers, numbers, at);
        cache.advanceTo(at + 1);
      }
      return caches.park(program, line(program), cache, () -> false);
    }
  }

  private static int[] line(ConversationKey program) {
    int first = program.equals(ADA) ? 1 : 1_000;
    return IntStream.range(first, first + TOKENS).toArray();
  }
}
