package io.madeleine.engine.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class KvCacheTest {

  private static final KvShape SHAPE = new KvShape(2, 3, 8);

  private final PagePool pool = new PagePool(4 << 20);

  @AfterEach
  void nothingLeaks() {
    assertThat(pool.usedBytes()).isZero();
    pool.close();
  }

  private KvCache filled(KvType type, int tokens) {
    var cache = new KvCache(SHAPE, type, pool);
    append(cache, 0, tokens);
    return cache;
  }

  private static void append(KvCache cache, int from, int to) {
    for (int token = from; token < to; token++) {
      for (int head = 0; head < SHAPE.heads(); head++) {
        cache.append(head / 3, head % 3, vector(token, head), vector(-token - 1, head), token);
      }
    }
  }

  private static float[] vector(int token, int head) {
    var random = new SplittableRandom(token * 1000L + head);
    var vector = new float[SHAPE.headDim()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  private static float[] key(KvCache cache, int layer, int head, int slot) {
    var out = new float[SHAPE.headDim()];
    cache.readKeys(layer, head, slot, slot + 1, out);
    return out;
  }

  private static float[] value(KvCache cache, int layer, int head, int slot) {
    var out = new float[SHAPE.headDim()];
    cache.readValues(layer, head, slot, slot + 1, out);
    return out;
  }

  @ParameterizedTest
  @EnumSource(KvType.class)
  void append_anyType_readsBack(KvType type) {
    try (KvCache cache = filled(type, 37)) {
      float tolerance = type == KvType.F32 ? 0 : type == KvType.F16 ? 2e-3f : 2e-2f;
      for (int slot = 0; slot < 37; slot++) {
        assertThat(key(cache, 1, 2, slot)).containsExactly(vector(slot, 5), offset(tolerance));
        assertThat(value(cache, 1, 2, slot))
            .containsExactly(vector(-slot - 1, 5), offset(tolerance));
        assertThat(cache.position(1, 2, slot)).isEqualTo(slot);
      }
      assertThat(cache.length()).isEqualTo(37);
      assertThat(cache.bytes()).isEqualTo(SHAPE.bytes(37, type));
    }
  }

  @Test
  void fork_thenBothWrite_neitherSeesTheOther() {
    try (KvCache cache = filled(KvType.F32, 20);
        KvCache fork = cache.fork()) {
      long shared = pool.usedBytes();
      assertThat(shared).isEqualTo(cache.bytes());
      append(cache, 20, 40);
      append(fork, 100, 110);
      assertThat(key(cache, 0, 0, 20)).containsExactly(vector(20, 0));
      assertThat(key(fork, 0, 0, 20)).containsExactly(vector(100, 0));
      assertThat(key(fork, 0, 0, 19)).containsExactly(vector(19, 0));
      assertThat(pool.usedBytes()).isLessThan(cache.bytes() + fork.bytes());
    }
  }

  @Test
  void fork_outlivesItsOrigin() {
    KvCache cache = filled(KvType.F16, 20);
    try (KvCache fork = cache.fork()) {
      cache.close();
      assertThat(key(fork, 1, 1, 3)).containsExactly(vector(3, 4), offset(2e-3f));
    }
  }

  @Test
  void keep_differentSlotsInEachHead_headsGoTheirOwnWays() {
    try (KvCache cache = filled(KvType.INT8, 50)) {
      cache.importance(0, 1, 33, 0.5f);
      cache.keep(0, 1, new int[] {0, 1, 33, 49});
      cache.keep(1, 0, new int[0]);
      assertThat(cache.slots(0, 0)).isEqualTo(50);
      assertThat(cache.slots(0, 1)).isEqualTo(4);
      assertThat(cache.slots(1, 0)).isZero();
      assertThat(cache.positions(0, 1)).containsExactly(0, 1, 33, 49);
      assertThat(cache.importance(0, 1, 2)).isEqualTo(0.5f);
      assertThat(key(cache, 0, 1, 2)).containsExactly(vector(33, 1), offset(2e-2f));
      assertThat(value(cache, 0, 1, 3)).containsExactly(vector(-50, 1), offset(2e-2f));
      append(cache, 50, 51);
      assertThat(key(cache, 1, 0, 0)).containsExactly(vector(50, 3), offset(2e-2f));
    }
  }

  @Test
  void keep_ofAFork_leavesTheOriginAlone() {
    try (KvCache cache = filled(KvType.F32, 50);
        KvCache fork = cache.fork()) {
      fork.keep(0, 0, new int[] {2, 40});
      assertThat(key(cache, 0, 0, 1)).containsExactly(vector(1, 0));
      assertThat(cache.slots(0, 0)).isEqualTo(50);
    }
  }

  @Test
  void keep_unorderedSlots_refused() {
    try (KvCache cache = filled(KvType.F32, 5)) {
      assertThatThrownBy(() -> cache.keep(0, 0, new int[] {3, 2}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("ascend");
    }
  }

  @Test
  void truncateAndKeep_importanceWasLeftAtTheFirstSlotsOnly_goesWithThem() {
    try (KvCache cache = filled(KvType.F32, 20)) {
      cache.importance(1, 2, 7, 3);
      append(cache, 20, 300);

      cache.truncate(290);

      assertThat(cache.slots(1, 2)).isEqualTo(290);
      assertThat(cache.importance(1, 2, 7)).isEqualTo(3);
      assertThat(cache.importance(1, 2, 289)).isZero();
      cache.keep(1, 2, IntStream.range(5, 290).toArray());
      assertThat(cache.importance(1, 2, 2)).isEqualTo(3);
      assertThat(cache.importance(1, 2, 284)).isZero();
    }
  }

  @Test
  void backTo_appendedSinceAtWhateverPositions_dropsIt() {
    try (KvCache cache = filled(KvType.F32, 20)) {
      cache.importance(0, 0, 19, 3);
      KvCache.Mark mark = cache.mark();
      long before = pool.usedBytes();
      cache.append(0, 1, vector(1, 1), vector(2, 1), 4);
      append(cache, 20, 40);
      cache.importance(0, 0, 25, 5);

      cache.backTo(mark);

      assertThat(cache.length()).isEqualTo(20);
      for (int head = 0; head < SHAPE.heads(); head++) {
        assertThat(cache.slots(head / 3, head % 3)).isEqualTo(20);
      }
      assertThat(pool.usedBytes()).isGreaterThan(before);
      append(cache, 20, 26);
      assertThat(key(cache, 0, 1, 25)).containsExactly(vector(25, 1));
      assertThat(cache.importance(0, 0, 19)).isEqualTo(3);
      assertThat(cache.importance(0, 0, 25)).isZero();
      cache.truncate(20);
      assertThat(pool.usedBytes()).isEqualTo(before);
      cache.keep(1, 1, new int[] {0, 1});
      assertThatThrownBy(() -> cache.backTo(mark))
          .hasMessageContaining("head 4 had 20 slots and has 2");
    }
  }

  @Test
  void backTo_forkedSince_neitherWritesIntoTheOthersPages() {
    try (KvCache cache = filled(KvType.F32, 20)) {
      KvCache.Mark mark = cache.mark();
      append(cache, 20, 50);
      cache.importance(0, 0, 25, 5);
      try (KvCache fork = cache.fork()) {
        append(cache, 50, 80);
        cache.backTo(mark);
        append(cache, 100, 150);

        for (int slot = 0; slot < 50; slot++) {
          assertThat(key(fork, 1, 2, slot)).containsExactly(vector(slot, 5));
          int position = slot < 20 ? slot : slot + 80;
          assertThat(key(cache, 1, 2, slot)).containsExactly(vector(position, 5));
        }
        assertThat(fork.importance(0, 0, 25)).isEqualTo(5);
        assertThat(cache.importance(0, 0, 25)).isZero();
      }
    }
  }

  @Test
  void truncate_thenAppend_replacesTheTail() {
    try (KvCache cache = filled(KvType.F32, 40)) {
      cache.truncate(17);
      append(cache, 17, 18);
      assertThat(cache.slots(0, 0)).isEqualTo(18);
      assertThat(key(cache, 0, 2, 17)).containsExactly(vector(17, 2));
      assertThat(cache.length()).isEqualTo(18);
    }
  }

  @Test
  void moveTo_newPositions_turnsKeysByTheDifference() {
    var rotary = new Rotary(Rotary.Pairs.HALVES, Rotary.frequencies(10_000, 8), 1);
    try (KvCache cache = filled(KvType.F32, 20);
        KvCache fork = cache.fork()) {
      int[] positions = cache.positions(0, 0);
      for (int i = 10; i < 20; i++) {
        positions[i] += 500;
      }
      cache.moveTo(0, 0, positions, rotary);
      float[] expected = vector(15, 0);
      rotary.turn(expected, 0, 500);
      assertThat(key(cache, 0, 0, 15)).containsExactly(expected, offset(1e-5f));
      assertThat(key(fork, 0, 0, 15)).containsExactly(vector(15, 0));
      assertThat(cache.position(0, 0, 15)).isEqualTo(515);
    }
  }

  /** Golden case G1 of the design: d = 4, base 10,000, numbers from an independent script. */
  @Test
  void turn_goldenVectors_givesTheGoldenNumbers() {
    var halves = new Rotary(Rotary.Pairs.HALVES, Rotary.frequencies(10_000, 4), 1);
    float[] key = {3.160435f, 1.797584f, -0.107938f, 4.094959f};
    halves.turn(key, 0, -2);
    assertThat(key)
        .containsExactly(new float[] {-1.413353f, 1.879118f, -2.828857f, 4.058191f}, offset(1e-5f));
  }

  @Test
  void append_beyondTheBudget_refusedAndNothingChanged() {
    try (var small = new PagePool(SHAPE.bytes(32, KvType.F32));
        var cache = new KvCache(SHAPE, KvType.F32, small)) {
      append(cache, 0, 32);
      assertThat(small.usedBytes()).isEqualTo(small.byteBudget());
      assertThatThrownBy(() -> cache.reserve(1))
          .isInstanceOf(PoolExhaustedException.class)
          .hasMessageContaining("INT8");
      assertThat(cache.slots(0, 0)).isEqualTo(32);
      cache.truncate(16);
      append(cache, 16, 32);
    }
  }

  @Test
  void take_anotherPageSize_getsTheRoomOfEmptySlabs() {
    try (var small = new PagePool(SHAPE.bytes(32, KvType.F32))) {
      try (var cache = new KvCache(SHAPE, KvType.F32, small)) {
        append(cache, 0, 32);
      }
      try (var other = new KvCache(SHAPE, KvType.INT8, small)) {
        append(other, 0, 32);
        assertThat(small.reservedBytes()).isLessThanOrEqualTo(small.byteBudget());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(KvType.class)
  void readFrom_whatWasWritten_isTheSameCache(KvType type) throws IOException {
    try (KvCache cache = filled(type, 37)) {
      cache.keep(1, 1, new int[] {5, 6, 36});
      cache.importance(1, 1, 1, 7);
      byte[] bytes = bytes(cache);
      assertThat(cache.writtenBytes()).isEqualTo(bytes.length);
      try (KvCache read = read(bytes)) {
        assertThat(read.shape()).isEqualTo(SHAPE);
        assertThat(read.length()).isEqualTo(37);
        assertThat(read.importance(1, 1, 1)).isEqualTo(7);
        for (int head = 0; head < SHAPE.heads(); head++) {
          assertThat(read.positions(head / 3, head % 3))
              .containsExactly(cache.positions(head / 3, head % 3));
          int last = read.slots(head / 3, head % 3) - 1;
          assertThat(key(read, head / 3, head % 3, last))
              .containsExactly(key(cache, head / 3, head % 3, last));
          assertThat(value(read, head / 3, head % 3, last))
              .containsExactly(value(cache, head / 3, head % 3, last));
        }
      }
    }
  }

  @Test
  void readFrom_anyByteFlippedOrCut_refusedAndNoPageKept() throws IOException {
    byte[] bytes;
    try (KvCache cache = filled(KvType.INT8, 9)) {
      bytes = bytes(cache);
    }
    var random = new SplittableRandom(3);
    for (int i = 0; i < 300; i++) {
      byte[] spoilt = bytes.clone();
      spoilt[i < 40 ? i : random.nextInt(spoilt.length)] ^= (byte) (1 << random.nextInt(8));
      assertThatThrownBy(() -> read(spoilt)).isInstanceOf(KvSnapshotException.class);
      byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      assertThatThrownBy(() -> read(cut)).isInstanceOf(KvSnapshotException.class);
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @Test
  void readFrom_heapEndsMeanwhile_noPageKept() throws IOException {
    byte[] bytes;
    try (KvCache cache = filled(KvType.INT8, 40)) {
      bytes = bytes(cache);
    }
    var little = new LittleHeap(bytes);
    // The header, then a head's count of slots, its table and its pages, and so with the next head.
    for (int reads = 1; reads < 12; reads++) {
      little.reads = reads;
      assertThatThrownBy(() -> KvCache.readFrom(little.channel(), pool))
          .isInstanceOf(OutOfMemoryError.class);
      assertThat(pool.usedBytes()).as("after %d reads", reads).isZero();
    }
  }

  /** Has memory for some reads, and then no more. */
  private static final class LittleHeap {
    private final byte[] bytes;
    private int reads;

    private LittleHeap(byte[] bytes) {
      this.bytes = bytes;
    }

    private ReadableByteChannel channel() {
      return Channels.newChannel(
          new ByteArrayInputStream(bytes) {
            private int left = reads;

            @Override
            public synchronized int read(byte[] to, int from, int length) {
              if (left-- == 0) {
                throw new OutOfMemoryError("no more");
              }
              return super.read(to, from, length);
            }
          });
    }
  }

  private static byte[] bytes(KvCache cache) throws IOException {
    var out = new ByteArrayOutputStream();
    cache.writeTo(Channels.newChannel(out));
    return out.toByteArray();
  }

  private KvCache read(byte[] bytes) throws IOException {
    return KvCache.readFrom(Channels.newChannel(new ByteArrayInputStream(bytes)), pool);
  }
}
