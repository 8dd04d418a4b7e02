package io.madeleine.spring;

import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.ChatMemoryProvider;
import dev.langchain4j.store.memory.chat.ChatMemoryStore;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.recall.Memory;
import java.util.stream.Stream;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.env.Environment;

/**
 * Refuses to start where somebody meant to have a memory or a model, forgot to say where, and
 * brings none, or only half of one.
 */
@AutoConfiguration
@Conditional(MadeleineWithoutDataAutoConfiguration.NoData.class)
public final class MadeleineWithoutDataAutoConfiguration {

  MadeleineWithoutDataAutoConfiguration(Environment environment, ListableBeanFactory beans) {
    if (environment.containsProperty("madeleine.model") && !has(beans, ReadyModel.class)) {
      throw new NoDataException("madeleine.model", "no model is opened");
    }
    if (environment.containsProperty("madeleine.tenant")
        && !has(beans, TurnLog.class, Completions.class)) {
      throw new NoDataException("madeleine.tenant", "nothing can be remembered");
    }
    if (environment.containsProperty("madeleine.tenant") && lacksItsIndex(beans)) {
      throw new NoDataException(
          "madeleine.tenant",
          "the application's TurnLog has no TurnIndex, and nobody gets a chat memory over it");
    }
  }

  /**
   * {@return whether there is a history, and all that it lacks to be a chat memory is its index}
   * One for models that run here may be for them alone, and one behind a store for windows that
   * code builds.
   */
  private static boolean lacksItsIndex(ListableBeanFactory beans) {
    return has(beans, TurnLog.class)
        && !has(beans, TurnIndex.class)
        && !has(
            beans,
            Completions.class,
            Memory.class,
            ChatMemoryProvider.class,
            ChatMemory.class,
            ChatMemoryStore.class);
  }

  /** {@return whether there is a bean of one of these types, by whomever} */
  private static boolean has(ListableBeanFactory beans, Class<?>... types) {
    return Stream.of(types)
        .anyMatch(
            type ->
                beans.getBeanNamesForType(
                            type, /* includeNonSingletons= */ true, /* allowEagerInit= */ false)
                        .length
                    > 0);
  }

  /** Nobody said where. */
  static final class NoData extends NoneNestedConditions {

    NoData() {
      super(ConfigurationPhase.REGISTER_BEAN);
    }

    @ConditionalOnProperty("madeleine.data")
    static final class Data {}
  }
}
