/** Where a measurement writes what nobody wants to keep. */
@NullMarked
package io.madeleine.evaluation.scratch;

import org.jspecify.annotations.NullMarked;
