package io.madeleine.conversation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.conversation.Turn.Finish;
import io.madeleine.conversation.Turn.Origin;
import io.madeleine.conversation.TurnOptions.OnCancel;
import io.madeleine.conversation.ready.ContextTooLongException;
import io.madeleine.conversation.ready.ModelTooLargeException;
import io.madeleine.engine.kv.PoolExhaustedException;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LogException;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.history.UnfinishedErasureException;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.testing.Interrupted;
import io.madeleine.testing.model.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConversationTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "tea");
  private static final TurnOptions SHORT = TurnOptions.DEFAULT.maxTokens(6);
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  private final Path directory;
  private Path model = Path.of("");

  ConversationTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @BeforeEach
  void writeModel() {
    model = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
  }

  private ConversationConfig.Builder config(String data) {
    return ConversationConfig.builder(directory.resolve(data))
        .clock(CLOCK)
        .engine(new EngineOptions(1, /* warmUp= */ false))
        .kvBytes(64 << 20);
  }

  private ConversationFactory open(String data) {
    return ConversationFactory.open(model, config(data).build());
  }

  private static Turn say(ConversationFactory factory, String text) {
    return factory.conversation(KEY, ConversationSetup.PLAIN).say(text, SHORT, TurnListener.NONE);
  }

  /** What a conversation answers that nothing ever happened to. */
  private List<String> undisturbed(String... texts) {
    try (ConversationFactory factory = open("undisturbed")) {
      return Stream.of(texts).map(text -> say(factory, text).answer()).toList();
    }
  }

  @Test
  void say_laterTurns_readOnlyWhatIsNew() {
    try (ConversationFactory factory = open("data")) {
      Turn first = say(factory, "a long beginning ".repeat(20));
      Turn second = say(factory, "short");

      assertThat(first.keysAndValues()).isEqualTo(Origin.NEW);
      assertThat(first.tokens().reused()).isZero();
      assertThat(second.keysAndValues()).isEqualTo(Origin.MEMORY);
      assertThat(second.tokens().reused()).isGreaterThanOrEqualTo(first.tokens().read());
      assertThat(second.tokens().read()).isLessThan(first.tokens().read() / 2);
      assertThat(first.recalled()).isEqualTo(Turn.Recalled.NOTHING);
      assertThat(second.recalled().turns()).containsExactly(0);
      assertThat(second.recalled().why()).contains("all earlier turns");
      assertThat(second.recalled().bytesMoved()).isZero();
    }
  }

  @Test
  void say_restartAfterEveryTurn_answersAsIfNothingHadHappened() {
    String[] texts = {"one", "two and a bit", "three"};
    var answers = new ArrayList<String>();
    var origins = new ArrayList<Origin>();
    for (String text : texts) {
      try (ConversationFactory factory = open("data")) {
        Turn turn = say(factory, text);
        answers.add(turn.answer());
        origins.add(turn.keysAndValues());
        boolean fromDisk = turn.keysAndValues() == Origin.SNAPSHOT;
        assertThat(turn.recalled().bytesMoved() > 0).isEqualTo(fromDisk);
      }
    }
    assertThat(answers).isEqualTo(undisturbed(texts));
    assertThat(origins).containsExactly(Origin.NEW, Origin.SNAPSHOT, Origin.SNAPSHOT);
  }

  @Test
  void closeAndSay_onAnInterruptedThread_saveAndReadTheSnapshot() throws Exception {
    for (Origin expected : List.of(Origin.NEW, Origin.SNAPSHOT)) {
      ConversationFactory factory = open("data");
      Turn turn =
          Interrupted.during(
              () -> {
                try (factory) {
                  return say(factory, "one");
                }
              });
      assertThat(turn.keysAndValues()).isEqualTo(expected);
    }
  }

  @Test
  void say_snapshotDamagedAnywhere_isSetAsideSaidAndRecomputed() throws IOException {
    try (ConversationFactory factory = open("data")) {
      say(factory, "one");
    }
    List<String> expected = undisturbed("one", "two");
    Path snapshot = snapshots("data").getFirst();
    byte[] whole = Files.readAllBytes(snapshot);
    for (int at : new int[] {0, 9, 40, whole.length / 2, whole.length - 1}) {
      Path data = directory.resolve("data-" + at);
      copy(directory.resolve("data"), data);
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      Files.write(snapshots("data-" + at).getFirst(), damaged);
      try (ConversationFactory factory = open("data-" + at)) {
        Turn turn = say(factory, "two");
        assertThat(turn.answer()).isEqualTo(expected.get(1));
        assertThat(turn.keysAndValues()).isEqualTo(Origin.RECOMPUTED);
        assertThat(turn.notes()).anyMatch(note -> note.contains("set aside"));
      }
    }
  }

  @Test
  void say_snapshotOfAnotherModel_isNotTrusted() {
    try (ConversationFactory factory = open("data")) {
      say(factory, "one");
    }
    Path other = TinyModel.GROUPED.withSeed(99).writeTo(directory.resolve("other.gguf"));
    try (var factory = ConversationFactory.open(other, config("data").build())) {
      Turn turn = say(factory, "two");
      assertThat(turn.keysAndValues()).isEqualTo(Origin.RECOMPUTED);
      assertThat(turn.notes()).anyMatch(note -> note.contains("another model"));
    }
  }

  @Test
  void say_cancelled_keepsOrDropsAsItsPolicySays() {
    try (ConversationFactory factory = open("data")) {
      Conversation conversation = factory.conversation(KEY, ConversationSetup.PLAIN);
      say(factory, "one");
      Turn dropped = conversation.say("no", SHORT.onCancel(OnCancel.DROP), new StopAfter(2));
      assertThat(dropped.finish()).isEqualTo(Finish.CANCELLED);
      assertThat(dropped.logged()).isEmpty();
      assertThat(say(factory, "two").answer()).isEqualTo(undisturbed("one", "two").get(1));

      Turn kept = conversation.say("yes", TurnOptions.DEFAULT, new StopAfter(40));
      assertThat(kept.finish()).isIn(Finish.CANCELLED, Finish.STOP);
      assertThat(kept.logged()).isPresent();
      assertThat(conversation.history()).hasSize(3);
    }
  }

  /** Stops when it was asked often enough. */
  private static final class StopAfter implements TurnListener {
    private final int questions;
    private final AtomicInteger asked = new AtomicInteger();

    StopAfter(int questions) {
      this.questions = questions;
    }

    @Override
    public boolean cancelled() {
      return asked.incrementAndGet() > questions;
    }
  }

  @Test
  void say_listenerFails_leavesNoTraceOfTheTurn() {
    try (ConversationFactory factory = open("data")) {
      Conversation conversation = factory.conversation(KEY, ConversationSetup.PLAIN);
      say(factory, "one");
      var failing =
          new TurnListener() {
            @Override
            public void reading(int done, int total) {
              throw new IllegalStateException("the screen is gone");
            }
          };
      assertThatThrownBy(() -> conversation.say("lost", SHORT, failing))
          .hasMessage("the screen is gone");
      assertThat(conversation.history()).hasSize(1);
      assertThat(say(factory, "two").answer()).isEqualTo(undisturbed("one", "two").get(1));
    }
  }

  @Test
  void say_whileATurnIsUnderWay_isRefusedAndLeavesNoTrace() throws InterruptedException {
    try (ConversationFactory factory = open("data")) {
      Conversation conversation = factory.conversation(KEY, ConversationSetup.PLAIN);
      var refusals = new ArrayList<Throwable>();
      try (OpenTurn turn = conversation.begin()) {
        assertThatThrownBy(conversation::begin).isInstanceOf(ConversationBusyException.class);
        Thread other =
            Thread.ofPlatform()
                .uncaughtExceptionHandler((thread, e) -> refusals.add(e))
                .start(() -> conversation.say("me too", SHORT, TurnListener.NONE));
        other.join();
        turn.add(new ChatMessage.User("one"));
        turn.generate(SHORT, TurnListener.NONE);
        turn.commit();
      }
      assertThat(refusals).hasOnlyElementsOfType(ConversationBusyException.class).hasSize(1);
      assertThat(conversation.history()).hasSize(1);
    }
  }

  @Test
  void say_whileItsCacheIsSavedToMakeRoom_waitsAndGoesOn() throws Exception {
    var clock = new HeldClock();
    var config = config("data").clock(clock).build();
    try (var factory = ConversationFactory.open(model, config)) {
      say(factory, "one");
      Conversation conversation = factory.conversation(KEY, ConversationSetup.PLAIN);
      Thread saver = Thread.ofPlatform().name(HeldClock.HELD).start(conversation::release);
      clock.asked.await();
      CompletableFuture<Turn> second = CompletableFuture.supplyAsync(() -> say(factory, "two"));
      try {
        assertThatThrownBy(() -> second.get(200, TimeUnit.MILLISECONDS))
            .isInstanceOf(TimeoutException.class);
      } finally {
        clock.go.countDown();
      }
      assertThat(second.get(1, TimeUnit.MINUTES).keysAndValues()).isEqualTo(Origin.SNAPSHOT);
      saver.join();
    }
  }

  /** Holds a thread back that asks for the time, as a store does that has written a snapshot. */
  private static final class HeldClock extends Clock {
    static final String HELD = "held";
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);

    @Override
    public Instant instant() {
      if (Thread.currentThread().getName().equals(HELD)) {
        asked.countDown();
        try {
          go.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return Instant.EPOCH;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  @Test
  void say_contextFull_dropsTheOldestWholeTurnsAndSaysSo() {
    try (ConversationFactory factory = open("data")) {
      var notes = new ArrayList<String>();
      Turn turn = say(factory, "start");
      for (int i = 0; i < 30; i++) {
        turn = say(factory, "word %d ".formatted(i).repeat(30));
        notes.addAll(turn.notes());
      }
      assertThat(turn.turnsLeftOut()).isPositive();
      assertThat(turn.recalled().turns()).doesNotContain(0).isNotEmpty();
      assertThat(turn.recalled().why()).contains("stay in the history");
      assertThat(notes).anyMatch(note -> note.contains("no longer read"));
      assertThat(notes.size()).isLessThan(8);
      assertThat(factory.history().size(KEY)).isEqualTo(31);
    }
  }

  @Test
  void say_moreThanTheContextHolds_isRefusedSayingByHowMuch() {
    try (ConversationFactory factory = open("data")) {
      say(factory, "one");
      assertThatThrownBy(() -> say(factory, "many words ".repeat(3000)))
          .isInstanceOf(ContextTooLongException.class)
          .hasMessageContaining("shorten it by");
      assertThat(factory.history().size(KEY)).isEqualTo(1);
      assertThat(say(factory, "two").answer()).isEqualTo(undisturbed("one", "two").get(1));
    }
  }

  @Test
  void say_moreConversationsThanMemory_theSilentOnesGoToDiskAndComeBack() {
    long two = 2L * 24 * 16 * TinyModel.GROUPED.layers() * TinyModel.GROUPED.kvHeads() * 64;
    var config = config("data").kvBytes(two).build();
    String[] texts = {"word ".repeat(60), "two", "three"};
    List<String> expected = undisturbed(texts);
    try (var factory = ConversationFactory.open(model, config)) {
      var origins = new ArrayList<Origin>();
      for (int round = 0; round < texts.length; round++) {
        for (int i = 0; i < 6; i++) {
          var key = ConversationKey.of("ann", "number " + i);
          Turn turn =
              factory
                  .conversation(key, ConversationSetup.PLAIN)
                  .say(texts[round], SHORT, TurnListener.NONE);
          assertThat(turn.answer()).isEqualTo(expected.get(round));
          assertThat(factory.kvBytes()).isLessThanOrEqualTo(two);
          origins.add(turn.keysAndValues());
        }
      }
      assertThat(origins.subList(6, 18)).contains(Origin.SNAPSHOT).doesNotContain(Origin.NEW);
    }
  }

  @Test
  void say_instructionDoesNotFitBesideATurn_takesNoneAndTheDirectoryCanBeOpenedAgain() {
    var config = config("data").kvBytes(128 << 10).build();
    var instructed = ConversationSetup.instructed("x1 ".repeat(120));
    try (var factory = ConversationFactory.open(model, config);
        OpenTurn turn = factory.conversation(KEY, ConversationSetup.PLAIN).begin()) {
      turn.add(new ChatMessage.User("x1 ".repeat(80)));
      turn.generate(SHORT, TurnListener.NONE);
      long before = factory.kvBytes();
      Conversation other = factory.conversation(ConversationKey.of("ann", "other"), instructed);

      assertThatThrownBy(() -> other.say("two", SHORT, TurnListener.NONE))
          .isInstanceOf(PoolExhaustedException.class);
      assertThat(factory.kvBytes()).isEqualTo(before);
      turn.commit();
    }
    try (var factory = ConversationFactory.open(model, config)) {
      assertThat(say(factory, "two").keysAndValues()).isEqualTo(Origin.SNAPSHOT);
    }
  }

  @Test
  void say_sameInstructionInManyConversations_isReadOnce() {
    var setup = ConversationSetup.instructed("Be brief and kind. ".repeat(20));
    try (ConversationFactory factory = open("data")) {
      var turns = new ArrayList<Turn>();
      var bytes = new ArrayList<Long>();
      for (int i = 0; i < 4; i++) {
        var key = ConversationKey.of("tenant " + i, "tea");
        turns.add(factory.conversation(key, setup).say("hi", SHORT, TurnListener.NONE));
        bytes.add(factory.kvBytes());
      }
      assertThat(turns.get(1).tokens().reused()).isGreaterThan(60);
      assertThat(turns.get(3).tokens().read()).isLessThan(20);
      assertThat(bytes.get(3) - bytes.get(0)).isLessThan(bytes.get(0));
      assertThat(turns).extracting(Turn::answer).containsOnly(turns.getFirst().answer());
    }
  }

  @Test
  void erase_aConversation_forgetsLogMemoryAndDisk() throws IOException {
    try (ConversationFactory factory = open("data")) {
      say(factory, "a secret");
    }
    try (ConversationFactory factory = open("data")) {
      say(factory, "more");
      assertThat(snapshots("data")).hasSize(1);
      assertThat(factory.erase(new Erasure.OfConversation(KEY)).turns()).isEqualTo(2);

      assertThat(snapshots("data")).isEmpty();
      assertThat(say(factory, "hello").answer()).isEqualTo(undisturbed("hello").getFirst());
    }
  }

  @Test
  void open_afterACrashBehindTheErasureOfAConversation_leavesTheSnapshotsOfOthersAlone()
      throws IOException {
    ConversationKey other = ConversationKey.of("ann", "coffee");
    try (ConversationFactory factory = open("data")) {
      say(factory, "a secret");
      factory.conversation(other, ConversationSetup.PLAIN).say("hello", SHORT, TurnListener.NONE);
    }
    List<Path> before = snapshots("data");
    try (var history = TurnLog.open(directory.resolve("data").resolve("history"), CLOCK)) {
      history.erase(new Erasure.OfConversation(KEY));
    }
    try (ConversationFactory factory = open("data")) {
      assertThat(before).hasSize(2).containsAll(snapshots("data"));
      assertThat(snapshots("data")).hasSize(1);
      Turn more =
          factory
              .conversation(other, ConversationSetup.PLAIN)
              .say("more", SHORT, TurnListener.NONE);
      assertThat(more.keysAndValues()).isEqualTo(Origin.SNAPSHOT);
    }
  }

  @Test
  void erase_historyCannotWriteItsFilesAnew_forgetsMemoryAndDiskAllTheSame() throws IOException {
    try (ConversationFactory factory = open("data")) {
      say(factory, "a secret");
    }
    try (ConversationFactory factory = open("data")) {
      say(factory, "more");
      long before = factory.kvBytes();
      assertThat(snapshots("data")).hasSize(1);
      try (Stream<Path> logs = Files.list(directory.resolve("data").resolve("history"))) {
        for (Path log : logs.filter(file -> file.toString().endsWith(".log")).toList()) {
          Files.createDirectory(log.resolveSibling(log.getFileName() + ".new"));
        }
      }
      assertThatThrownBy(() -> factory.erase(new Erasure.OfConversation(KEY)))
          .isInstanceOf(UnfinishedErasureException.class);

      assertThat(factory.history().turns(KEY)).isEmpty();
      assertThat(factory.kvBytes()).isLessThan(before);
      assertThat(snapshots("data")).isEmpty();
    }
    assertThat(snapshots("data")).isEmpty();
  }

  @Test
  void open_modelTooLarge_saysHowMuchIsMissing() {
    var config = config("data").memoryBytes(100L << 20).build();

    assertThatThrownBy(() -> ConversationFactory.open(model, config))
        .isInstanceOf(ModelTooLargeException.class)
        .hasMessageContaining("MiB are missing");
  }

  @Test
  void open_directoryOfAnother_isRefusedAndTheModelIsFreeAgain() {
    try (ConversationFactory factory = open("data")) {
      assertThat(factory.contextLength()).isEqualTo(TinyModel.CONTEXT);
      assertThatThrownBy(() -> open("data"))
          .isInstanceOf(LogException.class)
          .hasMessageContaining("in use by process");
    }
    assertThat(undisturbed("hi")).hasSize(1);
  }

  private List<Path> snapshots(String data) throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve(data).resolve("snapshots"))) {
      return files.filter(file -> file.toString().endsWith(".kv")).toList();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
  }
}
