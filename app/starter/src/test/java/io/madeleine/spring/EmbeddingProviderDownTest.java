package io.madeleine.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.model.embedding.DimensionAwareEmbeddingModel;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.CheckedEmbedder;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.schema.TurnFilter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** The models of most providers are asked for a vector, over the network, to know its length. */
final class EmbeddingProviderDownTest {

  private static final ConversationKey ADA = ConversationKey.of("acme", "ada");

  @TempDir Path data;

  private ApplicationContextRunner with(EmbeddingModel model) {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                MadeleineAutoConfiguration.class, MadeleineMemoryAutoConfiguration.class))
        .withPropertyValues("madeleine.data=" + data, "madeleine.tenant=acme")
        .withBean(EmbeddingModel.class, () -> model);
  }

  @Test
  void nothingIsSet_failureSaysWhatToSet() {
    with(new Provider(Optional.empty()))
        .run(
            context -> {
              Throwable failure = Objects.requireNonNull(context.getStartupFailure());
              FailureAnalysis analysis =
                  Objects.requireNonNull(
                      new MadeleineFailureAnalyzers.NoDimension().analyze(failure));
              assertThat(analysis.getDescription())
                  .contains(Provider.class.getName())
                  .contains("connection refused");
              assertThat(analysis.getAction()).contains("madeleine.embedding.dimension");
            });
  }

  /** Spring Boot finds them there and nowhere else. */
  @Test
  void everyFailureAnalyzer_isRegistered() {
    assertThat(
            SpringFactoriesLoader.forDefaultResourceLocation()
                .load(FailureAnalyzer.class, (type, name, failure) -> {}) // some need arguments
                .stream()
                .<Class<?>>map(Object::getClass))
        .contains(MadeleineFailureAnalyzers.class.getDeclaredClasses());
  }

  @Test
  void dimensionIsSet_itStartsAndFindsByWords() {
    with(new Provider(Optional.empty()))
        .withPropertyValues("madeleine.embedding.dimension=3", "madeleine.embedding.name=nomic-1")
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context.getBean(Embedder.class).fingerprint()).isEqualTo("nomic-1/3");
              TurnIndex index = indexed(context);

              assertThat(index.search(TurnFilter.in(ADA), "parrot").size()).isOne();
            });
  }

  @Test
  void anotherDimensionThanItsVectorsHave_isTheEmbeddersFailure() {
    with(new Provider(Optional.of(new float[] {1, 0})))
        .withPropertyValues("madeleine.embedding.dimension=3")
        .run(
            context -> {
              TurnIndex index = indexed(context);

              assertThat(index.search(TurnFilter.in(ADA), "parrot").size()).isOne();
              assertThatThrownBy(() -> asked(context).embedQuery("parrot"))
                  .isInstanceOf(IllegalStateException.class)
                  .hasMessageContaining("of 3 dimensions and returned one of 2");
            });
  }

  /** {@return the embedder as the index asks it} */
  private static Embedder asked(BeanFactory beans) {
    return new CheckedEmbedder(beans.getBean(Embedder.class));
  }

  private static TurnIndex indexed(BeanFactory beans) {
    TurnLog log = beans.getBean(TurnLog.class);
    log.begin(ADA).add(new ChatMessage.User("My parrot is called Mopsel.")).commit();
    TurnIndex index = beans.getBean(TurnIndex.class);
    index.follow(log);
    return index;
  }

  /** Answers with one vector, or not at all. */
  private static final class Provider extends DimensionAwareEmbeddingModel {
    private final Optional<float[]> vector;

    Provider(Optional<float[]> vector) {
      this.vector = vector;
    }

    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
      float[] found = vector.orElseThrow(() -> new HttpException(503, "connection refused"));
      return Response.from(segments.stream().map(segment -> Embedding.from(found)).toList());
    }
  }
}
