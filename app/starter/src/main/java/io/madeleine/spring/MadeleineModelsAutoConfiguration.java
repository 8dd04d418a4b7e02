package io.madeleine.spring;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.langchain4j.model.MadeleineChatModel;
import io.madeleine.langchain4j.model.MadeleineStreamingChatModel;
import io.madeleine.langchain4j.model.ModelSettings;
import io.madeleine.memory.identity.Tenant;
import java.util.Objects;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * LangChain4j models on the engine in this process, where there is an engine, {@code
 * madeleine.tenant} says whose requests they serve, and the application has no model of its own.
 * LangChain4j wires an AI service only where there is exactly one of each kind, when all beans are
 * declared, so this comes after the providers' configurations.
 */
@AutoConfiguration(
    after = MadeleineAutoConfiguration.class,
    afterName = {
      "io.madeleine.spring.metrics.MadeleineMetricsAutoConfiguration",
      "dev.langchain4j.openai.spring.OpenAiAutoConfiguration",
      "dev.langchain4j.ollama.spring.OllamaAutoConfiguration"
    })
@ConditionalOnBean(Completions.class)
@ConditionalOnProperty("madeleine.tenant")
@EnableConfigurationProperties(MadeleineProperties.class)
public final class MadeleineModelsAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean(ChatModel.class)
  MadeleineChatModel madeleineChatModel(
      MadeleineProperties properties,
      Completions completions,
      ReadyModel model,
      ObjectProvider<ChatModelListener> listeners) {
    return new MadeleineChatModel(settings(properties, completions, model, listeners));
  }

  @Bean
  @ConditionalOnMissingBean(StreamingChatModel.class)
  MadeleineStreamingChatModel madeleineStreamingChatModel(
      MadeleineProperties properties,
      Completions completions,
      ReadyModel model,
      ObjectProvider<ChatModelListener> listeners) {
    return new MadeleineStreamingChatModel(settings(properties, completions, model, listeners));
  }

  private static ModelSettings settings(
      MadeleineProperties properties,
      Completions completions,
      ReadyModel model,
      ObjectProvider<ChatModelListener> listeners) {
    var tenant = new Tenant(Objects.requireNonNull(properties.tenant(), "madeleine.tenant"));
    return ModelSettings.of(completions, model, tenant).heardBy(listeners.orderedStream().toList());
  }
}
