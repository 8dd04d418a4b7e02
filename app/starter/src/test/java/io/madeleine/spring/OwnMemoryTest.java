package io.madeleine.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.ChatMemoryProvider;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.recall.Eraser;
import io.madeleine.memory.recall.ForgetReceipt;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.MemoryOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** An application's own {@link Memory}: what is remembered is remembered there, and found. */
final class OwnMemoryTest {

  private static final ConversationKey ADA = ConversationKey.of("acme", "ada");
  private static final Clock CLOCK = Clock.systemUTC();

  @TempDir Path data;
  @TempDir Path own;

  private ApplicationContextRunner runner(String... properties) {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                MadeleineOwnMemoryAutoConfiguration.class,
                MadeleineAutoConfiguration.class,
                MadeleineMemoryAutoConfiguration.class,
                MadeleineWithoutDataAutoConfiguration.class,
                MadeleineModelsAutoConfiguration.class,
                MadeleineActuatorAutoConfiguration.class))
        .withPropertyValues("madeleine.tenant=acme", "madeleine.window.turns=2")
        .withPropertyValues(properties);
  }

  private ApplicationContextRunner acme() {
    return runner("madeleine.data=" + data);
  }

  private Memory open(String folder) {
    return Memory.open(own.resolve(folder), CLOCK, MemoryOptions.DEFAULT);
  }

  /** Tells four things, and asks for the first, which the window does not show any more. */
  private static String askedForTheFirst(BeanFactory beans) {
    ChatMemory ada = beans.getBean(ChatMemoryProvider.class).get("ada");
    for (String told :
        List.of("My sister is called Zelandra.", "I love ramen.", "I play chess.", "It rains.")) {
      ada.add(UserMessage.from(told));
      ada.add(AiMessage.from("I see."));
    }
    ada.add(UserMessage.from("What is my sister called?"));
    return ada.messages().toString();
  }

  private static void assertIsRecalled(BeanFactory beans) {
    assertThat(askedForTheFirst(beans)).contains("recalled_memory").contains("Zelandra");
  }

  @Test
  void recall_besideAMemoryOfTheApplications_findsWhatTheChatMemoryWrote() {
    acme()
        .withBean(Memory.class, () -> open("one"))
        .run(
            context -> {
              Memory memory = context.getBean(Memory.class);
              assertIsRecalled(context);
              assertThat(memory.log().turns(ADA)).hasSize(4);
              assertThat(context.getBean(TurnLog.class)).isSameAs(memory.log());
              assertThat(context.getBean(TurnIndex.class)).isSameAs(memory.index());
              assertThat(data.resolve("history")).doesNotExist();
            });
    open("one").close(); // nobody has it open any more
  }

  @Test
  void ownMemory_withoutAFolder_isEnough() {
    runner()
        .withBean(Memory.class, () -> open("one"))
        .run(
            context -> {
              assertIsRecalled(context);
              assertThat(context.getBean(MadeleineEndpoint.class).conversations("acme")).hasSize(1);
            });
  }

  @Test
  void clear_withAMemoryOfTheApplications_reachesTheEngineAndEveryEraser() {
    var asked = new ArrayList<Erasure>();
    acme()
        .withPropertyValues(
            "madeleine.model=pocket", "madeleine.engine.warm-up=false", "madeleine.kv.memory=64MB")
        .withBean(Memory.class, () -> open("one"))
        .withBean(
            Eraser.class,
            () ->
                receipt -> {
                  asked.add(receipt.request());
                  return new ForgetReceipt.Erased("elsewhere", 1, "all", receipt.at());
                })
        .run(
            context -> {
              Memory memory = context.getBean(Memory.class);
              var conversations = context.getBean(EpisodicConversations.class);
              assertThat(conversations.history()).isSameAs(memory.log());
              conversations.conversation(ADA).say("My sister is called Zelandra.");
              assertThat(data.resolve("minds")).isNotEmptyDirectory();

              context.getBean(ChatMemoryProvider.class).get("ada").clear();

              assertThat(asked).containsExactly(new Erasure.OfConversation(ADA));
              assertThat(memory.log().turns(ADA)).isEmpty();
              assertThat(memory.forget(new Erasure.OfConversation(ADA)).places())
                  .extracting(ForgetReceipt.Erased::place)
                  .containsExactly(
                      "log", "index", "keys and values", "keys and values of answers", "elsewhere");
            });
  }

  @Test
  void ownMemory_overPartsThatSomebodyElseOpened_staysOpen() {
    try (TurnLog log = TurnLog.open(own.resolve("log"), CLOCK);
        TurnIndex index = index("index")) {
      acme()
          .withBean(Memory.class, () -> Memory.over(log, index, CLOCK, MemoryOptions.DEFAULT))
          .run(OwnMemoryTest::assertIsRecalled);

      log.erase(new Erasure.OfConversation(ADA));
      index.follow(log);
      assertThat(index.search(TurnFilter.in(ADA), "sister").size()).isZero();
    }
  }

  private TurnIndex index(String folder) {
    return TurnIndex.open(own.resolve(folder), IndexOptions.DEFAULT, Optional.empty());
  }

  @Configuration(proxyBeanMethods = false)
  static class OverOurs {
    @Bean
    Memory mine(TurnLog log, TurnIndex index) {
      return Memory.over(log, index, CLOCK, MemoryOptions.DEFAULT);
    }
  }

  /** Asks for ours without showing it. */
  @Configuration(proxyBeanMethods = false)
  static class HiddenOverOurs {
    private final TurnLog log;
    private final TurnIndex index;

    HiddenOverOurs(TurnLog log, TurnIndex index) {
      this.log = log;
      this.index = index;
    }

    @Bean
    Memory mine() {
      return Memory.over(log, index, CLOCK, MemoryOptions.DEFAULT);
    }
  }

  @Test
  void memoryThatIsMadeOverOurHistory_oursIsOpenedAndClosedAgain() {
    for (Class<?> beans : List.of(OverOurs.class, HiddenOverOurs.class)) {
      acme()
          .withUserConfiguration(beans)
          .run(
              context -> {
                assertIsRecalled(context);
                assertThat(context.getBean(Memory.class).log())
                    .isSameAs(context.getBean(TurnLog.class));
                assertThat(data.resolve("history")).isNotEmptyDirectory();
                context.getBean(ChatMemoryProvider.class).get("ada").clear();
              });
    }
    acme().run(OwnMemoryTest::assertIsRecalled); // a folder that is still open would be refused
  }

  @Test
  void twoMemories_ourHistoryHasOneOfItsOwnAndTheirsAreLeftAlone() {
    acme()
        .withBean("one", Memory.class, () -> open("one"))
        .withBean("two", Memory.class, () -> open("two"))
        .run(
            context -> {
              assertIsRecalled(context);
              assertThat(context.getBeansOfType(Memory.class).values())
                  .hasSize(2)
                  .allSatisfy(each -> assertThat(each.log().tenants()).isEmpty());
            });
  }

  @Test
  void ownHistoryBesideAMemoryOverAnother_recallIsOfTheHistory() {
    acme()
        .withBean(TurnLog.class, () -> TurnLog.open(own.resolve("log"), CLOCK))
        .withBean(Memory.class, () -> open("another"))
        .run(
            context -> {
              assertIsRecalled(context);
              assertThat(context.getBean(TurnLog.class).turns(ADA)).hasSize(4);
              assertThat(context.getBean(Memory.class).log().tenants()).isEmpty();
            });
  }

  /** Conversations search an index in the folder; the application's memory has one of its own. */
  @Test
  void ownHistoryAndAMemoryOverItWithAnotherIndex_bothForget() {
    TurnLog log = TurnLog.open(own.resolve("log"), CLOCK);
    try (TurnIndex another = index("index")) {
      acme()
          .withBean(TurnLog.class, () -> log)
          .withBean(Memory.class, () -> Memory.over(log, another, CLOCK, MemoryOptions.DEFAULT))
          .run(
              context -> {
                assertIsRecalled(context);
                TurnIndex ours = context.getBean(TurnIndex.class);
                ours.follow(log);
                assertThat(ours.search(TurnFilter.in(ADA), "sister").size()).isPositive();

                context.getBean(ChatMemoryProvider.class).get("ada").clear();

                for (TurnIndex each : List.of(ours, another)) {
                  assertThat(each.search(TurnFilter.in(ADA), "sister").size()).isZero();
                }
              });
    }
  }
}
