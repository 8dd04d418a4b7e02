package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.guardrail.OutputGuardrail;
import dev.langchain4j.guardrail.OutputGuardrailException;
import dev.langchain4j.guardrail.OutputGuardrailResult;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.recall.ForgetReceipt;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.MemoryOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is cleared is forgotten wherever the memory of the settings forgets. */
final class ForgottenElsewhereTest {

  private static final ConversationKey KEY = new ConversationKey(new Tenant("acme"), "a");

  @TempDir Path directory;
  private Memory memory;
  private final List<Erasure> asked = new ArrayList<>();

  @BeforeEach
  void open() {
    memory = Memory.open(directory.resolve("memory"), Clock.systemUTC(), MemoryOptions.DEFAULT);
    memory.alsoErase(
        receipt -> {
          asked.add(receipt.request());
          return new ForgetReceipt.Erased("elsewhere", 1, "all", receipt.at());
        });
  }

  @AfterEach
  void close() {
    memory.close();
  }

  private MemorySettings settings() {
    return MemorySettings.of(memory.log(), KEY.tenant());
  }

  @ParameterizedTest
  @EnumSource
  void clear_withAMemory_isForgottenInItsIndexAndElsewhere(Kept kept) {
    ChatMemory chat = kept.memory(settings().with(memory), KEY);
    chat.add(UserMessage.from("My parrot is Gustav."), AiMessage.from("A fine name."));
    memory.catchUp();
    assertThat(memory.report().turns()).isOne();
    chat.clear();

    assertThat(memory.report().turns()).isZero();
    assertThat(asked).containsExactly(new Erasure.OfConversation(KEY));
  }

  @ParameterizedTest
  @EnumSource
  void answerIsTakenBack_withAMemory_itsTurnIsForgottenElsewhereToo(Kept kept) {
    ChatMemory chat = kept.memory(settings().with(memory), KEY);
    Assistant assistant =
        AiServices.builder(Assistant.class)
            .chatModel(new ScriptedModel(AiMessage.from("bad")))
            .chatMemoryProvider(id -> chat)
            .outputGuardrails(new Refuses())
            .build();
    assertThatThrownBy(() -> assistant.chat("a", "Well?"))
        .isInstanceOf(OutputGuardrailException.class);

    assertThat(memory.log().turns(KEY)).isEmpty();
    assertThat(asked)
        .singleElement()
        .isInstanceOfSatisfying(
            Erasure.OfTurn.class, turn -> assertThat(turn.conversation()).isEqualTo(KEY));
  }

  /** The turn is gone from the log, and what the memory owes that place it asks for again. */
  @ParameterizedTest
  @EnumSource
  void answerIsTakenBack_placeThatFails_onlyTheAnswerIsGone(Kept kept) {
    ChatMemory chat = kept.memory(settings().with(memory), KEY);
    chat.add(UserMessage.from("My parrot is Gustav."), AiMessage.from("A fine name."));
    List<ChatMessage> before = chat.messages();
    List<Erasure> erased = failOnce();
    Assistant assistant =
        AiServices.builder(Assistant.class)
            .chatModel(new ScriptedModel(AiMessage.from("bad")))
            .chatMemoryProvider(id -> chat)
            .outputGuardrails(new Refuses())
            .build();
    assertThatThrownBy(() -> assistant.chat("a", "Well?"))
        .isInstanceOf(OutputGuardrailException.class);

    assertThat(memory.log().turns(KEY)).hasSize(1);
    assertThat(chat.messages()).doesNotContain(AiMessage.from("bad")).containsAll(before);
    assertThat(kept.memory(settings().with(memory), KEY).messages())
        .as("after a restart")
        .isEqualTo(before);
    memory.forget(new Erasure.OfConversation(KEY));
    assertThat(erased)
        .as("the turn is owed")
        .hasSize(2)
        .hasAtLeastOneElementOfType(Erasure.OfTurn.class);
  }

  @ParameterizedTest
  @EnumSource
  void toolClears_placeThatFails_itsCallGoesOnWithItsQuestion(Kept kept) {
    ChatMemory chat = kept.memory(settings().with(memory), KEY);
    failOnce();
    var model = new ScriptedModel(ScriptedModel.call("forget"), AiMessage.from("Not all of it."));
    Assistant assistant =
        AiServices.builder(Assistant.class)
            .chatModel(model)
            .chatMemoryProvider(id -> chat)
            .tools(new Forgets(chat))
            .build();
    assertThat(assistant.chat("a", "Forget my PIN.")).isEqualTo("Not all of it.");

    assertThat(model.seen().getLast())
        .hasSize(3)
        .startsWith(UserMessage.from("Forget my PIN."), ScriptedModel.call("forget"));
    assertThat(memory.log().turns(KEY)).isEmpty();
  }

  /** {@return what another place has erased, which fails the first time} */
  private List<Erasure> failOnce() {
    var erased = new ArrayList<Erasure>();
    var fails = new AtomicBoolean(true);
    memory.alsoErase(
        receipt -> {
          if (fails.getAndSet(false)) {
            throw new IllegalStateException("the server is down");
          }
          erased.add(receipt.request());
          return new ForgetReceipt.Erased("down once", 1, "all", receipt.at());
        });
    return erased;
  }

  /** A tool that does what it is asked. */
  static final class Forgets {
    private final ChatMemory chat;

    Forgets(ChatMemory chat) {
      this.chat = chat;
    }

    @Tool
    void forget() {
      chat.clear();
    }
  }

  @ParameterizedTest
  @EnumSource
  void clear_withoutAMemory_isErasedInTheLog(Kept kept) {
    ChatMemory chat = kept.memory(settings(), KEY);
    chat.add(UserMessage.from("My parrot is Gustav."), AiMessage.from("A fine name."));
    chat.clear();

    assertThat(memory.log().turns(KEY)).isEmpty();
    assertThat(asked).isEmpty();
  }

  @Test
  void memoryOverAnotherLog_isRefused() {
    try (var other = TurnLog.open(directory.resolve("other"), Clock.systemUTC())) {
      MemorySettings elsewhere = MemorySettings.of(other, KEY.tenant());
      assertThatThrownBy(() -> elsewhere.with(memory))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("over another log")
          .hasMessageContaining("give them its log()");
    }
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);
  }

  /** Takes every answer back. */
  private static final class Refuses implements OutputGuardrail {
    @Override
    public OutputGuardrailResult validate(AiMessage answer) {
      return fatalWithMessageRemoval("not like that");
    }
  }
}
