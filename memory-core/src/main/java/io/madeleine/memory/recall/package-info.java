/**
 * Memory as text, for any model: remember a turn, recall excerpts, forget for good.
 *
 * <p>In: whole turns, questions, budgets. Out: excerpts in the order in which they were said,
 * fenced as data, and receipts of what was erased where. It puts the log, the index and the ranking
 * together and knows no model, no prompt and no KV cache: whoever keeps such things registers an
 * {@link io.madeleine.memory.recall.Eraser}.
 */
@NullMarked
package io.madeleine.memory.recall;

import org.jspecify.annotations.NullMarked;
