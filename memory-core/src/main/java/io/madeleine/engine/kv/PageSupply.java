package io.madeleine.engine.kv;

import java.util.Iterator;
import java.util.List;

/** Pages that were taken together, so that a change of a cache happens whole or not at all. */
final class PageSupply implements AutoCloseable {

  private final PagePool pool;
  private final int headDim;
  private final Iterator<Page> pages;

  /**
   * @throws PoolExhaustedException if the pages do not fit
   */
  PageSupply(PagePool pool, int count, KvType type, int headDim) {
    this.pool = pool;
    this.headDim = headDim;
    this.pages = (count == 0 ? List.<Page>of() : pool.take(count, type, headDim)).iterator();
  }

  Page next() {
    return pages.next();
  }

  /** A page of {@code type}: one of the supply, or another where the types differ. */
  Page take(KvType type) {
    if (pages.hasNext()) {
      Page page = pages.next();
      if (page.type == type) {
        return page;
      }
      page.release();
    }
    return pool.take(1, type, headDim).getFirst();
  }

  /** Gives back what was not used. */
  @Override
  public void close() {
    pages.forEachRemaining(Page::release);
  }
}
