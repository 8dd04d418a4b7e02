package dev.langchain4j.rag.spring;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.rag.content.retriever.ContentRetriever;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import java.util.List;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Stands in for LangChain4j's starter, which is not on this class path: under the name of its
 * configuration, which sorts before ours, the same two beans for an application that has an
 * embedding model.
 */
@AutoConfiguration
public class RagAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  EmbeddingStore<TextSegment> embeddingStore() {
    return new InMemoryEmbeddingStore<>();
  }

  @Bean
  @ConditionalOnMissingBean
  ContentRetriever contentRetriever() {
    return query -> List.of();
  }
}
