/**
 * Output that always parses: what a JSON schema allows, as a mask over the vocabulary.
 *
 * <p>In: a schema, or "any JSON", and a tokenizer. Out: a {@link
 * io.madeleine.engine.generation.TokenMask} for each answer. A schema becomes rules over bytes that
 * call each other; the places where a text can stand are found one byte at a time and kept, so that
 * a mask is computed once for each of them (the idea of Willard and Louf, <a
 * href="https://arxiv.org/abs/2307.09702">Efficient Guided Generation</a>, 2023, with a stack).
 */
@NullMarked
package io.madeleine.engine.grammar;

import org.jspecify.annotations.NullMarked;
