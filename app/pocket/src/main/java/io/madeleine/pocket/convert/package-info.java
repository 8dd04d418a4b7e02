/** From a training checkpoint to the file that ships. */
@NullMarked
package io.madeleine.pocket.convert;

import org.jspecify.annotations.NullMarked;
