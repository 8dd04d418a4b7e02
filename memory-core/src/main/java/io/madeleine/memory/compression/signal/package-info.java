/**
 * What a policy may read of one KV head: keys, values, the queries of a window, and numbers that an
 * engine collected on its way.
 *
 * <p>All of it is plain arrays, so that a policy can be tested without a model. This package
 * computes attention from queries and keys and decides nothing.
 */
@NullMarked
package io.madeleine.memory.compression.signal;

import org.jspecify.annotations.NullMarked;
