/**
 * Keys and values of a conversation on disk, so that a restart need not read the history again.
 *
 * <p>Derived from the log and never trusted more than it: a snapshot that is damaged or was made by
 * another model is set aside, and the log is read instead.
 */
@NullMarked
package io.madeleine.memory.snapshot;

import org.jspecify.annotations.NullMarked;
