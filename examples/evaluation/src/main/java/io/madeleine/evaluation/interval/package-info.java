/**
 * How far a mean of few runs may be from the truth: numbers of runs in, an interval out. Knows
 * nothing of what was measured.
 */
@NullMarked
package io.madeleine.evaluation.interval;

import org.jspecify.annotations.NullMarked;
