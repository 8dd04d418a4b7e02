/**
 * The words of a model file: vocabulary, tokenizer, chat template and tool dialect, out of its
 * metadata.
 *
 * <p>In: an open {@link io.madeleine.engine.gguf.GgufFile}. Out: a {@link
 * io.madeleine.engine.text.ModelText}. Knows no weights.
 */
@NullMarked
package io.madeleine.engine.text;

import org.jspecify.annotations.NullMarked;
