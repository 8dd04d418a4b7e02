/**
 * A list of messages in, an answer out: the stateless way that chat protocols know.
 *
 * <p>Nothing is remembered here but keys and values. Whoever sends the same messages again, with
 * more behind them, pays only for what is new: the cache of the longest prefix that the same tenant
 * had is found and gone on from. No tenant ever sees, or can time, a prefix of another.
 */
@NullMarked
package io.madeleine.conversation.completion;

import org.jspecify.annotations.NullMarked;
