// SPDX-License-Identifier: Apache-2.0
/**
 * What the pocket model's dialogues consist of: words, sentence patterns and dice, all from the
 * file that its trainer reads too.
 */
@NullMarked
package io.madeleine.evaluation.world;

import org.jspecify.annotations.NullMarked;
