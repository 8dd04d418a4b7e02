package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import io.madeleine.langchain4j.message.Messages;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LogOptions;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which system message a memory shows, and what it costs to know. */
final class SystemInForceTest {

  private static final Tenant ACME = new Tenant("acme");
  private static final SystemMessage BRIEF = SystemMessage.from("Be brief.");
  private static final SystemMessage KIND = SystemMessage.from("Be kind.");

  @TempDir Path directory;
  private TurnLog log;
  private EpisodicChatMemoryProvider memories;

  @BeforeEach
  void open() {
    log = TurnLog.open(directory, Clock.systemUTC(), LogOptions.DEFAULT);
    memories = new EpisodicChatMemoryProvider(MemorySettings.of(log, ACME));
  }

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void messages_conversationThatIsFiftyTimesAsLong_readsNoMoreOfIt() {
    fill("short", 100, List.of());
    fill("long", 5_000, List.of());

    assertThat(allocated("long")).isLessThan(3 * allocated("short") + copies(5_000));
  }

  @Test
  void messages_systemMessageInTheOldestTurnOnly_readsNoMoreThanWithout() {
    fill("short", 100, List.of(BRIEF));
    fill("long", 5_000, List.of(BRIEF));

    assertThat(memories.get("long").messages()).startsWith(BRIEF);
    assertThat(allocated("long")).isLessThan(3 * allocated("short") + copies(5_000));
  }

  @Test
  void messages_newerTurnBringsAnother_isSeen() {
    EpisodicChatMemory memory = memories.get("a");
    say(memory, BRIEF, 1);
    assertThat(memory.messages()).startsWith(BRIEF);
    say(new EpisodicChatMemoryProvider(MemorySettings.of(log, ACME)).get("a"), KIND, 2);

    assertThat(memory.messages()).startsWith(KIND).doesNotContain(BRIEF);
  }

  @Test
  void messages_turnWithTheSystemMessageErasedByAnybody_isNotShownAnyMore() {
    EpisodicChatMemory memory = memories.get("a");
    say(memory, BRIEF, 1);
    say(memory, KIND, 2);
    say(memory, KIND, 3);
    assertThat(memory.messages()).startsWith(KIND);
    List<LoggedTurn> turns = log.turns(key("a"));
    log.erase(new Erasure.OfTurn(key("a"), turns.get(1).sequence()));
    assertThat(memory.messages()).startsWith(BRIEF).doesNotContain(KIND);
    log.erase(new Erasure.OfTurn(key("a"), turns.get(0).sequence()));

    assertThat(memory.messages()).doesNotContain(BRIEF, KIND).hasSize(2);
  }

  @Test
  void messages_erasedAndAsManyTurnsLoggedSince_isNotShownAnyMore() {
    EpisodicChatMemory memory = memories.get("a");
    say(memory, BRIEF, 1);
    assertThat(memory.messages()).startsWith(BRIEF);
    log.erase(new Erasure.OfConversation(key("a")));
    fill("a", 1, List.of());

    assertThat(memory.messages()).doesNotContain(BRIEF).hasSize(2);
  }

  @Test
  void set_withoutASystemMessage_leavesNoneInForce() {
    EpisodicChatMemory memory = memories.get("a");
    say(memory, BRIEF, 1);
    assertThat(memory.messages()).startsWith(BRIEF);
    memory.set(List.of(UserMessage.from("one"), AiMessage.from("first")));
    assertThat(memory.messages()).hasSize(2);
    memory.set(List.of(KIND, UserMessage.from("one"), AiMessage.from("first")));

    assertThat(memory.messages()).startsWith(KIND).hasSize(3);
  }

  @Test
  void messages_partOfAReplacementErased_theOldOneIsInForceAgain() {
    EpisodicChatMemory memory = memories.get("a");
    say(memory, BRIEF, 1);
    memory.set(
        List.of(
            KIND,
            UserMessage.from("one"),
            AiMessage.from("first"),
            UserMessage.from("two"),
            AiMessage.from("second")));
    assertThat(memory.messages()).startsWith(KIND);
    log.erase(new Erasure.OfTurn(key("a"), log.turns(key("a")).getLast().sequence()));

    assertThat(memory.messages()).startsWith(BRIEF).hasSize(3);
  }

  @Test
  void clear_memoryWithASystemMessage_leavesNone() {
    EpisodicChatMemory memory = memories.get("a");
    say(memory, BRIEF, 1);
    assertThat(memory.messages()).startsWith(BRIEF);
    memory.clear();

    assertThat(memory.messages()).isEmpty();
    say(memory, BRIEF, 2);
    assertThat(memory.messages()).startsWith(BRIEF);
  }

  @Test
  void messages_turnsWithoutItErasedByAnybody_readsNoMoreThanBefore() {
    fill("short", 100, List.of(BRIEF));
    fill("long", 5_000, List.of(BRIEF));
    fill("another", 30, List.of(BRIEF));
    List<LoggedTurn> own = log.turns(key("long")).subList(1_000, 1_030);
    List<LoggedTurn> others = log.turns(key("another"));
    long most = 3 * allocated("short") + copies(5_000);
    EpisodicChatMemory memory = memories.get("long");
    for (int i = 0; i < 29; i++) {
      eraseOf("long", own.get(i));
      eraseOf("another", others.get(i));
      memory.messages();
    }

    eraseOf("long", own.getLast());
    assertThat(look(memory)).isLessThan(most);
    eraseOf("another", others.getLast());
    assertThat(look(memory)).isLessThan(most);
    assertThat(memory.messages()).startsWith(BRIEF);
  }

  private void eraseOf(String id, LoggedTurn turn) {
    log.erase(new Erasure.OfTurn(key(id), turn.sequence()));
  }

  /** Bytes of one look, when what is loaded and known once is loaded and known. */
  private long allocated(String id) {
    EpisodicChatMemory memory = memories.get(id);
    for (int i = 0; i < 20; i++) {
      memory.messages();
    }
    return look(memory);
  }

  private static long look(EpisodicChatMemory memory) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    memory.messages();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  /** The log copies the sequences of a conversation, 8 bytes a turn, when it is asked for some. */
  private static long copies(int turns) {
    return 6L * Long.BYTES * turns;
  }

  private void fill(String id, int turns, List<ChatMessage> before) {
    var drafts = new ArrayList<TurnLog.Draft>();
    for (int i = 0; i < turns; i++) {
      var messages = new ArrayList<>(i == 0 ? before : List.<ChatMessage>of());
      messages.add(UserMessage.from("question " + i));
      messages.add(AiMessage.from("answer " + i));
      List<LoggedMessage> logged =
          messages.stream().map(message -> Messages.toLog(message, Instant.EPOCH)).toList();
      drafts.add(new TurnLog.Draft(key(id), logged, Map.of()));
    }
    log.append(drafts);
  }

  private static void say(EpisodicChatMemory memory, SystemMessage system, int number) {
    memory.add(system);
    memory.add(UserMessage.from("question " + number));
    memory.add(AiMessage.from("answer " + number));
  }

  private static ConversationKey key(String id) {
    return new ConversationKey(ACME, id);
  }
}
