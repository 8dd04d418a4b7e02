/**
 * What a compression policy wants to know of a stretch of conversation, observed on the model: the
 * stretch is read again, or said again, and the queries that this makes are written down.
 *
 * <p>In: a span, its tokens and the cache that it stands behind. Out: signals, one head at a time.
 * Nothing is decided here, and the caller's cache is left as it was.
 */
@NullMarked
package io.madeleine.conversation.observation;

import org.jspecify.annotations.NullMarked;
