/**
 * How recalled keys and values, which never saw what stands before them now, are fitted in: a
 * sharper attention to them, some tokens read again, the others moved by what changed in those.
 *
 * <p>In: pieces and their new positions. Out: a cache that holds them.
 */
@NullMarked
package io.madeleine.conversation.episodic.blending;

import org.jspecify.annotations.NullMarked;
