/** How good and how fast it is: a client of the public interface, like any other. */
@NullMarked
package io.madeleine.evaluation;

import org.jspecify.annotations.NullMarked;
