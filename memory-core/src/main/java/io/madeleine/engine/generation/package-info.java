/**
 * From logits to text: which token comes next, and when to stop.
 *
 * <p>In: one row of logits at a time, from a single sequence or from a batch of many. Out: tokens,
 * pieces of text that never split a character or a stop text, and the reason for the end. Knows no
 * model: whoever has logits can drive it.
 */
@NullMarked
package io.madeleine.engine.generation;

import org.jspecify.annotations.NullMarked;
