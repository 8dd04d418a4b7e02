/**
 * What does a turn cost when the conversation is long? Events, beside reading everything again, a
 * window, and recalled text.
 */
@NullMarked
package io.madeleine.evaluation.turn;

import org.jspecify.annotations.NullMarked;
