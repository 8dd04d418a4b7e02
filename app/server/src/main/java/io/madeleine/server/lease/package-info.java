/**
 * Whose cache is pinned while a tool runs, for how long, and why: the answer to a question that an
 * operator asks when memory is short.
 */
@NullMarked
package io.madeleine.server.lease;

import org.jspecify.annotations.NullMarked;
