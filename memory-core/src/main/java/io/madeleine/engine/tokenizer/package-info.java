/**
 * How text becomes token ids, by the two algorithms that GGUF files name.
 *
 * <p>In: a {@link io.madeleine.engine.token.Vocabulary} and the names in {@code
 * tokenizer.ggml.model} and {@code tokenizer.ggml.pre}. Out: a {@link
 * io.madeleine.engine.token.Tokenizer}. Text is cut by hand-written scanners, never by regular
 * expressions, and pieces are merged through a heap: n characters cost O(n log n), whatever they
 * are. Knows no file format.
 */
@NullMarked
package io.madeleine.engine.tokenizer;

import org.jspecify.annotations.NullMarked;
