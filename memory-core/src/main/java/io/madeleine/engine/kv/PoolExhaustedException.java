package io.madeleine.engine.kv;

/** The pool has no room for the pages that were asked for. Nothing was changed. */
public final class PoolExhaustedException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  PoolExhaustedException(long wanted, long used, long budget) {
    super(
        """
        KV pages of %,d bytes do not fit: %,d of the pool's %,d bytes are in use. Close, compress or \
        save a cache, store keys and values as INT8, or open a pool with at least %,d bytes.\
        """
            .formatted(wanted, used, budget, used + wanted));
  }
}
