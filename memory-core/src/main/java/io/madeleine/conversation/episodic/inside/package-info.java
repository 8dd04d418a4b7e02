/**
 * Recall inside attention: every layer chooses for itself, for every token anew, which events of a
 * library it attends to beside the sequence. An alternative to placing episodes, measured by the
 * laboratory; a conversation places them.
 */
@NullMarked
package io.madeleine.conversation.episodic.inside;

import org.jspecify.annotations.NullMarked;
