package io.madeleine.memory.index.vector;

/**
 * An entry that was found.
 *
 * @param score (1 + cosine) / 2: 1 for the same direction, 0.5 for a right angle, 0 for the
 *     opposite
 * @param entry what is held
 */
public record VectorMatch(float score, VectorEntry entry) {}
