/**
 * Where a span's keys and values are right now: as numbers in memory, as bytes in memory, on disk,
 * or nowhere but in the log, from which they can be read again.
 *
 * <p>Every level has a budget in bytes, which all tenants share, and gives up its least recently
 * used first. Writing to disk happens behind the caller's back, through a queue that is bounded
 * too.
 */
@NullMarked
package io.madeleine.memory.tier;

import org.jspecify.annotations.NullMarked;
