/**
 * The one truth: an append-only log of whole turns, each on disk before it is acknowledged.
 *
 * <p>Windows, episodes, the index and KV caches are derived from it and can be rebuilt. This
 * package knows none of them.
 */
@NullMarked
package io.madeleine.memory.history;

import org.jspecify.annotations.NullMarked;
