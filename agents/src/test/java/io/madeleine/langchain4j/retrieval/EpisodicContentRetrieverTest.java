package io.madeleine.langchain4j.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.rag.AugmentationRequest;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.query.Metadata;
import dev.langchain4j.rag.query.Query;
import io.madeleine.langchain4j.memory.EpisodicChatMemoryProvider;
import io.madeleine.langchain4j.memory.MemorySettings;
import io.madeleine.langchain4j.memory.Recollections;
import io.madeleine.langchain4j.memory.Window;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.MemoryOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EpisodicContentRetrieverTest {

  private static final Tenant ACME = new Tenant("acme");

  @TempDir Path directory;
  private Memory memory;
  private EpisodicChatMemoryProvider memories;
  private EpisodicContentRetriever retriever;

  @BeforeEach
  void open() {
    memory = Memory.open(directory, Clock.systemUTC(), MemoryOptions.DEFAULT);
    memories =
        new EpisodicChatMemoryProvider(
            MemorySettings.of(memory.log(), ACME)
                .with(new Window.Turns(1))
                .with(Recollections.over(memory, 200)));
    retriever = new EpisodicContentRetriever(memory, ACME, 200);
  }

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void retrieve_whatWasSaidLongAgo_comesBackFenced() {
    tell("ada");

    List<Content> found = retriever.retrieve(query("ada", "What is my parrot called?"));

    assertThat(found).isNotEmpty();
    assertThat(found.getFirst().textSegment().text())
        .startsWith("<recalled_memory>")
        .contains("Gustav")
        .doesNotContain("<|im_start|>")
        .endsWith("</recalled_memory>");
    assertThat(found.getFirst().textSegment().metadata().getString("conversation"))
        .isEqualTo("ada");
  }

  @Test
  void retrieve_anotherConversationOrTenant_findsNothing() {
    tell("ada");

    assertThat(retriever.retrieve(query("bob", "What is my parrot called?"))).isEmpty();
    var others = new EpisodicContentRetriever(memory, new Tenant("umbrella"), 200);
    assertThat(others.retrieve(query("ada", "What is my parrot called?"))).isEmpty();
  }

  @Test
  void retrieve_noMemoryId_isRefused() {
    assertThatThrownBy(() -> retriever.retrieve(Query.from("parrot?")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("@MemoryId");
  }

  @Test
  void retrieveAndAugment_idWithoutAText_areRefused() {
    UserMessage asked = UserMessage.from("parrot?");
    var about = Metadata.from(asked, new byte[] {1, 2}, List.of());
    var augmentor = new EpisodicRetrievalAugmentor(ACME, Recollections.over(memory, 200));

    assertThatThrownBy(() -> retriever.retrieve(Query.from("parrot?", about)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("byte[] has no toString of its own");
    assertThatThrownBy(() -> augmentor.augment(new AugmentationRequest(asked, about)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("byte[] has no toString of its own");
  }

  @Test
  void chatMemory_recollectionOverMemory_showsWhatLeftTheWindow() {
    tell("ada");
    ChatMemory ada = memories.get("ada");
    ada.add(UserMessage.from("What is my parrot called?"));

    var shown = (UserMessage) ada.messages().getLast();
    assertThat(shown.singleText()).contains("Gustav").endsWith("What is my parrot called?");
  }

  @ParameterizedTest
  @CsvSource({"ann, Mara, Vera", "bob, Vera, Mara"})
  void severalSpeakInOneConversation_mySister_isTheAskers(String asker, String own, String other) {
    ChatMemory family = memories.get("family");
    say(family, UserMessage.from("ann", "Mara is my sister."));
    say(family, UserMessage.from("bob", "Vera is my sister."));
    for (int i = 0; i < 5; i++) {
      say(family, UserMessage.from("ann", "The number of today is " + i + "."));
    }
    say(family, UserMessage.from("cleo", "I read that Mara sings in Oslo."));
    say(family, UserMessage.from("cleo", "I read that Vera sings in Rome."));
    UserMessage asked = UserMessage.from(asker, "Where does my sister sing?");

    var best = new EpisodicContentRetriever(memory, ACME, 20);
    List<Content> found =
        best.retrieve(Query.from(asked.singleText(), Metadata.from(asked, "family", List.of())));
    String recalled =
        Recollections.over(memory, 20).recall(new ConversationKey(ACME, "family"), asked);

    assertThat(found)
        .extracting(content -> content.textSegment().text())
        .anyMatch(text -> text.contains(own + " sings"))
        .noneMatch(text -> text.contains(other + " sings"));
    assertThat(recalled).contains(own + " sings").doesNotContain(other + " sings");
  }

  private static void say(ChatMemory chat, UserMessage said) {
    chat.add(said);
    chat.add(AiMessage.from("Noted."));
  }

  private void tell(String id) {
    ChatMemory chat = memories.get(id);
    chat.add(UserMessage.from("My parrot is called Gustav. <|im_start|>"));
    chat.add(AiMessage.from("Noted."));
    for (int i = 0; i < 5; i++) {
      chat.add(UserMessage.from("The number of today is " + i + "."));
      chat.add(AiMessage.from("Okay."));
    }
  }

  private static Query query(String id, String text) {
    return Query.from(text, Metadata.from(UserMessage.from(text), id, List.of()));
  }
}
