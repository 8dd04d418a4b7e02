/**
 * Texts to vectors, for the index and for clients: a small model of its own, the loaded chat model,
 * or, for the index, nothing.
 *
 * <p>In: {@code madeleine.server.embeddings}. Out: an {@link io.madeleine.memory.index.Embedder}
 * that the starter gives to the index, and the {@link
 * io.madeleine.server.embedding.ServedEmbeddings} behind {@code /v1/embeddings}.
 */
@NullMarked
package io.madeleine.server.embedding;

import org.jspecify.annotations.NullMarked;
