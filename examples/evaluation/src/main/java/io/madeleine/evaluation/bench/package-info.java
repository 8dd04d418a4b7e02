/** How fast it is, next to somebody else. */
@NullMarked
package io.madeleine.evaluation.bench;

import org.jspecify.annotations.NullMarked;
