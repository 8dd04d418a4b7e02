package io.madeleine.spring;

import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.ChatMemoryProvider;
import dev.langchain4j.rag.RetrievalAugmentor;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.langchain4j.memory.EpisodicChatMemoryProvider;
import io.madeleine.langchain4j.memory.MemorySettings;
import io.madeleine.langchain4j.memory.Recollection;
import io.madeleine.langchain4j.memory.Recollections;
import io.madeleine.langchain4j.retrieval.EpisodicRetrievalAugmentor;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.recall.Eraser;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.MemoryOptions;
import io.madeleine.spring.MadeleineProperties.WindowProperties;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/**
 * The memory as text, for any model; and where {@code madeleine.tenant} says whose it is, what
 * LangChain4j's AI services take: one chat memory provider and one retrieval augmentor, which show
 * the same words. LangChain4j wires either only where there is exactly one, when all beans are
 * declared; this comes after its retriever, which tells whether documents are asked.
 */
@AutoConfiguration(
    after = MadeleineAutoConfiguration.class,
    afterName = "dev.langchain4j.spring.LangChain4jAutoConfiguration")
@ConditionalOnBean({TurnLog.class, TurnIndex.class})
@EnableConfigurationProperties(MadeleineProperties.class)
public final class MadeleineMemoryAutoConfiguration {

  /**
   * Counts budgets in the engine's tokens where there is one, else four characters a token. What a
   * memory of its making forgets goes from all that the engine keeps of it as well, and from
   * wherever a bean that is an {@link Eraser} looks after it, as a hosted model's caching does.
   */
  @Bean
  MemoryMaker madeleineMemoryMaker(
      TurnLog history,
      TurnIndex index,
      ObjectProvider<ReadyModel> model,
      ObjectProvider<EpisodicConversations> conversations,
      ObjectProvider<Completions> completions,
      ObjectProvider<Eraser> erasers,
      ObjectProvider<Clock> clocks) {
    Clock clock = MadeleineAutoConfiguration.clockOf(clocks);
    MemoryOptions usual = MemoryOptions.DEFAULT;
    var options =
        new MemoryOptions(
            usual.log(), usual.index(), usual.embedder(), clock.getZone(), usual.tokens());
    ReadyModel engine = model.getIfUnique();
    List<Eraser> all = new ArrayList<>();
    conversations.stream()
        .filter(each -> each.history() == history) // what others were told is not to be forgotten
        .forEach(each -> all.add(each::eraseDerived));
    completions.stream().forEach(each -> all.add(each::eraseDerived));
    erasers.orderedStream().forEach(all::add);
    return new MemoryMaker(
        history, index, clock, engine == null ? options : counting(options, engine), all);
  }

  private static MemoryOptions counting(MemoryOptions options, ReadyModel engine) {
    Tokenizer tokenizer = engine.words().tokenizer();
    return options.counting(text -> tokenizer.encode(text, /* parseSpecial= */ false).length);
  }

  /** The bean, and whatever the application or a test makes of it or puts in its place. */
  @Bean
  @ConditionalOnMissingBean(Memory.class) // asked before the one below is there
  MemoryOfHistory madeleineMemoryOfHistory(@Qualifier("madeleineMemory") Memory memory) {
    return new MemoryOfHistory(memory);
  }

  @Bean
  @ConditionalOnMissingBean
  Memory madeleineMemory(MemoryMaker maker) {
    return maker.make();
  }

  /** What the application has over other histories stays as it is, and is not asked. */
  @Bean
  @ConditionalOnMissingBean
  MemoryOfHistory madeleineOwnMemoryOfHistory(
      MemoryMaker maker,
      ObjectProvider<Memory> memories,
      ObjectProvider<OwnMemory> own,
      ConfigurableListableBeanFactory beans) {
    return new MemoryOfHistory(
        new FittingMemory(maker, beans).find(memories, Optional.ofNullable(own.getIfAvailable())));
  }

  /** Finds what the window no longer shows. */
  @Bean
  @ConditionalOnMissingBean
  Recollection madeleineRecollection(
      MadeleineProperties properties, MemoryOfHistory its, ObjectProvider<Clock> clocks) {
    WindowProperties window = properties.window();
    Clock clock = MadeleineAutoConfiguration.clockOf(clocks);
    ZoneId zone = clock.getZone();
    return window.recalledTokens() == 0
        ? Recollection.NONE
        : Recollections.beyond(window.turns(), its.memory(), window.recalledTokens(), clock, zone);
  }

  /** Not beside a chat memory: that is one for everybody, and an AI service would prefer this. */
  @Bean
  @ConditionalOnMissingBean({ChatMemoryProvider.class, ChatMemory.class})
  @ConditionalOnProperty("madeleine.tenant")
  EpisodicChatMemoryProvider madeleineChatMemoryProvider(
      MadeleineProperties properties,
      TurnLog history,
      MemoryOfHistory its,
      Recollection recollection) {
    MemorySettings settings =
        MemorySettings.of(history, tenant(properties))
            .with(properties.window().toWindow())
            .with(recollection)
            .with(properties.window().patience());
    boolean forgets = its.memory().log() == history; // a mock has none
    return new EpisodicChatMemoryProvider(forgets ? settings.with(its.memory()) : settings);
  }

  /**
   * An AI service reads its memory before it adds the question, so what the question needs comes in
   * through this. The memory keeps nothing of it, as LangChain4j's starter lets all be stored.
   *
   * <p>Not beside documents of the application's own, which would not be asked any more, nor beside
   * a chat memory or a provider of its own: calls then need not say whose they are, and what its
   * window shows is not known here. An application over an {@link
   * io.madeleine.langchain4j.memory.EpisodicChatMemoryStore} declares its augmentor itself.
   */
  @Bean
  @ConditionalOnBean(EpisodicChatMemoryProvider.class)
  @ConditionalOnMissingBean({RetrievalAugmentor.class, ChatMemory.class})
  @Conditional(NoDocumentsOfOnesOwn.class)
  @ConditionalOnProperty("madeleine.tenant")
  EpisodicRetrievalAugmentor madeleineRetrievalAugmentor(
      MadeleineProperties properties, Recollection recollection) {
    return new EpisodicRetrievalAugmentor(tenant(properties), recollection);
  }

  private static Tenant tenant(MadeleineProperties properties) {
    return new Tenant(Objects.requireNonNull(properties.tenant(), "madeleine.tenant"));
  }
}
