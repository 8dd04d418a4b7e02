/**
 * Vectors with a text and metadata, found by direction and narrowed by conditions: somebody's own
 * documents, beside the memory of what was said.
 *
 * <p>In: entries and questions as vectors. Out: the nearest entries, by (1 + cosine) / 2. Unlike
 * the turn index next door nothing can rebuild this store, so it says what a crash may cost and
 * never deletes a damaged directory. It knows neither embedders nor the turn log.
 */
@NullMarked
package io.madeleine.memory.index.vector;

import org.jspecify.annotations.NullMarked;
