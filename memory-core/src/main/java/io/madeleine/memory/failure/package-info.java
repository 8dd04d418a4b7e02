/**
 * What to do when one of several steps fails that all have to be tried, as in closing and erasing.
 *
 * <p>In: steps. Out: all of them done, and then the first failure with the others beside it.
 */
@NullMarked
package io.madeleine.memory.failure;

import org.jspecify.annotations.NullMarked;
