/**
 * A question in, ranked turns out, through Lucene on disk: the only package that imports it.
 *
 * <p>The index is derived from the turn log and can be thrown away.
 */
@NullMarked
package io.madeleine.memory.index;

import org.jspecify.annotations.NullMarked;
