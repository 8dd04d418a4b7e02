/**
 * Numbers at rest: what a tensor is, and how each element type lays its blocks out.
 *
 * <p>No arithmetic lives here.
 */
@NullMarked
package io.madeleine.engine.tensor;

import org.jspecify.annotations.NullMarked;
