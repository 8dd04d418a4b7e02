/**
 * What becomes of the slots that go: dropped, or folded into the values of those that stay.
 *
 * <p>Keys of different rotation are never mixed: an evictor that merges keys says that it wants
 * them before rotation. Merged slots count for several, and say for how many.
 */
@NullMarked
package io.madeleine.memory.compression.eviction;

import org.jspecify.annotations.NullMarked;
