package io.madeleine.memory.snapshot;

import io.madeleine.engine.kv.KvCache;

/** What a look for a snapshot brought. */
public sealed interface Found {

  /**
   * It is there and whole.
   *
   * @param header what it is of
   * @param cache its keys and values; the caller closes it
   */
  record Whole(SnapshotHeader header, KvCache cache) implements Found {}

  /** There is none. */
  record Nothing() implements Found {}

  /**
   * There is one, and it cannot be used; read the log instead.
   *
   * @param why one sentence for a person
   */
  record Unusable(String why) implements Found {}
}
