/**
 * A model file, read and written: typed metadata, and tensors that lie in the mapped file itself.
 *
 * <p>The format is <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF</a>,
 * versions 2 and 3, little-endian. Everything that a file claims is checked once, when it is
 * opened; kernels may then read a tensor's memory without further checks.
 */
@NullMarked
package io.madeleine.engine.gguf;

import org.jspecify.annotations.NullMarked;
