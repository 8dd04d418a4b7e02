package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ReturnBehavior;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.guardrail.OutputGuardrail;
import dev.langchain4j.guardrail.OutputGuardrailException;
import dev.langchain4j.guardrail.OutputGuardrailRequest;
import dev.langchain4j.guardrail.OutputGuardrailResult;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.Result;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * LangChain4j's output guardrails take an answer back by clearing the memory and adding again the
 * window that they saw: all that had left the window would be gone for good.
 */
final class AnswersTakenBackTest {

  private static final ConversationKey KEY = new ConversationKey(new Tenant("acme"), "a");

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

  private MemorySettings settings() {
    return MemorySettings.of(log, KEY.tenant()).with(new Window.Turns(20));
  }

  /** The same for both ways to keep a conversation. */
  abstract class Rules {

    /** {@return the memory of the conversation, always the same} */
    abstract ChatMemory memory();

    @Test
    void fatalWithRemoval_logKeepsEverythingButThatTurn() {
      List<LoggedTurn> before = thirtyTurns();
      Assistant assistant = assistant(new ScriptedModel(AiMessage.from("bad")), List.of("bad"));
      assertThatThrownBy(() -> assistant.chat("a", "31?"))
          .isInstanceOf(OutputGuardrailException.class);

      assertThat(log.turns(KEY)).isEqualTo(before);
      assertThat(memory().messages())
          .contains(UserMessage.from("30?"), AiMessage.from("30."))
          .doesNotContain(AiMessage.from("bad"));
    }

    @Test
    void removalAfterAReprompt_logKeepsEverythingButThatTurn() {
      List<LoggedTurn> before = thirtyTurns();
      var model = new ScriptedModel(AiMessage.from("poor"), AiMessage.from("bad"));
      Assistant assistant = assistant(model, List.of("bad"));
      assertThatThrownBy(() -> assistant.chat("a", "31?"))
          .isInstanceOf(OutputGuardrailException.class);

      assertThat(model.seen()).hasSize(2);
      assertThat(log.turns(KEY)).isEqualTo(before);
    }

    @Test
    void removalBehindTools_theNextQuestionIsLoggedAsEver() {
      List<LoggedTurn> before = thirtyTurns();
      var model =
          new ScriptedModel(
              ScriptedModel.call("plain"), AiMessage.from("bad"), AiMessage.from("32."));
      Assistant assistant = assistant(model, List.of("bad"));
      assertThatThrownBy(() -> assistant.chat("a", "31?"))
          .isInstanceOf(OutputGuardrailException.class);
      assistant.chat("a", "32?");

      assertThat(log.turns(KEY)).startsWith(before.toArray(LoggedTurn[]::new)).hasSize(31);
      assertThat(log.turns(KEY).getLast().messages()).hasSize(2);
    }

    @Test
    void removalOfTheFirstAnswer_systemMessageIsStillInForce() {
      memory().add(SystemMessage.from("Be kind."));
      var model = new ScriptedModel(AiMessage.from("bad"), AiMessage.from("good"));
      Assistant assistant = assistant(model, List.of("bad"));
      assertThatThrownBy(() -> assistant.chat("a", "one"))
          .isInstanceOf(OutputGuardrailException.class);
      assertThat(log.turns(KEY)).isEmpty();
      assistant.chat("a", "two");

      assertThat(memory().messages()).startsWith(SystemMessage.from("Be kind."));
      assertThat(log.turns(KEY).getFirst().messages()).hasSize(3);
    }

    @Test
    void guardrailThatClearsAndAddsNothing_logKeepsWhatWasSaidAndTheWindowIsEmpty() {
      List<LoggedTurn> before = thirtyTurns();
      Assistant assistant = assistant(new ScriptedModel(AiMessage.from("31.")), List.of("clear"));
      assistant.chat("a", "31?");

      assertThat(log.turns(KEY)).startsWith(before.toArray(LoggedTurn[]::new));
      assertThat(memory().messages()).isEmpty();
      assertThat(new EpisodicChatMemoryStore(settings()).getMessages(KEY.id()))
          .as("a window after a restart")
          .isEmpty();
    }

    @Test
    void guardrailThatPutsAnotherAnswerInItsPlace_thatIsTheAnswer() {
      memory().add(SystemMessage.from("Be kind."));
      thirtyTurns();
      Assistant assistant = assistant(new ScriptedModel(AiMessage.from("31.")), List.of("mend"));
      assistant.chat("a", "31?");

      assertThat(memory().messages())
          .startsWith(SystemMessage.from("Be kind."))
          .endsWith(UserMessage.from("31?"), AiMessage.from("mended"))
          .doesNotContain(AiMessage.from("31."));
      assertThat(log.turns(KEY).getLast().messages().getLast().body().text()).isEqualTo("mended");
    }

    @Test
    void toolThatClears_erases() {
      thirtyTurns();
      var model = new ScriptedModel(ScriptedModel.call("forget"));
      assistant(model, List.of()).order("a", "Forget all.");

      assertThat(log.turns(KEY)).isEmpty();
      assertThat(memory().messages()).doesNotContain(UserMessage.from("30?"));
    }

    /** What was said behind "Forget all." would be the first thing that is remembered. */
    @Test
    void toolThatClears_itsCallGoesOnWithoutBeingLogged() {
      memory().add(SystemMessage.from("Be kind."));
      thirtyTurns();
      var model =
          new ScriptedModel(
              ScriptedModel.call("plain"),
              ScriptedModel.call("forgetAndGoOn"),
              AiMessage.from("Forgotten."),
              AiMessage.from("32."));
      Assistant assistant = assistant(model, List.of());
      assertThat(assistant.chat("a", "Forget all.")).isEqualTo("Forgotten.");
      assertThat(model.seen().getLast())
          .startsWith(SystemMessage.from("Be kind."), UserMessage.from("Forget all."))
          .hasSize(6);
      assertThat(log.turns(KEY)).isEmpty();
      assertThat(memory().messages()).containsExactly(SystemMessage.from("Be kind."));
      assistant.chat("a", "32?");

      assertThat(model.seen().getLast())
          .containsExactly(SystemMessage.from("Be kind."), UserMessage.from("32?"));
      assertThat(log.turns(KEY)).hasSize(1);
      assertThat(log.turns(KEY).getFirst().messages()).hasSize(3);
    }

    @Test
    void removalBehindAToolThatCleared_leavesNothing() {
      thirtyTurns();
      var model =
          new ScriptedModel(
              ScriptedModel.call("forgetAndGoOn"), AiMessage.from("bad"), AiMessage.from("32."));
      Assistant assistant = assistant(model, List.of("bad"));
      assertThatThrownBy(() -> assistant.chat("a", "Forget all."))
          .isInstanceOf(OutputGuardrailException.class);
      assertThat(log.turns(KEY)).isEmpty();
      assertThat(memory().messages()).isEmpty();
      assistant.chat("a", "32?");

      assertThat(log.turns(KEY)).hasSize(1);
    }

    @Test
    void removalByACallThatLostItsTurn_erasesNothing() {
      List<LoggedTurn> before = thirtyTurns();
      ChatModel model =
          new ChatModel() {
            @Override
            public ChatResponse doChat(ChatRequest request) {
              elsewhere(() -> memory().set(UserMessage.from("in short"), AiMessage.from("30")));
              return ChatResponse.builder().aiMessage(AiMessage.from("bad")).build();
            }
          };
      Assistant assistant = assistant(model, List.of("bad"));
      assertThatThrownBy(() -> assistant.chat("a", "31?"))
          .isInstanceOf(OutputGuardrailException.class);

      assertThat(log.turns(KEY)).startsWith(before.toArray(LoggedTurn[]::new)).hasSize(31);
    }

    private static void elsewhere(Runnable action) {
      try {
        Thread.ofVirtual().start(action).join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Test
    void clearOutsideACall_erases() {
      thirtyTurns();
      memory().clear();

      assertThat(log.turns(KEY)).isEmpty();
    }

    private List<LoggedTurn> thirtyTurns() {
      for (int i = 1; i <= 30; i++) {
        memory().add(UserMessage.from(i + "?"), AiMessage.from(i + "."));
      }
      List<LoggedTurn> turns = log.turns(KEY);
      assertThat(turns).hasSize(30);
      return turns;
    }

    private Assistant assistant(ChatModel model, List<String> refused) {
      return AiServices.builder(Assistant.class)
          .chatModel(model)
          .tools(new Tools(memory()))
          .chatMemoryProvider(id -> memory())
          .outputGuardrails(new Refuses(refused))
          .build();
    }
  }

  @Nested
  final class OfTheMemory extends Rules {
    private EpisodicChatMemory memory;

    @BeforeEach
    void make() {
      memory = new EpisodicChatMemoryProvider(settings()).get(KEY.id());
    }

    @Override
    ChatMemory memory() {
      return memory;
    }
  }

  @Nested
  final class OfAWindowOverTheStore extends Rules {
    private ChatMemory memory;

    @BeforeEach
    void make() {
      memory =
          MessageWindowChatMemory.builder()
              .id(KEY.id())
              .maxMessages(40)
              .alwaysKeepSystemMessageFirst(true)
              .chatMemoryStore(new EpisodicChatMemoryStore(settings()))
              .build();
    }

    @Override
    ChatMemory memory() {
      return memory;
    }
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);

    Result<String> order(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);
  }

  /** What the assistant can do. */
  static final class Tools {
    private final ChatMemory memory;

    Tools(ChatMemory memory) {
      this.memory = memory;
    }

    @Tool
    String plain() {
      return "done";
    }

    @Tool
    String forgetAndGoOn() {
      memory.clear();
      return "done";
    }

    @Tool(returnBehavior = ReturnBehavior.IMMEDIATE)
    String forget() {
      memory.clear();
      return "done";
    }
  }

  /** Asks again for what is poor, and takes back what is bad; or does what it is told to. */
  private record Refuses(List<String> what) implements OutputGuardrail {
    @Override
    public OutputGuardrailResult validate(OutputGuardrailRequest request) {
      ChatMemory memory = request.requestParams().chatMemory();
      if (what.contains("clear")) {
        memory.clear();
      }
      if (what.contains("mend")) {
        List<dev.langchain4j.data.message.ChatMessage> kept = memory.messages();
        memory.clear();
        kept.subList(0, kept.size() - 1).forEach(memory::add);
        memory.add(AiMessage.from("mended"));
      }
      Function<String, OutputGuardrailResult> verdict =
          switch (request.responseFromLLM().aiMessage().text()) {
            case "bad" -> this::fatalWithMessageRemoval;
            case "poor" -> this::retry;
            default -> text -> success();
          };
      return verdict.apply("not like that");
    }
  }
}
