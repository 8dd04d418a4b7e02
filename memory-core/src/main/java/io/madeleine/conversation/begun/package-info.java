/**
 * Which conversations there are right now, of whatever kind: one object for each as long as anybody
 * holds it or it has something in memory, and nothing of all the others.
 *
 * <p>In: keys. Out: the conversations that somebody began. It knows nothing of what they do.
 */
@NullMarked
package io.madeleine.conversation.begun;

import org.jspecify.annotations.NullMarked;
