package io.madeleine.engine.grammar;

/**
 * How a call in JSON is written.
 *
 * @param before what stands before it, such as the bracket of a list; may be empty
 * @param arguments the name of the member that holds its arguments
 * @param after what stands behind it; may be empty
 */
public record CallWords(String before, String arguments, String after) {}
