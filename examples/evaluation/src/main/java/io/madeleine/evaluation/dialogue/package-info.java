// SPDX-License-Identifier: Apache-2.0
/**
 * Tells held-out dialogues and asks about them. Every question has one right answer and knows the
 * turns that hold its evidence. The trainer's Python does the same with the same dice.
 */
@NullMarked
package io.madeleine.evaluation.dialogue;

import org.jspecify.annotations.NullMarked;
