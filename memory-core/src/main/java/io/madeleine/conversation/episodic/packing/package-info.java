/**
 * Which tokens of the past come back, when not all that was found fits. It knows positions and
 * tokens, and no keys or values.
 */
@NullMarked
package io.madeleine.conversation.episodic.packing;

import org.jspecify.annotations.NullMarked;
