// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.world;

import java.util.List;

/**
 * An open kind of words.
 *
 * @param invented how many of 100 words in training are made up
 * @param capital whether they start in upper case
 * @param train the words of training
 * @param heldOut words that training never shows
 */
public record WordKind(int invented, boolean capital, List<String> train, List<String> heldOut) {}
