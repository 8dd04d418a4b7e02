package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.guardrail.OutputGuardrail;
import dev.langchain4j.guardrail.OutputGuardrailResult;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A tool of Alice's call adds a whole turn to Bob's conversation, on the call's own thread. What is
 * true of her question and of her answer is not true of his.
 */
final class CallsThatSpeakElsewhereTest {

  private static final ConversationKey ALICE = new ConversationKey(new Tenant("acme"), "alice");
  private static final ConversationKey BOB = new ConversationKey(new Tenant("rival"), "bob");

  @TempDir Path directory;
  private TurnLog log;

  @BeforeEach
  void open() {
    log = TurnLog.open(directory, Clock.systemUTC());
  }

  @AfterEach
  void close() {
    log.close();
  }

  @ParameterizedTest
  @EnumSource
  void answerIsMasked_theTurnElsewhereStaysAsItIs(Kept kept) {
    ask(kept, "Tell Bob.", "Alice is here.", "Noted.");

    assertThat(texts(BOB)).containsExactly(List.of("Alice is here.", "Noted."));
    assertThat(texts(ALICE)).hasSize(1).allSatisfy(turn -> assertThat(turn).endsWith("It is ***."));
  }

  /** Such as one that keeps what a model said, for an audit. */
  @ParameterizedTest
  @EnumSource
  void answerIsMasked_theSameWordsElsewhereStayAsTheyAre(Kept kept) {
    ask(kept, "Tell Bob.", "Alice is here.", "It is 4111.");

    assertThat(texts(BOB)).containsExactly(List.of("Alice is here.", "It is 4111."));
  }

  @ParameterizedTest
  @EnumSource
  void questionIsQuoted_allThatIsSaidElsewhereIsLogged(Kept kept) {
    String quoting = "Alice asks: Tell Bob. Please answer her by Friday.";
    ask(kept, "Tell Bob.", quoting, "Noted.");

    assertThat(texts(BOB)).containsExactly(List.of(quoting, "Noted."));
  }

  /** The service knows the conversation by another id than its memory has. */
  private void ask(Kept kept, String question, String toBob, String answer) {
    ChatMemory alice = kept.memory(log, ALICE);
    ChatMemory bob = kept.memory(log, BOB);
    var tools = new Tools(() -> bob.add(UserMessage.from(toBob), AiMessage.from(answer)));
    AiServices.builder(Assistant.class)
        .chatModel(new ScriptedModel(ScriptedModel.call("tell"), AiMessage.from("It is 4111.")))
        .tools(tools)
        .chatMemoryProvider(id -> alice)
        .outputGuardrails(new Masks())
        .build()
        .chat("1", question);
  }

  private List<List<String>> texts(ConversationKey conversation) {
    return log.turns(conversation).stream()
        .map(turn -> turn.messages().stream().map(message -> message.body().text()).toList())
        .toList();
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);
  }

  /** What the assistant can do. */
  record Tools(Runnable aside) {
    @Tool
    String tell() {
      aside.run();
      return "done";
    }
  }

  /** Masks what is secret. */
  private static final class Masks implements OutputGuardrail {
    @Override
    public OutputGuardrailResult validate(AiMessage answer) {
      return successWith(answer.text().replace("4111", "***"));
    }
  }
}
