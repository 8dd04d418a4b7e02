/**
 * Messages in a model family's words: the way in (a chat template) and the way out (what the model
 * wrote, told apart into reasoning, answer and tool calls).
 *
 * <p>In: messages and tools, or generated text as it streams. Out: prompt text, or {@link
 * io.madeleine.engine.chat.AnswerPart parts} of an answer. Knows no model and no tokens.
 */
@NullMarked
package io.madeleine.engine.chat;

import org.jspecify.annotations.NullMarked;
