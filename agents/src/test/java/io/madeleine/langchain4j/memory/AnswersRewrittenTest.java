package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.guardrail.OutputGuardrail;
import dev.langchain4j.guardrail.OutputGuardrailException;
import dev.langchain4j.guardrail.OutputGuardrailResult;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * LangChain4j adds an answer to the memory before its output guardrails see it: what they leave of
 * it is the answer.
 */
final class AnswersRewrittenTest {

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

  @ParameterizedTest
  @EnumSource
  void masked_theMaskedAnswerIsShownAndLoggedAndNoOther(Kept kept) {
    ChatMemory memory = kept.memory(log, KEY);
    Assistant assistant =
        assistant(memory, new ScriptedModel(AiMessage.from("It is 4111."), AiMessage.from("Yes.")));
    assertThat(assistant.chat("a", "My card?")).isEqualTo("It is ***.");
    assistant.chat("a", "Sure?");

    assertThat(memory.messages())
        .containsExactly(
            UserMessage.from("My card?"),
            AiMessage.from("It is ***."),
            UserMessage.from("Sure?"),
            AiMessage.from("Yes."));
    assertThat(log.turns(KEY))
        .hasSize(2)
        .allSatisfy(turn -> assertThat(turn.messages()).hasSize(2));
    assertThat(answer(log.turns(KEY).getFirst())).isEqualTo("It is ***.");
  }

  @ParameterizedTest
  @EnumSource
  void givenAnewBehindATool_theTurnHasTheToolAndTheLastAnswer(Kept kept) {
    ChatMemory memory = kept.memory(log, KEY);
    var model =
        new ScriptedModel(
            ScriptedModel.call("clock"), AiMessage.from("poor"), AiMessage.from("At 4111."));
    assistant(memory, model).chat("a", "When?");

    assertThat(memory.messages()).hasSize(4).endsWith(AiMessage.from("At ***."));
    assertThat(log.turns(KEY)).hasSize(1);
    assertThat(log.turns(KEY).getFirst().messages()).hasSize(4);
    assertThat(answer(log.turns(KEY).getFirst())).isEqualTo("At ***.");
  }

  @ParameterizedTest
  @EnumSource
  void leftAsItWas_nothingIsWrittenAnew(Kept kept) {
    assistant(kept.memory(log, KEY), new ScriptedModel(AiMessage.from("Yes."))).chat("a", "Sure?");

    assertThat(log.turns(KEY)).hasSize(1);
    assertThat(log.erasedSince(0)).isEmpty();
  }

  @Test
  void refusedForGood_theTurnStaysAsWithLangChain4jsOwnMemories() {
    var model = new ScriptedModel(AiMessage.from("poor"), AiMessage.from("poor"));
    Assistant assistant = assistant(Kept.MEMORY.memory(log, KEY), model);
    assertThatThrownBy(() -> assistant.chat("a", "Sure?"))
        .isInstanceOf(OutputGuardrailException.class);

    assertThat(log.turns(KEY)).hasSize(1);
    assertThat(answer(log.turns(KEY).getFirst())).isEqualTo("poor");
  }

  private static String answer(LoggedTurn turn) {
    return turn.messages().getLast().body().text();
  }

  private static Assistant assistant(ChatMemory memory, ScriptedModel model) {
    return AiServices.builder(Assistant.class)
        .chatModel(model)
        .tools(new Clocks())
        .chatMemoryProvider(id -> memory)
        .outputGuardrails(List.of(new Likes(), new Masks()))
        .build();
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);
  }

  /** What the assistant can look at. */
  static final class Clocks {
    @Tool
    String clock() {
      return "ten";
    }
  }

  /** Asks once more for what is poor. */
  private static final class Likes implements OutputGuardrail {
    @Override
    public OutputGuardrailResult validate(AiMessage answer) {
      return answer.text().equals("poor") ? reprompt("poor", "Try harder.") : success();
    }
  }

  /** Masks what is secret. */
  private static final class Masks implements OutputGuardrail {
    @Override
    public OutputGuardrailResult validate(AiMessage answer) {
      return answer.text().contains("4111")
          ? successWith(answer.text().replace("4111", "***"))
          : success();
    }
  }
}
