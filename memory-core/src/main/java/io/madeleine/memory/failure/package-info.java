/**
 * What to do when one of several steps fails that all have to be tried, as in closing and erasing,
 * and with the half of a file that a failed write left.
 *
 * <p>In: steps, or a draft. Out: all of them done, or the draft gone, and the first failure with
 * the others beside it.
 */
@NullMarked
package io.madeleine.memory.failure;

import org.jspecify.annotations.NullMarked;
