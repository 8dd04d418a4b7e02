/**
 * How much stays, and how it is shared between layers: bytes or tokens in, an exact count of slots
 * for every layer out.
 */
@NullMarked
package io.madeleine.memory.compression.budget;

import org.jspecify.annotations.NullMarked;
