/**
 * Where one episode of a dialogue ends and the next begins, decided turn by turn as they come.
 *
 * <p>{@link io.madeleine.memory.segmentation.StreamSegmenter} reads who spoke, the words, and
 * whatever else there is of vectors, timestamps and surprisal; it says where the dialogue turns and
 * {@linkplain io.madeleine.memory.segmentation.Boundary why}. Nothing here knows a model.
 */
@NullMarked
package io.madeleine.memory.segmentation;

import org.jspecify.annotations.NullMarked;
