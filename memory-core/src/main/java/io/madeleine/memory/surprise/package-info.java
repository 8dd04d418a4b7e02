/**
 * Where a stream of tokens turns, by the model's own numbers: its surprise at each token, and how
 * alike the keys on both sides of a cut are.
 *
 * <p>Numbers in, positions out. Nothing here knows a model: the engine hands the numbers over.
 */
@NullMarked
package io.madeleine.memory.surprise;

import org.jspecify.annotations.NullMarked;
