package io.madeleine.server.embedding;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where vectors come from.
 *
 * @param embeddings BGE_SMALL: a small English model in this process, some 300 MB, loaded after the
 *     start; MODEL: the loaded chat model; OFF: the index goes by words alone
 */
@ConfigurationProperties("madeleine.server")
record EmbeddingProperties(@DefaultValue("bge-small") Source embeddings) {

  /** What turns texts into vectors. */
  enum Source {
    BGE_SMALL,
    MODEL,
    OFF
  }
}
