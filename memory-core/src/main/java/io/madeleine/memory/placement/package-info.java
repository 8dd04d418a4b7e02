/**
 * Which positions recalled tokens get when they are placed beside others.
 *
 * <p>In: the positions at which each piece was read, and what stands before and after. Out: one new
 * position for each token. No keys are touched here; whoever places them turns them by the
 * difference.
 */
@NullMarked
package io.madeleine.memory.placement;

import org.jspecify.annotations.NullMarked;
