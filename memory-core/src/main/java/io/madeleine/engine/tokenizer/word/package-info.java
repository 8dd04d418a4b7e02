/**
 * Where one word ends and the next begins, before byte-level BPE merges.
 *
 * <p>In: code points and the name in {@code tokenizer.ggml.pre}. Out: the ends of the words. The
 * patterns are those of the families' own {@code tokenizer.json}; each is a scanner that looks at a
 * character a bounded number of times.
 */
@NullMarked
package io.madeleine.engine.tokenizer.word;

import org.jspecify.annotations.NullMarked;
