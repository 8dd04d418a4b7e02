package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.memory.chat.TokenWindowChatMemory;
import dev.langchain4j.model.TokenCountEstimator;
import dev.langchain4j.store.memory.chat.ChatMemoryStore;
import dev.langchain4j.store.memory.chat.InMemoryChatMemoryStore;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** What LangChain4j's own memories make of the kit: docs/measurements/chat-memory-kit.md. */
final class LangChain4jWindowsTest {

  private static final Set<String> KNOWN =
      Set.of(
          "add_changedSystemMessage_replacesTheOldOneInFront",
          "add_pendingToolCall_isNeverEvicted",
          "add_userSpeaksAgainAfterAFailedCall_doesNotShowTheQuestionTwice",
          "crash_beforeTheAnswer_leavesNoHalfTurn");

  @Test
  void messageWindow_kit_failsExactlyThese() {
    assertThat(failuresOf(MessageWindow.class)).containsExactlyInAnyOrderElementsOf(KNOWN);
  }

  @Test
  void tokenWindow_kit_failsExactlyThese() {
    assertThat(failuresOf(TokenWindow.class)).containsExactlyInAnyOrderElementsOf(KNOWN);
  }

  private static Set<String> failuresOf(Class<? extends ChatMemoryContract> kit) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request().selectors(selectClass(kit)).build();
    var heard = new Outcomes();
    LauncherFactory.create().execute(request, heard);
    assertThat(heard.run).as("tests of the kit that ran").isEqualTo(18);
    return heard.failed;
  }

  private static final class Outcomes implements TestExecutionListener {
    private final Set<String> failed = new TreeSet<>();
    private int run;

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      if (test.isTest()) {
        run++;
        if (result.getStatus() == TestExecutionResult.Status.FAILED) {
          failed.add(test.getDisplayName().replace("()", ""));
        }
      }
    }
  }

  /** A memory over a store that outlives it. */
  abstract static class Windows extends ChatMemoryContract {
    private final ChatMemoryStore store = new InMemoryChatMemoryStore();
    private final Map<Object, ChatMemory> memories = new HashMap<>();

    abstract ChatMemory window(Object id, ChatMemoryStore store);

    @Override
    protected ChatMemory memory(Object id) {
      return memories.computeIfAbsent(id, some -> window(some, store));
    }

    @Override
    protected ChatMemory memoryOfAnotherTenant(Object id) {
      throw new UnsupportedOperationException("LangChain4j knows no tenants");
    }

    @Override
    protected boolean supportsTenants() {
      return false;
    }

    /** They do not claim it; whether turns mix is a race, so it would fail on some days only. */
    @Override
    protected boolean supportsThreads() {
      return false;
    }

    @Override
    protected void crash() {
      memories.clear();
    }

    @Override
    protected int windowTurns() {
      return 4;
    }
  }

  /** The last eight messages. */
  static final class MessageWindow extends Windows {
    @Override
    ChatMemory window(Object id, ChatMemoryStore store) {
      return MessageWindowChatMemory.builder().id(id).maxMessages(8).chatMemoryStore(store).build();
    }
  }

  /** The last eight tokens, of which every message has one. */
  static final class TokenWindow extends Windows {
    @Override
    ChatMemory window(Object id, ChatMemoryStore store) {
      return TokenWindowChatMemory.builder()
          .id(id)
          .maxTokens(8, new OnePerMessage())
          .chatMemoryStore(store)
          .build();
    }
  }

  private static final class OnePerMessage implements TokenCountEstimator {
    @Override
    public int estimateTokenCountInText(String text) {
      return 1;
    }

    @Override
    public int estimateTokenCountInMessage(ChatMessage message) {
      return 1;
    }

    @Override
    public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
      int count = 0;
      for (ChatMessage ignored : messages) {
        count++;
      }
      return count;
    }
  }
}
