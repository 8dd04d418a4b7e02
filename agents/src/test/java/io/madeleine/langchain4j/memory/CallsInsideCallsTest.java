package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ReturnBehavior;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.Result;
import dev.langchain4j.service.TokenStream;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A tool asks an AI service in the conversation in which it was called. */
@Timeout(60)
final class CallsInsideCallsTest {

  private static final SystemMessage KIND = SystemMessage.from("Be kind.");
  private static final SystemMessage BRIEF = SystemMessage.from("Be brief.");

  @TempDir Path directory;
  private TurnLog log;
  private EpisodicChatMemoryProvider memories;
  private final Tools tools = new Tools();

  @BeforeEach
  void open() {
    log = TurnLog.open(directory, Clock.systemUTC());
    memories = new EpisodicChatMemoryProvider(MemorySettings.of(log, new Tenant("acme")));
  }

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void chat_inside_bothAreAskedTheirQuestionAndLogged() {
    var model = new EchoModel();
    Assistant assistant = assistant(model);
    tools.inside = () -> assistant.chat("a", "inner");

    assertThat(assistant.chat("a", "call nested")).isEqualTo("answer to call nested");
    assertThat(model.asked()).containsExactly("call nested", "inner", "call nested");
    assertThat(model.seen().getLast())
        .startsWith(
            UserMessage.from("inner"),
            AiMessage.from("answer to inner"),
            UserMessage.from("call nested"))
        .hasSize(5);
    assertThat(pairs())
        .containsExactly("inner: answer to inner", "call nested: answer to call nested");
  }

  @Test
  void chat_insideACallInside_allAreLogged() {
    var model = new EchoModel();
    Assistant assistant = assistant(model);
    tools.inside =
        () -> {
          tools.inside = () -> assistant.chat("a", "innermost");
          assistant.chat("a", "call nested");
        };
    assistant.chat("a", "call nested");

    assertThat(model.asked())
        .containsExactly("call nested", "call nested", "innermost", "call nested", "call nested");
    assertThat(pairs())
        .containsExactly(
            "innermost: answer to innermost",
            "call nested: answer to call nested",
            "call nested: answer to call nested");
  }

  @Test
  void chat_insideFails_theOuterGoesOn() {
    var model = new EchoModel();
    Assistant assistant = assistant(model);
    Assistant broken = assistant(new ScriptedModel());
    tools.inside =
        () -> assertThatThrownBy(() -> broken.chat("a", "inner")).hasMessage("no answer left");

    assertThat(assistant.chat("a", "call nested")).isEqualTo("answer to call nested");
    assertThat(pairs()).containsExactly("call nested: answer to call nested");
  }

  @Test
  void chat_insideWithAnotherSystemMessage_theOuterHasItsOwnAgain() {
    var model = new EchoModel();
    Assistant outer =
        AiServices.builder(Assistant.class)
            .chatModel(model)
            .systemMessageProvider(id -> KIND.text())
            .tools(tools)
            .chatMemoryProvider(memories)
            .build();
    Assistant inner =
        AiServices.builder(Assistant.class)
            .chatModel(model)
            .systemMessageProvider(id -> BRIEF.text())
            .chatMemoryProvider(memories)
            .build();
    tools.inside = () -> inner.chat("a", "inner");
    outer.chat("a", "call nested");

    assertThat(model.seen().get(1)).containsExactly(BRIEF, UserMessage.from("inner"));
    assertThat(model.seen().get(2)).startsWith(KIND).doesNotContain(BRIEF).hasSize(6);
    assertThat(pairs())
        .containsExactly("Be brief.: answer to inner", "Be kind.: answer to call nested");
  }

  @Test
  void stream_insideAToolThatReturnsFirst_theOuterWaitsForItsEnd() throws Exception {
    var model = new EchoModel();
    Assistant outer = assistant(model);
    var held = new HeldModel();
    Assistant inner =
        AiServices.builder(Assistant.class)
            .streamingChatModel(held)
            .chatMemoryProvider(memories)
            .build();
    tools.inside = () -> inner.stream("a", "inner").onError(error -> {}).start();
    Thread answering =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    held.next().answer("inner answer");
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });

    assertThat(outer.chat("a", "call nested")).isEqualTo("answer to call nested");
    answering.join();
    assertThat(model.seen().getLast()).hasSize(5);
    assertThat(pairs())
        .containsExactly("inner: inner answer", "call nested: answer to call nested");
  }

  @Test
  void order_toolReturnsDirectlyWhileItsStreamGoesOn_bothAreLogged() throws Exception {
    Assistant outer = assistant(new EchoModel());
    var held = new HeldModel();
    Assistant inner =
        AiServices.builder(Assistant.class)
            .streamingChatModel(held)
            .chatMemoryProvider(memories)
            .build();
    tools.inside = () -> inner.stream("a", "inner").onError(error -> {}).start();
    outer.order("a", "call direct");
    held.next().answer("inner answer");

    assertThat(pairs()).containsExactly("call direct: done", "inner: inner answer");
  }

  @Test
  void abort_inside_neitherIsLoggedAndNoModelIsAskedAgain() {
    var model = new EchoModel();
    Assistant assistant = assistant(model);
    tools.inside = () -> memories.get("a").abort();

    assertThatThrownBy(() -> assistant.chat("a", "call nested"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has lost its turn");
    assertThat(model.asked()).containsExactly("call nested");
    assertThat(pairs()).isEmpty();
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);

    Result<String> order(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);

    TokenStream stream(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);
  }

  /** What the assistant can do. */
  static final class Tools {
    private Runnable inside = () -> {};

    @Tool
    String nested() {
      inside.run();
      return "done";
    }

    @Tool(returnBehavior = ReturnBehavior.IMMEDIATE)
    String direct() {
      inside.run();
      return "done";
    }
  }

  private Assistant assistant(ChatModel model) {
    return AiServices.builder(Assistant.class)
        .chatModel(model)
        .tools(tools)
        .chatMemoryProvider(memories)
        .build();
  }

  /** {@return the first and the last that was said in each turn} */
  private List<String> pairs() {
    return log.turns(memories.get("a").conversation()).stream()
        .map(LoggedTurn::messages)
        .map(said -> said.getFirst().body().text() + ": " + said.getLast().body().text())
        .toList();
  }
}
