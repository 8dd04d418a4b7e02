package io.madeleine.memory.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TurnLogTest {

  private static final ConversationKey ANN = ConversationKey.of("ann", "tea");
  private static final ConversationKey BEN = ConversationKey.of("ben", "tea");
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);

  private final Path directory;

  TurnLogTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private TurnLog open() {
    return TurnLog.open(directory, CLOCK);
  }

  private static LoggedTurn say(TurnLog log, ConversationKey key, String text) {
    return log.begin(key)
        .add(new ChatMessage.User(text))
        .add(new ChatMessage.Assistant("I heard: " + text))
        .commit();
  }

  @Test
  void commit_everyKindOfMessage_comesBackEqualAfterReopening() {
    LoggedTurn written;
    try (TurnLog log = open()) {
      written =
          log.begin(ANN)
              .add(new ChatMessage.System("be brief"))
              .add(
                  new LoggedMessage(
                      "m1",
                      Instant.parse("1969-07-20T20:17:40.123456789Z"),
                      "Ann",
                      new ChatMessage.User("what is the weather?"),
                      Map.of("mood", "curious")))
              .add(
                  new ChatMessage.Assistant(
                      "", "I need a tool", List.of(new ToolCall("c1", "weather", "{\"at\":1}"))))
              .add(new ChatMessage.ToolResult("c1", "weather", "no such place", true))
              .add(new ChatMessage.Assistant("I do not know."))
              .attribute("topic", "weather")
              .commit();
    }
    try (TurnLog log = open()) {
      assertThat(log.turns(ANN)).containsExactly(written);
      assertThat(written.messages()).extracting(LoggedMessage::id).startsWith("t1.0", "m1", "t1.2");
      assertThat(log.report().notes()).isEmpty();
    }
  }

  @Test
  void open_underAnotherLocaleThanItWasWritten_hasEveryTurn() {
    Locale before = Locale.getDefault();
    LoggedTurn written;
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab")); // has digits of its own
      try (TurnLog log = open()) {
        written = say(log, ANN, "milk, please");
      }
    } finally {
      Locale.setDefault(before);
    }
    try (TurnLog log = open()) {
      assertThat(log.turns(ANN)).containsExactly(written);
    }
  }

  @Test
  void commit_everyUnicodePlaneAndHalfPairs_losesNothing() {
    var text = new StringBuilder("\0\uFFFF\uD800 alone, \uDC00 alone");
    for (int plane = 0; plane <= 16; plane++) {
      text.appendCodePoint(plane * 0x10000 + 0x123).appendCodePoint(plane * 0x10000 + 0xFFFD);
    }
    String valid = text.toString().replace("\uD800", "").replace("\uDC00 ", "");
    try (TurnLog log = open()) {
      say(log, ANN, text.toString());
      say(log, ANN, valid);
      say(log, ANN, "");
      say(log, ANN, "x".repeat(1 << 20));
    }
    try (TurnLog log = open()) {
      assertThat(log.turns(ANN))
          .extracting(turn -> turn.messages().getFirst().body().text())
          .containsExactly(text.toString(), valid, "", "x".repeat(1 << 20));
    }
  }

  @Test
  void append_manyTurnsTogether_waitsForTheDiskOnceAndKeepsTheirOrder() {
    var turns = new ArrayList<TurnLog.Draft>();
    for (int i = 0; i < 100; i++) {
      turns.add(draft("talk-" + i % 3, "turn " + i));
    }
    try (TurnLog log = TurnLog.open(directory, Clock.systemUTC())) {
      List<LoggedTurn> written = log.append(turns);

      assertThat(log.flushes()).isOne();
      assertThat(written).hasSize(100);
      assertThat(log.since(0)).isEqualTo(written);
      assertThat(log.turns(ConversationKey.of("t", "talk-1")))
          .extracting(turn -> turn.messages().getFirst().body().text())
          .startsWith("turn 1", "turn 4")
          .hasSize(33);
      assertThat(log.append(List.<TurnLog.Draft>of())).isEmpty();
    }
  }

  @Test
  void append_oneOfManyTooLarge_writesNone() {
    var options = new LogOptions(4 << 10, 1 << 10);
    var turns = List.of(draft("a", "small"), draft("a", "x".repeat(2_000)), draft("a", "small"));
    try (TurnLog log = TurnLog.open(directory, Clock.systemUTC(), options)) {
      assertThatThrownBy(() -> log.append(turns)).isInstanceOf(IllegalArgumentException.class);
      assertThat(log.since(0)).isEmpty();
      assertThat(log.append(List.of(turns.getFirst(), turns.getLast()))).hasSize(2);
    }
  }

  @Test
  void append_firstOfManyFails_writesNoneOfThemAndGoesOnLater() throws IOException {
    var options = new LogOptions(4 << 10, 1 << 10);
    Path there = directory.resolve("log");
    Path away = directory.resolve("away");
    TurnLog.Draft draft = draft("a", "x".repeat(700));
    try (TurnLog log = TurnLog.open(there, Clock.systemUTC(), options)) {
      List<LoggedTurn> before = log.append(Collections.nCopies(6, draft));
      Files.move(there, away); // the file is full, and there is no place for another
      assertThatThrownBy(() -> log.append(Collections.nCopies(6, draft)))
          .isInstanceOf(LogException.class)
          .hasMessageContaining("not part of the history");
      Files.move(away, there);

      LoggedTurn after = log.append(List.of(draft)).getFirst();
      assertThat(log.since(0)).startsWith(before.toArray(LoggedTurn[]::new)).endsWith(after);
      assertThat(log.since(0)).hasSize(7);
    }
  }

  private static TurnLog.Draft draft(String conversation, String text) {
    return new TurnLog.Draft(
        ConversationKey.of("t", conversation),
        List.of(new LoggedMessage(Instant.EPOCH, new ChatMessage.User(text))),
        Map.of());
  }

  @Test
  void abort_afterMessages_leavesNoTrace() throws IOException {
    try (TurnLog log = open()) {
      say(log, ANN, "one");
      long before = bytes();
      PendingTurn pending = log.begin(ANN).add(new ChatMessage.User("never mind"));
      pending.abort();

      assertThat(log.turns(ANN)).hasSize(1);
      assertThat(bytes()).isEqualTo(before);
      assertThatThrownBy(pending::commit).hasMessageContaining("already committed or aborted");
    }
  }

  @Test
  void turns_twoTenantsWithTheSameConversationId_neverMeet() {
    try (TurnLog log = open()) {
      say(log, ANN, "mine");
      say(log, BEN, "yours");

      assertThat(log.turns(ANN)).extracting(LoggedTurn::conversation).containsOnly(ANN);
      assertThat(log.conversations(BEN.tenant())).containsExactly(BEN);
      assertThat(log.conversations(new Tenant("nobody"))).isEmpty();
    }
  }

  @Test
  void since_aSequence_givesEveryLaterTurnOfAllTenants() {
    try (TurnLog log = open()) {
      for (int i = 0; i < 200; i++) {
        say(log, i % 2 == 0 ? ANN : BEN, "turn " + i);
      }
      assertThat(log.since(150)).extracting(LoggedTurn::sequence).hasSize(50).isSorted();
      assertThat(log.since(200)).isEmpty();
      assertThat(log.latest(BEN, 3)).extracting(LoggedTurn::index).containsExactly(97, 98, 99);
      assertThat(log.turns(BEN, 2, 4)).extracting(LoggedTurn::index).containsExactly(2, 3);
      assertThat(log.turns(BEN, 98, 200)).extracting(LoggedTurn::index).containsExactly(98, 99);
      assertThat(log.turns(BEN, 200, 300)).isEmpty();
      assertThat(log.stream(BEN)).containsExactlyElementsOf(log.turns(BEN));
    }
  }

  @Test
  void open_everyPossibleTornTail_keepsTheWholeTurnsAndSaysWhatWasCut() throws IOException {
    try (TurnLog log = open()) {
      say(log, ANN, "one");
    }
    Path file = Segment.path(directory, 1);
    long one = Files.size(file);
    try (TurnLog log = open()) {
      say(log, ANN, "two");
    }
    byte[] whole = Files.readAllBytes(file);
    for (int cut = (int) one; cut < whole.length; cut++) {
      Files.write(file, java.util.Arrays.copyOf(whole, cut));
      try (TurnLog log = open()) {
        assertThat(log.size(ANN)).isEqualTo(1);
        assertThat(log.report().tornBytes()).isEqualTo(cut - one);
        assertThat(say(log, ANN, "again").index()).isEqualTo(1);
      }
    }
  }

  @Test
  void open_anyByteInTheMiddleDamaged_losesAtMostThatTurn() throws IOException {
    try (TurnLog log = open()) {
      say(log, ANN, "one");
      say(log, ANN, "two");
      say(log, ANN, "three");
    }
    Path file = Segment.path(directory, 1);
    byte[] whole = Files.readAllBytes(file);
    int record = (whole.length - Segment.HEADER_BYTES) / 3;
    var random = new Random(7);
    for (int at = 0; at < Segment.HEADER_BYTES + 2 * record - 10; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 + random.nextInt(255));
      Files.write(file, damaged);
      try (TurnLog log = open()) {
        assertThat(log.size(ANN)).isGreaterThanOrEqualTo(at < Segment.HEADER_BYTES ? 3 : 2);
        assertThat(log.report().notes()).hasSize(at < Segment.HEADER_BYTES ? 0 : 1);
      }
    }
  }

  @Test
  void open_directoryInUse_refusesNamingTheProcess() {
    try (TurnLog first = open()) {
      assertThat(first.size(ANN)).isZero();
      assertThatThrownBy(this::open)
          .isInstanceOf(LogException.class)
          .hasMessageContaining("in use by process " + ProcessHandle.current().pid());
    }
  }

  @Test
  void close_secondTime_leavesTheDirectoryToWhoHasItNow() {
    TurnLog first = open();
    first.close();
    try (TurnLog second = open()) {
      first.close();

      assertThat(second.size(ANN)).isZero();
      assertThatThrownBy(this::open).hasMessageContaining("this one");
    }
    open().close();
  }

  @Test
  void open_lockThatCannotBeMade_holdsNothing() throws IOException {
    Path file = Files.createDirectory(directory.resolve("lock"));
    assertThatThrownBy(this::open).hasMessageContaining("cannot be written");
    Files.delete(file);

    open().close();
  }

  @Test
  void failure_writeThatWasTakenBackAndAClosedLog_isToldOfTheSecondOnly() throws IOException {
    TurnLog log = TurnLog.open(directory, CLOCK, new LogOptions(4 << 10, 64 << 10));
    say(log, ANN, "long ".repeat(1_000));
    Path next = Files.createDirectory(Segment.path(directory, 2)); // where the next file would be

    assertThatThrownBy(() -> say(log, ANN, "two")).isInstanceOf(LogException.class);
    assertThat(log.failure()).isEmpty();
    Files.delete(next);
    say(log, ANN, "three");
    log.close();

    assertThat(log.failure())
        .hasValueSatisfying(why -> assertThat(why).hasMessageContaining("Open it again"));
    assertThatThrownBy(() -> say(log, ANN, "four")).isSameAs(log.failure().orElseThrow());
  }

  @Test
  void commit_clockGoesBackwards_sequenceGrowsAndTimesStayAsGiven() {
    try (TurnLog log = open()) {
      Instant late = Instant.parse("2030-01-01T00:00:00Z");
      Instant early = Instant.parse("2020-01-01T00:00:00Z");
      for (Instant at : List.of(late, early)) {
        log.append(ANN, List.of(new LoggedMessage(at, new ChatMessage.User("hi"))), Map.of());
      }
      assertThat(log.turns(ANN)).extracting(LoggedTurn::at).containsExactly(late, early);
      assertThat(log.turns(ANN)).extracting(LoggedTurn::sequence).containsExactly(1L, 2L);
    }
  }

  private long bytes() throws IOException {
    return Files.size(Segment.path(directory, 1));
  }
}
