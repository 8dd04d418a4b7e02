/**
 * Which keys and values of a cache stay.
 *
 * <p>A {@link io.madeleine.memory.compression.Policy} is a scorer, an allocator over layers, a
 * selector over heads and an evictor; a {@link io.madeleine.memory.compression.Compressor} carries
 * it out on {@link io.madeleine.memory.compression.signal.HeadSignals signals} that somebody else
 * observed, under a {@link io.madeleine.memory.compression.budget.Budget}. Nothing here knows a
 * model or a cache.
 */
@NullMarked
package io.madeleine.memory.compression;

import org.jspecify.annotations.NullMarked;
