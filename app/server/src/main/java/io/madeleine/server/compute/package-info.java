/** Threads for what computes for long, beside those that serve. */
@NullMarked
package io.madeleine.server.compute;

import org.jspecify.annotations.NullMarked;
