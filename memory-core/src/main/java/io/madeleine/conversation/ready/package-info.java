/**
 * A model file that is open: weights that can run, and the words in which it reads and writes; and
 * the folder in which such files are found by name, in paths as people write them.
 *
 * <p>Whoever holds a conversation with it, in whichever way, starts from here.
 */
@NullMarked
package io.madeleine.conversation.ready;

import org.jspecify.annotations.NullMarked;
