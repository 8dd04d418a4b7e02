/**
 * What is kept of an episode when it closes: all of it, or what a policy leaves, once and for good.
 */
@NullMarked
package io.madeleine.conversation.episodic.closing;

import org.jspecify.annotations.NullMarked;
