/**
 * The working cache of a long conversation: a stable prefix, the episodes that this turn needs, the
 * recent tokens, and the turn itself. What leaves is stored and can come back at another position.
 *
 * <p>This package joins the engine's forward pass with memory's spans, tiers and placements. It
 * knows no text, no roles and no index: whoever uses it says which episodes to recall. What is kept
 * of an episode, what of it comes back and how it is fitted in are packages of their own below.
 */
@NullMarked
package io.madeleine.conversation.episodic;

import org.jspecify.annotations.NullMarked;
