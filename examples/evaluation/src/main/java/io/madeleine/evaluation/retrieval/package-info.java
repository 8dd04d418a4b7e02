/**
 * Evidence recall at a token budget: ours and the peers', by one definition, in one run.
 *
 * <p>A method ranks units of turns; units are unpacked in rank order, whole turns, without
 * duplicates, until the first that does not fit. Tokens are BERT WordPiece of {@code speaker: text
 * [image: caption]}; dates are not charged.
 */
@NullMarked
package io.madeleine.evaluation.retrieval;

import org.jspecify.annotations.NullMarked;
