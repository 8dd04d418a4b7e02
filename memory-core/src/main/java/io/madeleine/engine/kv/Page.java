package io.madeleine.engine.kv;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/** Sixteen tokens of one head. Whoever holds it holds a reference; the last to release frees it. */
final class Page {

  final PagePool.Slab slab;
  final KvType type;
  final int headDim;
  final MemorySegment memory;
  private final AtomicInteger references = new AtomicInteger(1);

  Page(PagePool.Slab slab, KvType type, int headDim, MemorySegment memory) {
    this.slab = slab;
    this.type = type;
    this.headDim = headDim;
    this.memory = memory;
  }

  Page retain() {
    references.incrementAndGet();
    return this;
  }

  void release() {
    int left = references.decrementAndGet();
    if (left < 0) {
      throw new IllegalStateException("a KV page was released twice: should not happen");
    }
    if (left == 0) {
      slab.pool().free(this);
    }
  }

  boolean isShared() {
    return references.get() > 1;
  }
}
