package io.madeleine.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.memory.chat.ChatMemoryProvider;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.langchain4j.memory.EpisodicChatMemoryProvider;
import io.madeleine.memory.history.TurnLog;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

final class MadeleineAutoConfigurationTest {

  @TempDir Path data;

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  MadeleineAutoConfiguration.class, MadeleineActuatorAutoConfiguration.class));

  @Test
  void noProperty_nothingIsConfigured() {
    runner.run(context -> assertThat(context).doesNotHaveBean(TurnLog.class));
  }

  @Test
  void dataAndTenant_giveAChatMemoryWithoutAnyModel() {
    runner
        .withPropertyValues("madeleine.data=" + data, "madeleine.tenant=acme")
        .run(
            context -> {
              assertThat(context).hasSingleBean(EpisodicChatMemoryProvider.class);
              assertThat(context).doesNotHaveBean(ReadyModel.class);
              assertThat(context.getBean(ChatMemoryProvider.class).get("ada").messages()).isEmpty();
              assertThat(context.getBean(MadeleineEndpoint.class).tenants()).isEmpty();
            });
  }

  @Test
  void ownChatMemoryProvider_ourBacksOff() {
    runner
        .withPropertyValues("madeleine.data=" + data, "madeleine.tenant=acme")
        .withBean(ChatMemoryProvider.class, () -> id -> MessageWindowChatMemory.withMaxMessages(3))
        .run(
            context -> {
              assertThat(context).hasSingleBean(ChatMemoryProvider.class);
              assertThat(context).doesNotHaveBean(EpisodicChatMemoryProvider.class);
            });
  }

  @Test
  void modelIsPocket_conversationsAreThere() {
    runner
        .withPropertyValues(
            "madeleine.data=" + data,
            "madeleine.model=pocket",
            "madeleine.engine.warm-up=false",
            "madeleine.kv.memory=64MB")
        .run(context -> assertThat(context).hasSingleBean(EpisodicConversations.class));
  }

  @Test
  void modelIsMissing_failureSaysWhatToSet() {
    runner
        .withPropertyValues("madeleine.data=" + data, "madeleine.model=/nowhere.gguf")
        .run(
            context -> {
              assertThat(context).hasFailed();
              Throwable failure = Objects.requireNonNull(context.getStartupFailure());
              FailureAnalysis analysis =
                  Objects.requireNonNull(new MadeleineFailureAnalyzers.NoModel().analyze(failure));
              assertThat(analysis.getDescription()).contains("/nowhere.gguf");
              assertThat(analysis.getAction()).contains("madeleine.model");
            });
  }

  @Test
  void twoApplicationsOnOneFolder_theSecondIsRefused() {
    runner
        .withPropertyValues("madeleine.data=" + data)
        .run(
            first ->
                runner
                    .withPropertyValues("madeleine.data=" + data)
                    .run(second -> assertThat(second).hasFailed()));
  }
}
