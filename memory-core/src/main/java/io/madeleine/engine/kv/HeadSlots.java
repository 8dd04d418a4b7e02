package io.madeleine.engine.kv;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** The pages of one KV head of one layer, with a position and an importance for every slot. */
final class HeadSlots {

  private static final float[] NO_IMPORTANCE = {};

  private final int headDim;
  private final KvType type;
  private Page[] pages = new Page[4];
  private long[] addresses = new long[4];
  private int[] positions = new int[4 * KvType.PAGE_TOKENS];
  private float[] importance = NO_IMPORTANCE;
  private int pageCount;
  private int slots;

  HeadSlots(int headDim, KvType type) {
    this.headDim = headDim;
    this.type = type;
  }

  HeadSlots fork() {
    var copy = new HeadSlots(headDim, type);
    int used = KvType.pages(slots);
    copy.pages = Arrays.copyOf(pages, Math.max(4, used));
    copy.addresses = Arrays.copyOf(addresses, Math.max(4, used));
    for (int p = 0; p < used; p++) {
      pages[p].retain();
    }
    copy.pageCount = used;
    Arrays.fill(copy.pages, used, copy.pages.length, null);
    copy.positions = Arrays.copyOf(positions, Math.max(4 * KvType.PAGE_TOKENS, slots));
    copy.importance = importance.length == 0 ? importance : importance.clone();
    copy.slots = slots;
    return copy;
  }

  int slots() {
    return slots;
  }

  int pageCount() {
    return pageCount;
  }

  Page page(int index) {
    return pages[index];
  }

  long[] addresses() {
    return addresses;
  }

  int[] positions() {
    return positions;
  }

  int position(int slot) {
    return positions[slot];
  }

  float importance(int slot) {
    return slot < importance.length ? importance[slot] : 0;
  }

  void importance(int slot, float value) {
    if (slot >= importance.length) {
      importance = Arrays.copyOf(importance, positions.length);
    }
    importance[slot] = value;
  }

  /** {@return pages that {@code tokens} more tokens need, one to replace a shared tail included} */
  int pagesFor(int tokens) {
    int missing = Math.max(0, KvType.pages(slots + tokens) - pageCount);
    return missing + (tailIsShared() ? 1 : 0);
  }

  private boolean tailIsShared() {
    int tail = slots / KvType.PAGE_TOKENS;
    return slots % KvType.PAGE_TOKENS != 0 && (pages[tail].isShared() || !isOfType(tail));
  }

  private boolean isOfType(int page) {
    return pages[page].type == type;
  }

  /** Makes room for {@code tokens} more, with {@link #pagesFor} fresh pages from {@code supply}. */
  void reserve(int tokens, PageSupply supply) {
    if (tailIsShared()) {
      int tail = slots / KvType.PAGE_TOKENS;
      replace(tail, copyOf(pages[tail], slots % KvType.PAGE_TOKENS, supply.next()));
    }
    int wanted = KvType.pages(slots + tokens);
    while (pageCount < wanted) {
      add(supply.next());
    }
    if (positions.length < slots + tokens) {
      positions = Arrays.copyOf(positions, Math.max(slots + tokens, 2 * positions.length));
    }
  }

  private Page copyOf(Page from, int slotsUsed, Page to) {
    if (from.type == to.type) {
      to.memory.copyFrom(from.memory);
      return to;
    }
    var key = new float[headDim];
    for (int s = 0; s < slotsUsed; s++) {
      recode(from, s, to, s, key);
    }
    return to;
  }

  private void recode(Page from, int fromSlot, Page to, int toSlot, float[] vector) {
    MemorySegment segment = MemorySegment.ofArray(vector);
    from.type.readKey(from.memory, fromSlot, headDim, vector, 0);
    to.type.writeKey(to.memory, toSlot, headDim, segment, 0);
    from.type.readValue(from.memory, fromSlot, headDim, vector, 0);
    to.type.writeValue(to.memory, toSlot, headDim, segment, 0);
  }

  private void replace(int index, Page page) {
    pages[index].release();
    pages[index] = page;
    addresses[index] = page.memory.address();
  }

  private void add(Page page) {
    if (pageCount == pages.length) {
      pages = Arrays.copyOf(pages, 2 * pageCount);
      addresses = Arrays.copyOf(addresses, 2 * pageCount);
    }
    pages[pageCount] = page;
    addresses[pageCount++] = page.memory.address();
  }

  /** Writes one slot; {@link #reserve} came before. */
  void append(MemorySegment key, long keyOffset, MemorySegment value, long valueOffset, int at) {
    Page page = pages[slots / KvType.PAGE_TOKENS];
    int slot = slots % KvType.PAGE_TOKENS;
    page.type.writeKey(page.memory, slot, headDim, key, keyOffset);
    page.type.writeValue(page.memory, slot, headDim, value, valueOffset);
    positions[slots++] = at;
  }

  void read(boolean keys, int fromSlot, int toSlot, float[] out) {
    for (int slot = fromSlot; slot < toSlot; slot++) {
      Page page = pages[slot / KvType.PAGE_TOKENS];
      int inPage = slot % KvType.PAGE_TOKENS;
      int offset = (slot - fromSlot) * headDim;
      if (keys) {
        page.type.readKey(page.memory, inPage, headDim, out, offset);
      } else {
        page.type.readValue(page.memory, inPage, headDim, out, offset);
      }
    }
  }

  /** Drops the slots from {@code count} on; their pages stay reserved, but for shared ones. */
  void backTo(int count) {
    dropFrom(count);
    int kept = KvType.pages(count);
    for (int p = kept; p < pageCount; p++) {
      if (pages[p].isShared()) {
        pages[p].release();
      } else {
        pages[kept] = pages[p];
        addresses[kept++] = addresses[p];
      }
    }
    Arrays.fill(pages, kept, pageCount, null);
    pageCount = kept;
  }

  private void dropFrom(int count) {
    slots = count;
    if (count < importance.length) {
      Arrays.fill(importance, count, importance.length, 0);
    }
  }

  /** Drops the slots from {@code count} on, and the pages that no slot needs any more. */
  void shorten(int count) {
    dropFrom(count);
    int needed = KvType.pages(count);
    while (pageCount > needed) {
      pages[--pageCount].release();
      pages[pageCount] = null;
    }
  }

  /** {@return fresh pages that {@link #keep} needs: the leading ones that stay whole are shared} */
  int pagesToKeep(int[] kept) {
    return KvType.pages(kept.length) - unchangedPages(kept);
  }

  void keep(int[] kept, PageSupply supply) {
    int unchanged = unchangedPages(kept);
    Page[] old = pages;
    int oldCount = pageCount;
    pages = new Page[Math.max(4, KvType.pages(kept.length))];
    addresses = new long[pages.length];
    pageCount = 0;
    for (int p = 0; p < unchanged; p++) {
      add(old[p].retain());
    }
    var vector = new float[headDim];
    for (int i = unchanged * KvType.PAGE_TOKENS; i < kept.length; i++) {
      if (i % KvType.PAGE_TOKENS == 0) {
        add(supply.next());
      }
      Page from = old[kept[i] / KvType.PAGE_TOKENS];
      Page to = pages[pageCount - 1];
      int fromSlot = kept[i] % KvType.PAGE_TOKENS;
      if (from.type == to.type) {
        to.type.copySlot(from.memory, fromSlot, to.memory, i % KvType.PAGE_TOKENS, headDim);
      } else {
        recode(from, fromSlot, to, i % KvType.PAGE_TOKENS, vector);
      }
    }
    for (int i = 0; i < kept.length; i++) {
      positions[i] = positions[kept[i]];
      if (i < importance.length) {
        importance[i] = importance(kept[i]);
      }
    }
    for (int p = 0; p < oldCount; p++) {
      old[p].release();
    }
    shorten(kept.length);
  }

  private int unchangedPages(int[] kept) {
    int same = 0;
    while (same < kept.length && kept[same] == same) {
      same++;
    }
    return same / KvType.PAGE_TOKENS;
  }

  /** {@return fresh pages that {@link #moveTo} needs: one for each shared page} */
  int pagesToMove() {
    int shared = 0;
    for (int p = 0; p < pageCount; p++) {
      shared += pages[p].isShared() ? 1 : 0;
    }
    return shared;
  }

  void moveTo(int[] newPositions, Rotary rotary, PageSupply supply) {
    var key = new float[headDim];
    MemorySegment segment = MemorySegment.ofArray(key);
    for (int slot = 0; slot < slots; slot++) {
      int delta = newPositions[slot] - positions[slot];
      if (delta != 0) {
        Page page = ownPage(slot / KvType.PAGE_TOKENS, supply);
        page.type.readKey(page.memory, slot % KvType.PAGE_TOKENS, headDim, key, 0);
        rotary.turn(key, 0, delta);
        page.type.writeKey(page.memory, slot % KvType.PAGE_TOKENS, headDim, segment, 0);
        positions[slot] = newPositions[slot];
      }
    }
  }

  private Page ownPage(int index, PageSupply supply) {
    if (pages[index].isShared()) {
      Page own = supply.take(pages[index].type);
      own.memory.copyFrom(pages[index].memory);
      replace(index, own);
    }
    return pages[index];
  }

  void adopt(List<Page> fresh, int[] slotPositions, float[] slotImportance) {
    fresh.forEach(this::add);
    positions = Arrays.copyOf(slotPositions, Math.max(positions.length, slotPositions.length));
    importance = slotImportance;
    slots = slotPositions.length;
  }

  void close() {
    shorten(0);
  }
}
