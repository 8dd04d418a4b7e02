package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.ChatMemory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * A test kit for any LangChain4j {@link ChatMemory}: extend it, say how to make one, and say with
 * the {@code supports…} methods what it does not claim. LangChain4j has no such kit.
 *
 * <p>The memory under test should show about {@link #windowTurns} turns.
 */
public abstract class ChatMemoryContract {

  /** {@return the memory of {@code id}; the same id gives the same memory} */
  protected abstract ChatMemory memory(Object id);

  /** Throws away everything that is not on disk, as a killed process does. */
  protected abstract void crash();

  /** {@return a memory of another tenant with an equal id} */
  protected abstract ChatMemory memoryOfAnotherTenant(Object id);

  /** {@return how many turns of a question and an answer the memory shows} */
  protected abstract int windowTurns();

  /**
   * {@return whether a turn that has no answer yet stays out of the history after {@link #crash}}
   */
  protected boolean supportsCommit() {
    return true;
  }

  /** {@return whether two threads may talk at once} */
  protected boolean supportsThreads() {
    return true;
  }

  /** {@return whether it outlives the process} */
  protected boolean supportsRestart() {
    return true;
  }

  /** {@return whether it knows tenants} */
  protected boolean supportsTenants() {
    return true;
  }

  @Test
  void messages_newMemory_isEmpty() {
    assertThat(memory("new").messages()).isEmpty();
  }

  @Test
  void add_questionAndAnswer_showsBothInOrder() {
    ChatMemory memory = memory("a");
    say(memory, 1);

    assertThat(memory.messages()).containsExactlyElementsOf(turn(1));
  }

  @Test
  void add_moreTurnsThanFit_evictsWholeTurns() {
    ChatMemory memory = memory("a");
    for (int i = 0; i < 3 * windowTurns(); i++) {
      say(memory, i);
    }

    List<ChatMessage> shown = memory.messages();
    assertThat(shown).hasSizeLessThan(2 * 3 * windowTurns());
    assertThat(shown.getFirst()).isInstanceOf(UserMessage.class);
    assertThat(shown.getLast()).isEqualTo(turn(3 * windowTurns() - 1).getLast());
  }

  @Test
  void add_toolTurns_neverShowsACallWithoutItsResultNorAResultWithoutItsCall() {
    ChatMemory memory = memory("a");
    for (int i = 0; i < 5 * windowTurns(); i++) {
      for (ChatMessage message : i % 2 == 0 ? toolTurn(i) : turn(i)) {
        memory.add(message);
        if (!(message instanceof AiMessage ai && ai.hasToolExecutionRequests())) {
          assertPaired(memory.messages(), i);
        }
      }
    }
  }

  @Test
  void add_pendingToolCall_isNeverEvicted() {
    ChatMemory memory = memory("a");
    for (int i = 0; i < 3 * windowTurns(); i++) {
      say(memory, i);
    }
    memory.add(UserMessage.from("look it up"));
    var calls = new ArrayList<ToolExecutionRequest>();
    for (int i = 0; i < 4 * windowTurns(); i++) {
      calls.add(call("p" + i));
    }
    memory.add(AiMessage.from(calls));
    for (ToolExecutionRequest call : calls) {
      memory.add(ToolExecutionResultMessage.from(call, "found"));
    }

    List<ChatMessage> shown = memory.messages();
    assertThat(shown).contains(UserMessage.from("look it up"), AiMessage.from(calls));
    assertThat(shown.stream().filter(ToolExecutionResultMessage.class::isInstance))
        .hasSize(calls.size());
  }

  @Test
  void add_systemMessage_staysFirstWhateverIsEvicted() {
    ChatMemory memory = memory("a");
    memory.add(SystemMessage.from("be kind"));
    for (int i = 0; i < 3 * windowTurns(); i++) {
      say(memory, i);
    }

    assertThat(memory.messages().getFirst()).isEqualTo(SystemMessage.from("be kind"));
  }

  @Test
  void add_changedSystemMessage_replacesTheOldOneInFront() {
    ChatMemory memory = memory("a");
    memory.add(SystemMessage.from("be kind"));
    say(memory, 1);
    memory.add(SystemMessage.from("be brief"));
    say(memory, 2);

    List<ChatMessage> shown = memory.messages();
    assertThat(shown.getFirst()).isEqualTo(SystemMessage.from("be brief"));
    assertThat(shown.stream().filter(SystemMessage.class::isInstance)).hasSize(1);
  }

  @Test
  void add_userSpeaksAgainAfterAFailedCall_doesNotShowTheQuestionTwice() {
    ChatMemory memory = memory("a");
    say(memory, 1);
    memory.add(UserMessage.from("are you there?"));
    // The model fails here, and the user tries again.
    memory.add(UserMessage.from("are you there?"));
    memory.add(AiMessage.from("yes"));

    assertThat(memory.messages().stream().filter(UserMessage.from("are you there?")::equals))
        .hasSize(1);
  }

  @Test
  void add_attributes_comeBackWithTheMessage() {
    ChatMemory memory = memory("a");
    memory.add(
        UserMessage.builder()
            .name("Ada")
            .contents(List.of(dev.langchain4j.data.message.TextContent.from("hello")))
            .attributes(Map.of("channel", "phone"))
            .build());
    memory.add(AiMessage.builder().text("hi").attributes(Map.of("cost", "3")).build());
    if (supportsRestart()) {
      crash();
      memory = memory("a");
    }

    UserMessage user = (UserMessage) memory.messages().getFirst();
    assertThat(user.name()).isEqualTo("Ada");
    assertThat(user.attributes()).containsEntry("channel", "phone");
    assertThat(((AiMessage) memory.messages().getLast()).attributes()).containsEntry("cost", "3");
  }

  @Test
  void set_messages_replacesAll() {
    ChatMemory memory = memory("a");
    say(memory, 1);
    memory.set(turn(7));

    assertThat(memory.messages()).containsExactlyElementsOf(turn(7));
  }

  /** LangChain4j's default clears first: who reads in between finds a conversation without past. */
  @Test
  void set_whileSomebodyReads_isSeenWholeOrNotAtAll() throws Exception {
    assumeThat(supportsThreads()).as("threads on one id").isTrue();
    ChatMemory memory = memory("set-and-read");
    List<ChatMessage> one = List.of(UserMessage.from("one"), AiMessage.from("first"));
    List<ChatMessage> other = List.of(UserMessage.from("other"), AiMessage.from("second"));
    memory.set(one);
    try (var threads = Executors.newFixedThreadPool(1)) {
      Future<?> setting =
          threads.submit(
              () -> {
                for (int i = 0; i < 100; i++) {
                  memory.set(i % 2 == 0 ? other : one);
                }
              });
      while (!setting.isDone()) {
        assertThat(memory.messages()).isIn(one, other);
      }
      setting.get();
    }
  }

  @Test
  void set_thenMoreTurns_goesOnFromThere() {
    ChatMemory memory = memory("a");
    say(memory, 1);
    memory.set(turn(7));
    say(memory, 8);

    assertThat(memory.messages()).startsWith(turn(7).toArray(ChatMessage[]::new));
    assertThat(memory.messages()).endsWith(turn(8).toArray(ChatMessage[]::new));
  }

  @Test
  void messages_callerChangesTheList_changesNothing() {
    ChatMemory memory = memory("a");
    say(memory, 1);
    try {
      memory.messages().clear();
    } catch (UnsupportedOperationException e) {
      // An unmodifiable list is as good as a copy.
    }

    assertThat(memory.messages()).containsExactlyElementsOf(turn(1));
  }

  @Test
  void clear_memoryWithTurns_isEmptyAlsoAfterARestart() {
    ChatMemory memory = memory("a");
    say(memory, 1);
    memory.clear();

    assertThat(memory.messages()).isEmpty();
    crash();
    assertThat(memory("a").messages()).isEmpty();
  }

  @Test
  void crash_afterTheAnswer_keepsTheTurn() {
    assumeThat(supportsRestart()).as("the memory does not claim to outlive its process").isTrue();
    say(memory("a"), 1);
    crash();

    assertThat(memory("a").messages()).containsExactlyElementsOf(turn(1));
  }

  @Test
  void crash_beforeTheAnswer_leavesNoHalfTurn() {
    assumeThat(supportsRestart() && supportsCommit())
        .as("the memory does not claim turns")
        .isTrue();
    ChatMemory memory = memory("a");
    say(memory, 1);
    toolTurn(2).subList(0, 2).forEach(memory::add);
    crash();

    assertThat(memory("a").messages()).containsExactlyElementsOf(turn(1));
  }

  @Test
  void add_tenThreadsOnOneId_keepsEveryTurnTogether() throws Exception {
    assumeThat(supportsThreads()).as("the memory does not claim threads").isTrue();
    ChatMemory memory = memory("a");
    var work = new ArrayList<Callable<Boolean>>();
    for (int thread = 0; thread < 10; thread++) {
      int from = 100 * thread;
      work.add(
          () -> {
            for (int i = 0; i < 10; i++) {
              say(memory, from + i);
            }
            return true;
          });
    }
    try (var threads = Executors.newFixedThreadPool(10)) {
      for (Future<Boolean> each : threads.invokeAll(work)) {
        assertThat(each.get()).isTrue();
      }
    }

    List<ChatMessage> shown = memory.messages();
    assertThat(shown).isNotEmpty();
    for (int i = 0; i < shown.size(); i += 2) {
      String question = ((UserMessage) shown.get(i)).singleText();
      assertThat(((AiMessage) shown.get(i + 1)).text()).isEqualTo("answer to " + question);
    }
  }

  @Test
  void messages_twoTenantsWithEqualIds_neverMeet() {
    assumeThat(supportsTenants()).as("the memory does not claim tenants").isTrue();
    say(memory("a"), 1);
    say(memoryOfAnotherTenant("a"), 2);

    assertThat(memory("a").messages()).containsExactlyElementsOf(turn(1));
    assertThat(memoryOfAnotherTenant("a").messages()).containsExactlyElementsOf(turn(2));
  }

  private static void say(ChatMemory memory, int number) {
    turn(number).forEach(memory::add);
  }

  private static List<ChatMessage> turn(int number) {
    return List.of(
        UserMessage.from("question " + number), AiMessage.from("answer to question " + number));
  }

  private static List<ChatMessage> toolTurn(int number) {
    var one = call("one" + number);
    var two = call("two" + number);
    return List.of(
        UserMessage.from("question " + number),
        AiMessage.from(one, two),
        ToolExecutionResultMessage.from(one, "1"),
        ToolExecutionResultMessage.from(two, "2"),
        AiMessage.from("answer to question " + number));
  }

  private static ToolExecutionRequest call(String id) {
    return ToolExecutionRequest.builder().id(id).name("lookup").arguments("{}").build();
  }

  private static void assertPaired(List<ChatMessage> shown, int turn) {
    Set<String> called = new HashSet<>();
    Set<String> answered = new HashSet<>();
    for (ChatMessage message : shown) {
      if (message instanceof AiMessage ai) {
        ai.toolExecutionRequests().forEach(call -> called.add(call.id()));
      } else if (message instanceof ToolExecutionResultMessage result) {
        assertThat(called).as("a result without its call, in turn %d", turn).contains(result.id());
        answered.add(result.id());
      }
    }
    called.removeIf(id -> id.endsWith("two" + turn) || id.endsWith("one" + turn));
    assertThat(answered).as("a call without its result, in turn %d", turn).containsAll(called);
  }
}
