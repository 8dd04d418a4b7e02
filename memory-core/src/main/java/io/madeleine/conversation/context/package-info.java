/**
 * What the model reads: messages in order, their text and tokens, and the keys and values that a
 * conversation has of them already.
 */
@NullMarked
package io.madeleine.conversation.context;

import org.jspecify.annotations.NullMarked;
