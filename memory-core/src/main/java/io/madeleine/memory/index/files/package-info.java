/**
 * What every set of Lucene files here needs, whatever is in it.
 *
 * <p>In: an open writer. Out: files without a byte of what was deleted. It knows no document.
 */
@NullMarked
package io.madeleine.memory.index.files;

import org.jspecify.annotations.NullMarked;
