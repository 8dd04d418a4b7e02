package io.madeleine.engine.kv;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.List;

/**
 * The keys and values of one sequence: per layer and KV head a list of slots, each with the
 * position that its key is rotated to. Keys are post-RoPE. Heads may have different lengths, and
 * positions may have gaps.
 *
 * <p>A {@link #fork} shares all pages until one of the two writes. One thread at a time may use a
 * cache; forks may live in different threads. Close it to give its pages back.
 */
public final class KvCache implements AutoCloseable {

  private final KvShape shape;
  private final KvType type;
  private final PagePool pool;
  private final HeadSlots[] heads;
  private int length;
  private boolean closed;

  /** How much a cache holds at a moment; see {@link KvCache#mark}. */
  public static final class Mark {
    private final int[] slots;
    private final int length;

    private Mark(int[] slots, int length) {
      this.slots = slots;
      this.length = length;
    }
  }

  /** Opens an empty cache; pages are taken as tokens come. */
  public KvCache(KvShape shape, KvType type, PagePool pool) {
    this.shape = shape;
    this.type = type;
    this.pool = pool;
    this.heads = new HeadSlots[shape.heads()];
    Arrays.setAll(heads, h -> new HeadSlots(shape.headDim(), type));
  }

  private KvCache(KvCache from) {
    this.shape = from.shape;
    this.type = from.type;
    this.pool = from.pool;
    this.length = from.length;
    this.heads = new HeadSlots[from.heads.length];
    Arrays.setAll(heads, h -> from.heads[h].fork());
  }

  /** {@return layers, KV heads and head size} */
  public KvShape shape() {
    return shape;
  }

  /** {@return how new slots are stored} */
  public KvType type() {
    return type;
  }

  /** {@return the position that the next token gets by default: one beyond the last appended} */
  public int length() {
    return length;
  }

  /** {@return the number of slots of one head} */
  public int slots(int layer, int kvHead) {
    return head(layer, kvHead).slots();
  }

  /** {@return the position that the key in {@code slot} is rotated to} */
  public int position(int layer, int kvHead, int slot) {
    return checked(layer, kvHead, slot).position(slot);
  }

  /** {@return the positions of one head's slots, a copy} */
  public int[] positions(int layer, int kvHead) {
    HeadSlots head = head(layer, kvHead);
    return Arrays.copyOf(head.positions(), head.slots());
  }

  /** {@return a number that a policy left at this slot, 0 by default} */
  public float importance(int layer, int kvHead, int slot) {
    return checked(layer, kvHead, slot).importance(slot);
  }

  /** Leaves a number at this slot. It moves with the slot and is saved with it. */
  public void importance(int layer, int kvHead, int slot, float value) {
    checked(layer, kvHead, slot).importance(slot, value);
  }

  /** {@return a cache of the same tokens that shares all pages until one of the two writes} */
  public KvCache fork() {
    requireOpen();
    return new KvCache(this);
  }

  /**
   * Takes all pages that {@code tokens} more tokens need in every head, so that appending them
   * cannot fail half way.
   *
   * @throws PoolExhaustedException if they do not fit; nothing is changed then
   */
  public void reserve(int tokens) {
    reserve(shape.layers(), tokens);
  }

  /**
   * Makes room for {@code tokens} more in every head of the first layers.
   *
   * @throws PoolExhaustedException if they do not fit; nothing is changed then
   */
  public void reserve(int layers, int tokens) {
    requireOpen();
    List<HeadSlots> some = Arrays.asList(heads).subList(0, layers * shape.kvHeads());
    int wanted = some.stream().mapToInt(head -> head.pagesFor(tokens)).sum();
    try (var supply = new PageSupply(pool, wanted, type, shape.headDim())) {
      some.forEach(head -> head.reserve(tokens, supply));
    }
  }

  /**
   * Appends one slot to one head and moves {@link #length} behind it.
   *
   * @param keyPostRope {@code headDim} elements, rotated to {@code position}
   * @param value {@code headDim} elements
   */
  public void append(int layer, int kvHead, float[] keyPostRope, float[] value, int position) {
    appendAll(layer, kvHead, keyPostRope, value, new int[] {position});
  }

  /**
   * Appends slots to one head, for example those of a stored episode.
   *
   * @param keysPostRope {@code [positions.length][headDim]}, each rotated to its position
   * @param values {@code [positions.length][headDim]}
   * @throws PoolExhaustedException if they do not fit; nothing is changed then
   */
  public void appendAll(
      int layer, int kvHead, float[] keysPostRope, float[] values, int[] positions) {
    int elements = positions.length * shape.headDim();
    if (keysPostRope.length != elements || values.length != elements) {
      throw new IllegalArgumentException(
          "%d slots need %d elements of keys and of values, but there are %d and %d"
              .formatted(positions.length, elements, keysPostRope.length, values.length));
    }
    requireOpen();
    HeadSlots head = head(layer, kvHead);
    try (var supply =
        new PageSupply(pool, head.pagesFor(positions.length), type, shape.headDim())) {
      head.reserve(positions.length, supply);
    }
    MemorySegment keys = MemorySegment.ofArray(keysPostRope);
    MemorySegment allValues = MemorySegment.ofArray(values);
    for (int i = 0; i < positions.length; i++) {
      long offset = 4L * i * shape.headDim();
      head.append(keys, offset, allValues, offset, positions[i]);
      length = Math.max(length, positions[i] + 1);
    }
  }

  /**
   * Appends one slot to one head, from memory, after {@link #reserve}. Different heads may be
   * appended to by different threads at once; {@link #advanceTo} follows when all are done.
   */
  public void appendReserved(
      int layer,
      int kvHead,
      MemorySegment keys,
      long keyOffset,
      MemorySegment values,
      long valueOffset,
      int position) {
    head(layer, kvHead).append(keys, keyOffset, values, valueOffset, position);
  }

  /** Moves {@link #length} to {@code position} if it is less. */
  public void advanceTo(int position) {
    length = Math.max(length, position);
  }

  /**
   * Drops, in every head, the trailing slots at positions from {@code newLength} on; the next token
   * comes at {@code newLength}.
   *
   * @throws IllegalArgumentException if {@code newLength} is negative or above {@link #length}
   */
  public void truncate(int newLength) {
    if (newLength < 0 || newLength > length) {
      throw new IllegalArgumentException(
          "a cache of length %d cannot be truncated to %d".formatted(length, newLength));
    }
    requireOpen();
    for (HeadSlots head : heads) {
      int slots = head.slots();
      while (slots > 0 && head.position(slots - 1) >= newLength) {
        slots--;
      }
      head.shorten(slots);
    }
    length = newLength;
  }

  /** {@return how much this cache holds now, for {@link #backTo}} */
  public Mark mark() {
    var slots = new int[heads.length];
    for (int h = 0; h < slots.length; h++) {
      slots[h] = heads[h].slots();
    }
    return new Mark(slots, length);
  }

  /**
   * Drops, in every head, what was appended since, at whatever positions. The pages that were
   * reserved for it stay reserved, for this needs no memory, so that it cannot fail where memory
   * was what failed; {@link #truncate} gives them back. Those that a fork shares since do not stay:
   * what is appended next would be written into the fork.
   *
   * @param mark of this cache, and since when it was only appended to
   * @throws IllegalArgumentException if a head has fewer slots than then; nothing is changed then
   */
  public void backTo(Mark mark) {
    requireOpen();
    for (int h = 0; h < heads.length; h++) {
      if (mark.slots[h] > heads[h].slots()) {
        throw new IllegalArgumentException(
            "head %d had %d slots and has %d: one can go back only over what was appended"
                .formatted(h, mark.slots[h], heads[h].slots()));
      }
    }
    for (int h = 0; h < heads.length; h++) {
      heads[h].backTo(mark.slots[h]);
    }
    length = mark.length;
  }

  /**
   * Keeps only these slots of one head, in this order; positions stay as they are.
   *
   * @param slots ascending, without repetition, each below {@link #slots(int, int)}
   * @throws PoolExhaustedException if the new pages do not fit beside the old; nothing is changed
   */
  public void keep(int layer, int kvHead, int[] slots) {
    requireOpen();
    HeadSlots head = head(layer, kvHead);
    for (int i = 0; i < slots.length; i++) {
      if (slots[i] < 0 || slots[i] >= head.slots() || (i > 0 && slots[i] <= slots[i - 1])) {
        throw new IllegalArgumentException(
            "slots to keep must ascend and stay below %d, but number %d is %d"
                .formatted(head.slots(), i, slots[i]));
      }
    }
    try (var supply = new PageSupply(pool, head.pagesToKeep(slots), type, shape.headDim())) {
      head.keep(slots, supply);
    }
  }

  /**
   * Gives the slots of one head new positions, and turns their keys by the difference.
   *
   * @param newPositions one for each slot
   * @param rotary the rotation of this layer, from {@code Transformer.rotary(layer)}
   * @throws PoolExhaustedException if copies of shared pages do not fit; nothing is changed then
   */
  public void moveTo(int layer, int kvHead, int[] newPositions, Rotary rotary) {
    requireOpen();
    HeadSlots head = head(layer, kvHead);
    if (newPositions.length != head.slots()) {
      throw new IllegalArgumentException(
          "%d slots need as many positions, but got %d"
              .formatted(head.slots(), newPositions.length));
    }
    try (var supply = new PageSupply(pool, head.pagesToMove(), type, shape.headDim())) {
      head.moveTo(newPositions, rotary, supply);
    }
  }

  /** Sets the position of the next token, for example after {@link #moveTo} made all smaller. */
  public void length(int newLength) {
    if (newLength < 0) {
      throw new IllegalArgumentException("length must not be negative, but was " + newLength);
    }
    length = newLength;
  }

  /**
   * Reads keys, post-RoPE.
   *
   * @param out {@code [toSlot - fromSlot][headDim]}
   */
  public void readKeys(int layer, int kvHead, int fromSlot, int toSlot, float[] out) {
    rangeChecked(layer, kvHead, fromSlot, toSlot, out).read(true, fromSlot, toSlot, out);
  }

  /**
   * Reads values.
   *
   * @param out {@code [toSlot - fromSlot][headDim]}
   */
  public void readValues(int layer, int kvHead, int fromSlot, int toSlot, float[] out) {
    rangeChecked(layer, kvHead, fromSlot, toSlot, out).read(false, fromSlot, toSlot, out);
  }

  /** {@return the bytes of all pages of this cache, shared ones included} */
  public long bytes() {
    long bytes = 0;
    for (HeadSlots head : heads) {
      for (int p = 0; p < head.pageCount(); p++) {
        bytes += head.page(p).type.pageBytes(shape.headDim());
      }
    }
    return bytes;
  }

  /** {@return addresses of one head's pages; for kernels, which may read {@link #slots} of them} */
  public long[] pageAddresses(int layer, int kvHead) {
    return head(layer, kvHead).addresses();
  }

  /** {@return how page {@code page} of one head stores its numbers} */
  public KvType pageType(int layer, int kvHead, int page) {
    return head(layer, kvHead).page(page).type;
  }

  /**
   * {@return how many bytes {@link #writeTo} writes: more than {@link #bytes}, by a few percent}
   */
  public long writtenBytes() {
    requireOpen();
    return KvSnapshot.bytes(this);
  }

  /** Writes this cache with a header and a checksum; see {@link #readFrom}. */
  public void writeTo(WritableByteChannel channel) throws IOException {
    requireOpen();
    new KvSnapshot(channel).write(this);
  }

  /**
   * Reads what {@link #writeTo} wrote.
   *
   * @throws KvSnapshotException if it is no snapshot, is cut short or damaged; no page stays taken
   * @throws PoolExhaustedException if it does not fit
   */
  public static KvCache readFrom(ReadableByteChannel channel, PagePool pool) throws IOException {
    return KvSnapshot.read(channel, pool);
  }

  HeadSlots head(int index) {
    return heads[index];
  }

  PagePool pool() {
    return pool;
  }

  private HeadSlots head(int layer, int kvHead) {
    if (layer < 0 || layer >= shape.layers() || kvHead < 0 || kvHead >= shape.kvHeads()) {
      throw new IndexOutOfBoundsException(
          "layer %d, KV head %d of %d layers and %d KV heads"
              .formatted(layer, kvHead, shape.layers(), shape.kvHeads()));
    }
    return heads[layer * shape.kvHeads() + kvHead];
  }

  private HeadSlots checked(int layer, int kvHead, int slot) {
    HeadSlots head = head(layer, kvHead);
    if (slot < 0 || slot >= head.slots()) {
      throw new IndexOutOfBoundsException("slot %d of %d".formatted(slot, head.slots()));
    }
    return head;
  }

  private HeadSlots rangeChecked(int layer, int kvHead, int from, int to, float[] out) {
    HeadSlots head = head(layer, kvHead);
    if (from < 0 || to < from || to > head.slots()) {
      throw new IndexOutOfBoundsException("slots %d to %d of %d".formatted(from, to, head.slots()));
    }
    if (out.length < (to - from) * shape.headDim()) {
      throw new IllegalArgumentException(
          "%d slots need %d elements, but out has %d"
              .formatted(to - from, (to - from) * shape.headDim(), out.length));
    }
    return head;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("this KV cache is closed");
    }
  }

  /** Gives all pages back. Closing twice does nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      for (HeadSlots head : heads) {
        head.close();
      }
    }
  }
}
