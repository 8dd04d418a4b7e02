package io.madeleine.engine.kv;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * The memory that KV pages live in: off-heap, aligned to 64 bytes, never more than a budget. Memory
 * is taken from the system in slabs of many pages of one size; an empty slab is given back when
 * pages of another size need the room.
 *
 * <p>Safe for use by any thread.
 */
public final class PagePool implements AutoCloseable {

  private static final long SLAB_BYTES = 1L << 20;

  private final long byteBudget;
  private final Map<Integer, ArrayDeque<MemoryOfPage>> free = new HashMap<>();
  private final List<Slab> slabs = new ArrayList<>();
  private long reservedBytes;
  private long usedBytes;
  private boolean closed;

  /** Memory of many pages, and how many of them are in use. */
  static final class Slab {
    private final PagePool pool;
    private final Arena arena = Arena.ofShared();
    private final int pageBytes;
    private final long bytes;
    private int used;

    private Slab(PagePool pool, int pageBytes, long pages) {
      this.pool = pool;
      this.pageBytes = pageBytes;
      this.bytes = pages * pageBytes;
    }

    PagePool pool() {
      return pool;
    }
  }

  private record MemoryOfPage(Slab slab, MemorySegment memory) {}

  /**
   * Opens an empty pool; memory is taken when pages are.
   *
   * @param byteBudget the most bytes that pages may occupy, at least 1
   * @throws IllegalArgumentException if the budget is below 1
   */
  public PagePool(long byteBudget) {
    if (byteBudget < 1) {
      throw new IllegalArgumentException(
          "the byte budget must be at least 1, but was " + byteBudget);
    }
    this.byteBudget = byteBudget;
  }

  /** {@return the most bytes that pages may occupy} */
  public long byteBudget() {
    return byteBudget;
  }

  /** {@return the bytes of the pages in use; a page shared by many caches counts once} */
  public synchronized long usedBytes() {
    return usedBytes;
  }

  /** {@return the bytes taken from the system; never above the budget} */
  public synchronized long reservedBytes() {
    return reservedBytes;
  }

  /**
   * Takes pages, all or none. Their memory is zero.
   *
   * @throws PoolExhaustedException if they do not fit
   */
  synchronized List<Page> take(int count, KvType type, int headDim) {
    if (closed) {
      throw new IllegalStateException("this page pool is closed");
    }
    int pageBytes = type.pageBytes(headDim);
    var sameSize = free.computeIfAbsent(pageBytes, size -> new ArrayDeque<>());
    makeRoom(count - sameSize.size(), pageBytes, sameSize, (long) count * pageBytes);
    var pages = new ArrayList<Page>(count);
    for (int i = 0; i < count; i++) {
      MemoryOfPage memory = sameSize.pop();
      memory.slab.used++;
      memory.memory.fill((byte) 0);
      pages.add(new Page(memory.slab, type, headDim, memory.memory));
    }
    usedBytes += (long) count * pageBytes;
    return pages;
  }

  synchronized void free(Page page) {
    page.slab.used--;
    usedBytes -= page.slab.pageBytes;
    free.computeIfAbsent(page.slab.pageBytes, size -> new ArrayDeque<>())
        .push(new MemoryOfPage(page.slab, page.memory));
  }

  private void makeRoom(int missing, int pageBytes, ArrayDeque<MemoryOfPage> to, long wanted) {
    if (missing <= 0) {
      return;
    }
    if (reservedBytes + (long) missing * pageBytes > byteBudget) {
      giveBackEmptySlabs(pageBytes);
    }
    long room = (byteBudget - reservedBytes) / pageBytes;
    if (room < missing) {
      throw new PoolExhaustedException(wanted, usedBytes, byteBudget);
    }
    long pages = Math.min(room, Math.max(missing, SLAB_BYTES / pageBytes));
    var slab = new Slab(this, pageBytes, pages);
    MemorySegment memory = slab.arena.allocate(slab.bytes, 64);
    for (long i = pages - 1; i >= 0; i--) {
      to.push(new MemoryOfPage(slab, memory.asSlice(i * pageBytes, pageBytes)));
    }
    slabs.add(slab);
    reservedBytes += slab.bytes;
  }

  private void giveBackEmptySlabs(int exceptPageBytes) {
    for (Iterator<Slab> all = slabs.iterator(); all.hasNext(); ) {
      Slab slab = all.next();
      if (slab.used == 0 && slab.pageBytes != exceptPageBytes) {
        free.getOrDefault(slab.pageBytes, new ArrayDeque<>())
            .removeIf(memory -> memory.slab == slab);
        all.remove();
        reservedBytes -= slab.bytes;
        slab.arena.close();
      }
    }
  }

  /**
   * Gives the memory back to the system. Closing twice does nothing.
   *
   * @throws IllegalStateException if pages are in use: close the caches first
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    if (usedBytes > 0) {
      throw new IllegalStateException(
          "%,d bytes of pages are still in use: close every KvCache before its pool"
              .formatted(usedBytes));
    }
    closed = true;
    free.clear();
    slabs.forEach(slab -> slab.arena.close());
    slabs.clear();
    reservedBytes = 0;
  }
}
