/** Short programs that show one thing each: {@code ./madeleine examples} lists them. */
@NullMarked
package io.madeleine.tour;

import org.jspecify.annotations.NullMarked;
