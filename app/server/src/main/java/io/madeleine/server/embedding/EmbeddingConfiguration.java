package io.madeleine.server.embedding;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.langchain4j.InProcessEmbedders;
import io.madeleine.langchain4j.LateEmbeddingModel;
import io.madeleine.langchain4j.model.MadeleineEmbeddingModel;
import io.madeleine.memory.index.Embedder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

/** Makes what {@link EmbeddingProperties} choose. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(EmbeddingProperties.class)
class EmbeddingConfiguration {

  private static final String CHOICE = "madeleine.server.embeddings";

  /** A name that is none of the sources is refused here, by Spring Boot, with those that are. */
  EmbeddingConfiguration(EmbeddingProperties chosen) {}

  /** A small embedding model in this process. It is loaded after the door is open. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(name = CHOICE, havingValue = "bge-small", matchIfMissing = true)
  static class BgeSmall {

    private final LateEmbeddingModel model =
        // On the thread that asks: what the index embeds must not take the cores from an answer.
        InProcessEmbedders.lateBgeSmall(Runnable::run);

    @Bean
    Embedder embedder() {
      return InProcessEmbedders.bgeSmall(model);
    }

    @Bean
    ServedEmbeddings servedEmbeddings() {
      return new ServedEmbeddings(model);
    }

    @EventListener(ApplicationReadyEvent.class)
    void load() {
      model.load();
    }
  }

  /** The loaded chat model embeds too: nothing more to load, and less good at it. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(name = CHOICE, havingValue = "model")
  static class LoadedModel {

    @Bean
    ServedEmbeddings servedEmbeddings(ReadyModel model) {
      return new ServedEmbeddings(new MadeleineEmbeddingModel(model));
    }

    @Bean
    Embedder embedder(ServedEmbeddings served) {
      return ((MadeleineEmbeddingModel) served.model()).embedder();
    }
  }

  /** No vectors in the index; clients are answered from the loaded model. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(name = CHOICE, havingValue = "off")
  static class WordsAlone {

    @Bean
    ServedEmbeddings servedEmbeddings(ReadyModel model) {
      return new ServedEmbeddings(new MadeleineEmbeddingModel(model));
    }
  }
}
