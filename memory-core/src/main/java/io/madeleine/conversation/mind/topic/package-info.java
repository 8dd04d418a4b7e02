/**
 * The topics of one conversation's episodes, told apart by an embedder or by their words.
 *
 * <p>In: turns and episodes in the log's order. Out: the topic of each, the topic of a question,
 * the episodes that speak for a topic. It knows no cache.
 */
@NullMarked
package io.madeleine.conversation.mind.topic;

import org.jspecify.annotations.NullMarked;
