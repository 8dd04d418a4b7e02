/**
 * How well the segmenter finds where conversations turn, measured on sets with known boundaries.
 */
@NullMarked
package io.madeleine.evaluation.segmentation;

import org.jspecify.annotations.NullMarked;
