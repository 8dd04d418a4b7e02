/** Conversations as files: read from others, written for others. */
@NullMarked
package io.madeleine.conversation.exchange;

import org.jspecify.annotations.NullMarked;
