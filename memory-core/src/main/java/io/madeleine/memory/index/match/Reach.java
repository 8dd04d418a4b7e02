package io.madeleine.memory.index.match;

/**
 * How far a search looks.
 *
 * @param exhaustive conversations of up to this many turns are read whole
 * @param byWords how many turns words propose where not all are read, and as many each time that
 *     the question names
 * @param byVector how many turns the vector proposes there
 */
public record Reach(int exhaustive, int byWords, int byVector) {}
