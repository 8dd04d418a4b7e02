/**
 * What a conversation is about: episodes gathered by subject, each subject with an id that stays
 * and a few words for a name.
 *
 * <p>{@link io.madeleine.memory.topic.TopicClusters} clusters a finished history at once, as
 * EpiCache does; {@link io.madeleine.memory.topic.Topics} keeps up with a stream. Vectors and words
 * in, ids out: nothing here knows a model.
 */
@NullMarked
package io.madeleine.memory.topic;

import org.jspecify.annotations.NullMarked;
