package io.madeleine.memory.tier;

import io.madeleine.memory.store.KvSpan;

/**
 * A span, and where it was.
 *
 * @param span its keys and values
 * @param from where it was found
 * @param bytesMoved read from that place; 0 when it was hot
 */
public record FoundSpan(KvSpan span, Tier from, long bytesMoved) {}
