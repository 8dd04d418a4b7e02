/**
 * Whose memory it is, and which conversation: typed, mandatory, without defaults.
 *
 * <p>Everything above carries these keys; this package knows nothing else.
 */
@NullMarked
package io.madeleine.memory.identity;

import org.jspecify.annotations.NullMarked;
