/**
 * One turn, start to end: what a person says goes in, what the model answers comes out, and both
 * are in the history before anybody hears of it.
 *
 * <p>The only place that knows both the engine and the memory, and the order in which they are
 * asked.
 */
@NullMarked
package io.madeleine.conversation;

import org.jspecify.annotations.NullMarked;
