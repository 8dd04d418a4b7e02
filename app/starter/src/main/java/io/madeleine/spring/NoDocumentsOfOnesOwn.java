package io.madeleine.spring;

import dev.langchain4j.rag.content.retriever.ContentRetriever;
import dev.langchain4j.store.embedding.EmbeddingStore;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.core.type.MethodMetadata;

/**
 * Whether the application asks no documents of its own. LangChain4j's AI services ask either a
 * retriever or an augmentor, and prefer the latter, so one of ours would silence a retriever.
 * LangChain4j's starter gives a retriever to everybody who has an embedding model, over an empty
 * store where there is no other: that one is nobody's own.
 */
final class NoDocumentsOfOnesOwn extends SpringBootCondition implements ConfigurationCondition {

  /** LangChain4j's configuration of retrieval, however it is called in this version of Boot. */
  private static final String LANGCHAIN4J = "dev.langchain4j.rag.spring.";

  @Override
  public ConfigurationPhase getConfigurationPhase() {
    return ConfigurationPhase.REGISTER_BEAN;
  }

  @Override
  public ConditionOutcome getMatchOutcome(
      ConditionContext context, AnnotatedTypeMetadata metadata) {
    var beans =
        Objects.requireNonNull(context.getBeanFactory(), "beans are registered with a factory");
    List<String> retrievers = names(beans, ContentRetriever.class).toList();
    boolean own =
        retrievers.stream().anyMatch(name -> !isLangChain4js(beans, name))
            || (!retrievers.isEmpty()
                && names(beans, EmbeddingStore.class)
                    .anyMatch(name -> !isLangChain4js(beans, name)));
    return own
        ? ConditionOutcome.noMatch("the application's own documents are asked by " + retrievers)
        : ConditionOutcome.match("no content retriever asks documents of the application");
  }

  private static Stream<String> names(ConfigurableListableBeanFactory beans, Class<?> type) {
    return Stream.of(
        beans.getBeanNamesForType(
            type, /* includeNonSingletons= */ true, /* allowEagerInit= */ false));
  }

  private static boolean isLangChain4js(ConfigurableListableBeanFactory beans, String name) {
    if (!beans.containsBeanDefinition(name)
        || !(beans.getBeanDefinition(name) instanceof AnnotatedBeanDefinition definition)) {
      return false;
    }
    MethodMetadata method = definition.getFactoryMethodMetadata();
    return method != null && method.getDeclaringClassName().startsWith(LANGCHAIN4J);
  }
}
