package io.madeleine.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.memory.chat.ChatMemoryProvider;
import io.madeleine.conversation.ConversationConfig;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.langchain4j.model.MadeleineChatModel;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.recall.Eraser;
import io.madeleine.memory.recall.ForgetReceipt;
import io.madeleine.memory.recall.Memory;
import io.madeleine.pocket.PocketModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Whoever forgets, by whichever bean, nothing is left of it in any folder. */
final class ForgettingTest {

  private static final ConversationKey ADA = ConversationKey.of("acme", "ada");
  private static final String SECRET = "My sister is called Zelandra. She lives in Quillport.";

  @TempDir Path data;

  private void with(Consumer<BeanFactory> what) {
    runner().run(context -> what.accept(context));
  }

  private ApplicationContextRunner runner() {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                MadeleineAutoConfiguration.class,
                MadeleineMemoryAutoConfiguration.class,
                MadeleineModelsAutoConfiguration.class,
                MadeleineActuatorAutoConfiguration.class))
        .withPropertyValues(
            "madeleine.data=" + data,
            "madeleine.tenant=acme",
            "madeleine.model=pocket",
            "madeleine.endpoint.delete=true",
            "madeleine.engine.warm-up=false",
            "madeleine.kv.memory=64MB");
  }

  /** Talks in every way there is, and ends the process, which parks caches. */
  private void talk() {
    with(
        beans -> {
          beans
              .getBean(EpisodicConversations.class)
              .conversation(ADA, List.of(new ChatMessage.System("Speak of bees.")))
              .say(SECRET);
          assertThat(beans.getBean(MadeleineChatModel.class).forConversation("ada").chat(SECRET))
              .isNotBlank();
          beans.getBean(TurnIndex.class).follow(beans.getBean(TurnLog.class));
        });
    assertThat(files("minds")).isNotEmpty();
    assertThat(files("completions/parked/spans")).isNotEmpty();
  }

  @Test
  void memoryForgetsAConversation_nothingDerivedIsLeft() {
    talk();
    with(
        beans -> {
          ForgetReceipt receipt =
              beans.getBean(Memory.class).forget(new Erasure.OfConversation(ADA));

          assertThat(receipt.places())
              .extracting(ForgetReceipt.Erased::place)
              .containsExactly("log", "index", "keys and values", "keys and values of answers");
          assertThat(receipt.places().getLast().items()).isPositive();
          assertIsForgotten(beans);
        });
  }

  @Test
  void memoryForgetsATenant_itsKeysAreGoneToo() {
    talk();
    assertThat(files("completions/parked/keys")).isNotEmpty();
    with(
        beans -> {
          ForgetReceipt receipt =
              beans.getBean(Memory.class).forget(new Erasure.OfTenant(ADA.tenant()));

          assertThat(receipt.places().getLast().items()).isPositive();
          assertIsForgotten(beans);
          assertThat(files("keys")).isEmpty();
          assertThat(files("completions/parked/keys")).isEmpty();
        });
  }

  @Test
  void chatMemoryIsCleared_nothingDerivedIsLeft() {
    talk();
    with(
        beans -> {
          beans.getBean(ChatMemoryProvider.class).get("ada").clear();

          assertIsForgotten(beans);
        });
  }

  /** What is in memory only is forgotten as well: the next answer reads everything again. */
  @Test
  void chatMemoryIsCleared_noCacheIsResident() {
    with(
        beans -> {
          beans.getBean(MadeleineChatModel.class).forConversation("ada").chat(SECRET);
          assertThat(beans.getBean(Completions.class).isResident(ADA)).isTrue();
          beans.getBean(ChatMemoryProvider.class).get("ada").clear();

          assertThat(beans.getBean(Completions.class).isResident(ADA)).isFalse();
        });
  }

  @Test
  void endpointForgets_theApplicationsOwnPlacesAreAskedToo() {
    talk();
    with(
        beans -> {
          var asked = new ArrayList<Erasure>();
          beans
              .getBean(Memory.class)
              .alsoErase(
                  receipt -> {
                    asked.add(receipt.request());
                    return new ForgetReceipt.Erased("elsewhere", 1, "all", receipt.at());
                  });
          var erased = beans.getBean(MadeleineEndpoint.class).forget("acme", "ada");

          assertThat(erased.turns()).isPositive();
          assertThat(asked).containsExactly(new Erasure.OfConversation(ADA));
          assertIsForgotten(beans);
        });
  }

  @Test
  void memoryForgets_beansThatAreErasersAreAskedToo() {
    runner()
        .withBean(
            Eraser.class,
            () -> receipt -> new ForgetReceipt.Erased("hosted caches", 1, "all", receipt.at()))
        .run(
            context ->
                assertThat(
                        context
                            .getBean(Memory.class)
                            .forget(new Erasure.OfConversation(ADA))
                            .places())
                    .extracting(ForgetReceipt.Erased::place)
                    .contains("hosted caches"));
  }

  /** What the operator told them cannot be made again. */
  @Test
  void memoryForgets_conversationsOverAnotherHistoryAreNotAsked() {
    Path elsewhere = data.resolve("elsewhere");
    runner()
        .withBean(
            EpisodicConversations.class,
            () ->
                EpisodicConversations.open(
                    PocketModel.installTo(elsewhere),
                    ConversationConfig.builder(elsewhere).kvBytes(64 << 20).build()))
        .run(
            context ->
                assertThat(
                        context
                            .getBean(Memory.class)
                            .forget(new Erasure.OfConversation(ADA))
                            .places())
                    .extracting(ForgetReceipt.Erased::place)
                    .containsExactly("log", "index", "keys and values of answers"));
  }

  private void assertIsForgotten(BeanFactory beans) {
    TurnIndex index = beans.getBean(TurnIndex.class);
    assertThat(beans.getBean(TurnLog.class).turns(ADA)).isEmpty();
    assertThat(index.search(TurnFilter.in(ADA), "sister").size()).isZero();
    assertThat(beans.getBean(Completions.class).isResident(ADA)).isFalse();
    assertThat(files("minds")).isEmpty();
    assertThat(files("spans")).isEmpty();
    assertThat(files("snapshots")).isEmpty();
    assertThat(files("completions/parked/spans")).isEmpty();
    assertThat(files("completions/parked/notes")).isEmpty();
    index.purge(); // what else happens within a minute
    assertThat(files("").stream().filter(file -> tells(file, "Quillport"))).isEmpty();
  }

  private static boolean tells(Path file, String word) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(word);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<Path> files(String part) {
    Path root = data.resolve(part);
    if (!Files.exists(root)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::isRegularFile).toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
