/** Line charts as SVG, for the pages in docs/measurements. */
@NullMarked
package io.madeleine.evaluation.plot;

import org.jspecify.annotations.NullMarked;
