/**
 * What was said as the model heard it: the tokens of each turn, how much each surprised it, where
 * an episode begins, and which tokens survived.
 *
 * <p>In: turns of the log, and what a reading observed. Out: the line of tokens and its boundaries.
 * It knows no cache and no other conversation.
 */
@NullMarked
package io.madeleine.conversation.mind.line;

import org.jspecify.annotations.NullMarked;
