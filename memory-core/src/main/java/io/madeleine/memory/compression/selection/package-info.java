/**
 * Which slots stay, given every slot's importance and how many may: the heads of a layer share its
 * budget here.
 *
 * <p>Ties go to the older slot, then to the lower head, so that a selection is the same on every
 * run. Protection is a set of slots, never a trick with the numbers.
 */
@NullMarked
package io.madeleine.memory.compression.selection;

import org.jspecify.annotations.NullMarked;
