/**
 * A conversation of any length: before each turn the episodes that matter are found and their keys
 * and values placed behind a stable prefix, so that only the new tokens are read; after it, what
 * was said is cut where the model was surprised, stored, and can come back.
 *
 * <p>{@link EpisodicConversations#open(java.nio.file.Path,
 * io.madeleine.conversation.ConversationConfig) EpisodicConversations.open} is the way in.
 *
 * <p>This is where the parts meet: the log, the index, the tiers and the model. Each can be thrown
 * away but the log.
 */
@NullMarked
package io.madeleine.conversation.mind;

import org.jspecify.annotations.NullMarked;
