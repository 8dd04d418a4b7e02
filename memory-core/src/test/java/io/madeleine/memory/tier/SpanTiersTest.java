package io.madeleine.memory.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.madeleine.memory.codec.KvCodec;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.store.DiskSpans;
import io.madeleine.memory.store.KvOrigin;
import io.madeleine.memory.store.KvSpan;
import io.madeleine.memory.store.SpanFormat;
import io.madeleine.memory.store.SpanId;
import io.madeleine.memory.store.Spans;
import io.madeleine.memory.store.TenantKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SpanTiersTest {

  private static final KvOrigin ORIGIN = Spans.origin("anne");
  private static final SpanId ROOT = SpanId.root(ORIGIN);

  /** A bound on waiting that only somebody who waits for ever reaches. */
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path directory;

  @Test
  void put_manySpans_memoryStaysWithinItsLimits() {
    TierLimits limits = new TierLimits(40_000, 20_000, 8_000);
    try (SpanTiers tiers = tiers(limits, 1 << 24)) {
      for (int i = 0; i < 200; i++) {
        tiers.put(id(i), Spans.of(20, i));
        assertThat(tiers.memoryBytes()).isLessThanOrEqualTo(68_000);
      }
      tiers.flush();
      for (int i = 0; i < 200; i++) {
        FoundSpan found = tiers.get(id(i), SpanTiersTest::mustNotRebuild);
        assertThat(found.span().keys(0)).hasSize(160);
        assertThat(tiers.memoryBytes()).isLessThanOrEqualTo(68_000);
      }
    }
  }

  @Test
  void get_newOldAndOlder_comesFromEachTier() {
    try (SpanTiers tiers = tiers(new TierLimits(30_000, 60_000, 8_000), 1 << 24)) {
      for (int i = 0; i < 40; i++) {
        tiers.put(id(i), Spans.of(20, i));
      }
      tiers.flush();
      assertThat(tiers.get(id(39), SpanTiersTest::mustNotRebuild).from()).isEqualTo(Tier.HOT);
      assertThat(tiers.get(id(35), SpanTiersTest::mustNotRebuild).from()).isEqualTo(Tier.WARM);
      FoundSpan cold = tiers.get(id(0), SpanTiersTest::mustNotRebuild);
      assertThat(cold.from()).isEqualTo(Tier.COLD);
      assertThat(cold.bytesMoved()).isPositive();
      assertThat(tiers.get(id(0), SpanTiersTest::mustNotRebuild).from()).isEqualTo(Tier.HOT);
    }
  }

  @Test
  void get_damagedFile_isRebuiltNotUsed() throws IOException {
    TierLimits nothingInMemory = new TierLimits(0, 0, 8_000);
    try (SpanTiers tiers = tiers(nothingInMemory, 1 << 24)) {
      KvSpan span = Spans.of(20, 1);
      tiers.put(id(1), span);
      tiers.flush();
      damageAllFiles();
      FoundSpan found = tiers.get(id(1), () -> span);
      assertThat(found.from()).isEqualTo(Tier.REBUILT);
      tiers.flush();
      assertThat(tiers.get(id(1), SpanTiersTest::mustNotRebuild).from()).isEqualTo(Tier.COLD);
    }
  }

  @Test
  void get_fullDisk_isRebuilt() {
    try (SpanTiers tiers = tiers(new TierLimits(0, 0, 8_000), 10_000)) {
      for (int i = 0; i < 10; i++) {
        tiers.put(id(i), Spans.of(20, i));
      }
      tiers.flush();
      assertThat(tiers.diskBytes()).isLessThanOrEqualTo(10_000);
      assertThat(tiers.get(id(0), () -> Spans.of(20, 0)).from()).isEqualTo(Tier.REBUILT);
    }
  }

  @Test
  void forget_everything_isGoneFromEveryTier() {
    try (SpanTiers tiers = tiers(TierLimits.within(1 << 20), 1 << 24)) {
      tiers.put(id(1), Spans.of(20, 1));
      tiers.forget();
      assertThat(tiers.memoryBytes()).isZero();
      assertThat(tiers.diskBytes()).isZero();
      assertThat(tiers.get(id(1), () -> Spans.of(20, 1)).from()).isEqualTo(Tier.REBUILT);
    }
  }

  @Test
  void writeBehind_slowDisk_queueStaysBoundedAndNothingIsLost() throws InterruptedException {
    var gate = new CountDownLatch(1);
    var written = new AtomicInteger();
    var producer = new Thread[1];
    try (var writes = new WriteBehind(1_000, SpanTiersTest::rethrow)) {
      producer[0] =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < 50; i++) {
                      writes.add(
                          300,
                          () -> {
                            awaitGate(gate);
                            written.incrementAndGet();
                          });
                    }
                  });
      while (writes.queuedBytes() < 900) {
        Thread.onSpinWait();
      }
      assertThat(writes.queuedBytes()).isLessThanOrEqualTo(1_000);
      gate.countDown();
      producer[0].join();
      writes.flush();
      assertThat(written).hasValue(50);
      assertThat(writes.queuedBytes()).isZero();
    }
  }

  @Test
  void writeBehind_failingWrite_isReportedAndTheNextGoesOn() {
    List<Throwable> failures = new ArrayList<>();
    var written = new AtomicInteger();
    try (var writes = new WriteBehind(1_000, failures::add)) {
      writes.add(
          10,
          () -> {
            throw new IllegalStateException("disk full");
          });
      writes.add(10, written::incrementAndGet);
      writes.flush();
    }
    assertThat(failures).hasSize(1);
    assertThat(written).hasValue(1);
  }

  @Test
  void writeBehind_writeThatEndsInAnError_nobodyWaitsForEverAndTheNextGoesOn() {
    List<Throwable> failures = new ArrayList<>();
    var written = new AtomicInteger();
    try (var writes = new WriteBehind(10, failures::add)) {
      writes.add(
          10,
          () -> {
            throw new OutOfMemoryError("no room for a copy");
          });
      assertTimeoutPreemptively(
          SOON,
          () -> {
            writes.flush();
            writes.add(10, written::incrementAndGet);
            writes.flush();
          });
    }
    assertThat(failures).singleElement().isInstanceOf(OutOfMemoryError.class);
    assertThat(written).hasValue(1);
  }

  @Test
  void writeBehind_failureThatCannotBeReported_nobodyWaitsForEver() {
    var written = new AtomicInteger();
    try (var writes = new WriteBehind(10, SpanTiersTest::rethrow)) {
      assertTimeoutPreemptively(
          SOON,
          () -> {
            writes.add(
                10,
                () -> {
                  throw new IllegalStateException("disk full");
                });
            writes.add(10, written::incrementAndGet);
            writes.flush();
          });
    }
    assertThat(written).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 1 << 20})
  void put_diskRefuses_spanIsInMemoryAllTheSame(long queuedBytes) throws IOException {
    var limits = new TierLimits(1 << 20, 1 << 20, queuedBytes);
    Files.writeString(directory.resolve("spans"), "in the way of the directory");
    try (SpanTiers tiers = tiers(limits, 1 << 24)) {
      tiers.put(id(1), Spans.of(20, 1));
      tiers.flush();
      assertThat(tiers.get(id(1), SpanTiersTest::mustNotRebuild).from()).isEqualTo(Tier.HOT);
      assertThat(tiers.diskBytes()).isZero();
    }
  }

  private void damageAllFiles() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("spans"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
      }
    }
  }

  private SpanTiers tiers(TierLimits limits, long diskBytes) {
    var keys = new TenantKeys(directory.resolve("keys"), new SecureRandom());
    var format = new SpanFormat(ORIGIN, new KvCodec.Float16(), SpanFormat.Packing.NONE);
    return new SpanTiers(
        format, new DiskSpans(directory.resolve("spans"), keys, diskBytes), limits);
  }

  private static SpanId id(int i) {
    assertThat(ORIGIN.tenant()).isEqualTo(new Tenant("anne"));
    return ROOT.then(new int[] {i});
  }

  private static KvSpan mustNotRebuild() {
    throw new AssertionError("the span should have been in a tier");
  }

  private static void rethrow(Throwable failure) {
    throw new IllegalStateException(failure);
  }

  private static void awaitGate(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
