package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PoolExhaustedException;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.store.SpanId;
import io.madeleine.memory.tier.TierLimits;
import io.madeleine.testing.model.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where much has to be read before an answer, it is told how far that is, and can be stopped. */
final class LongReadingTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "imported");
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  private final List<Held> held = List.of(new Held(), new Held(), new Held());

  @TempDir private Path directory;
  private TurnLog log;
  private TurnIndex index;
  private ReadyModel ready;
  private EpisodicConversations minds;

  @BeforeEach
  void open() {
    Path model = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
    log = TurnLog.open(directory.resolve("history"), CLOCK);
    index = TurnIndex.open(directory.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
    ready = ReadyModel.open(model, CLOCK, new EngineOptions(1, false), 1 << 26, Long.MAX_VALUE);
    minds = new EpisodicConversations(ready, log, index, directory, SmallMinds.SMALL, CLOCK);
  }

  @AfterEach
  void close() {
    held.forEach(Held::goOn); // also where a test failed: nothing closes while a turn is under way
    minds.close();
    ready.close();
    index.close();
    log.close();
  }

  @Test
  void say_imported_stopsWhereItIsToldToAndGoesOnThereLater() {
    minds.append(IntStream.range(0, 40).mapToObj(LongReadingTest::told).toList());
    index.follow(log);
    var first = new Watch(20);

    EpisodicTurn stopped = say("what is in the garage", first);

    assertThat(stopped.finish()).isEqualTo(FinishReason.CANCELLED);
    assertThat(stopped.logged()).isEmpty();
    assertThat(stopped.why()).contains("cancelled after");
    assertThat(log.size(KEY)).isEqualTo(40);
    assertThat(first.read).hasSize(20).isSorted();
    assertThat(minds.memoryBytes()).isLessThanOrEqualTo(minds.memoryBudget());

    var second = new Watch(Integer.MAX_VALUE);
    EpisodicTurn answered = say("what is in the garage", second);

    assertThat(answered.logged()).isPresent();
    assertThat(second.all).isLessThan(first.all - first.read.get(10));
    assertThat(second.read.getFirst()).isZero();
  }

  @Test
  void mind_imported_knowsHowMuchEachTurnSurprisedTheModelAlsoWhereReadingWasStoppedBetween() {
    minds.append(IntStream.range(0, 40).mapToObj(LongReadingTest::told).toList());
    index.follow(log);
    say("what is in the garage", new Watch(20));

    Mind mind = minds.conversation(KEY, List.of()).mind();
    for (int turn = 0; turn < mind.turns(); turn++) {
      assertThatSurpriseIsKnown(mind, turn);
    }
    minds.close();
    minds = new EpisodicConversations(ready, log, index, directory, SmallMinds.SMALL, CLOCK);

    assertThat(nats(minds.conversation(KEY, List.of()).mind())).isEqualTo(nats(mind));
  }

  @Test
  void mind_saidElsewhere_knowsHowMuchTheTurnSurprisedTheModel() {
    say("my sister keeps bees", new Watch(Integer.MAX_VALUE));
    List<Float> said = nats(minds.conversation(KEY, List.of()).mind());
    minds.append(List.of(told(1)));

    Mind mind = minds.conversation(KEY, List.of()).mind();

    assertThat(nats(mind)).startsWith(said.toArray(Float[]::new));
    assertThatSurpriseIsKnown(mind, 1);
  }

  /** Of all tokens of a turn but the first, which nothing in the same step foretold. */
  private static void assertThatSurpriseIsKnown(Mind mind, int turn) {
    assertThat(mind.startOfTurn(turn) + 1).isLessThan(mind.startOfTurn(turn + 1));
    for (int i = mind.startOfTurn(turn) + 1; i < mind.startOfTurn(turn + 1); i++) {
      assertThat(mind.nats(i)).as("token %d of turn %d", i, turn).isPositive();
    }
  }

  private static List<Float> nats(Mind mind) {
    return IntStream.range(0, mind.tokens()).mapToObj(mind::nats).toList();
  }

  @Test
  void say_whileSomebodyLooksAtTheMind_goesFirstAndTellsWhatItReads() throws Exception {
    minds.append(IntStream.range(0, 400).mapToObj(LongReadingTest::told).toList());
    index.follow(log);
    EpisodicConversation conversation = minds.conversation(KEY, List.of());
    CompletableFuture<Mind> looking = CompletableFuture.supplyAsync(conversation::mind);
    while (minds.memoryBytes() == 0) {
      Thread.onSpinWait();
    }

    var watch = new Watch(3);
    assertThat(say("what is in the garage", watch).finish()).isEqualTo(FinishReason.CANCELLED);

    assertThat(watch.read).hasSize(3);
    assertThat(looking.get(1, TimeUnit.MINUTES).turns()).isEqualTo(400);
    assertThat(say("what is in the garage", new Watch(1)).logged())
        .as("nothing is left to be read first")
        .isPresent();
  }

  @Test
  void mind_anotherOfTheSameTenant_isReadFirst() throws Exception {
    ConversationKey later = ConversationKey.of("ann", "later");
    for (ConversationKey key : List.of(KEY, later)) {
      minds.append(IntStream.range(0, 400).mapToObj(turn -> told(key, "box " + turn)).toList());
    }
    assertThat(minds.looks().isOvertaken(newestAt(later))).isFalse();
    EpisodicConversation conversation = minds.conversation(KEY, List.of());
    CompletableFuture<Mind> looking = CompletableFuture.supplyAsync(conversation::mind);

    assertThat(minds.conversation(later, List.of()).mind().turns()).isEqualTo(400);

    assertThat(looking).as("gave way").isNotDone();
    minds.looks().left(newestAt(later));
    assertThat(looking.get(1, TimeUnit.MINUTES).turns()).isEqualTo(400);
  }

  @Test
  @Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void mind_ofWhichSomebodySpeaks_keepsNoOtherLookWaiting() throws Exception {
    ConversationKey third = ConversationKey.of("ann", "third");
    minds.append(IntStream.range(0, 40).mapToObj(LongReadingTest::told).toList());
    assertThat(minds.looks().isOvertaken(newestAt(third))).isFalse();
    EpisodicConversation conversation = minds.conversation(KEY, List.of());
    var looking = new FutureTask<>(conversation::mind);
    Thread looks = Thread.ofPlatform().start(looking);
    while (!(LockSupport.getBlocker(looks) instanceof Condition)) {
      Thread.onSpinWait(); // until it has given way to the newest
    }
    Held speaks = held.getFirst();
    CompletableFuture<EpisodicTurn> said =
        CompletableFuture.supplyAsync(
            () -> say(KEY, "what is in the garage", speaks), Thread::startVirtualThread);
    speaks.holds.await();

    minds.looks().left(newestAt(third));
    minds.looks().awaitTurn(new Looks.Look(third, /* number= */ 0));

    speaks.goOn();
    assertThat(said.get().logged()).isPresent();
    assertThat(looking.get().turns()).isBetween(40, 41);
  }

  /** A look that is newer than any that a test begins. */
  private static Looks.Look newestAt(ConversationKey key) {
    return new Looks.Look(key, Long.MAX_VALUE);
  }

  @Test
  @Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void say_aLongQuestionForWhichNobodyHasMemory_isRefusedBeforeItIsToldHowFarItIs()
      throws Exception {
    minds.close();
    long full =
        new KvShape(
                TinyModel.GROUPED.layers(),
                TinyModel.GROUPED.kvHeads(),
                TinyModel.GROUPED.headDim())
            .bytes(TinyModel.CONTEXT, KvType.F32);
    var tight =
        new MindOptions(
            SmallMinds.SMALL.layout(), 3 * full / 2, TierLimits.within(4 << 20), 64 << 20, 64, 6);
    minds = new EpisodicConversations(ready, log, index, directory, tight, CLOCK);
    List<CompletableFuture<EpisodicTurn>> said =
        IntStream.range(0, held.size())
            .mapToObj(
                each ->
                    CompletableFuture.supplyAsync(
                        () ->
                            say(
                                ConversationKey.of("ann", "other " + each),
                                question(730),
                                held.get(each)),
                        Thread::startVirtualThread))
            .toList();
    for (Held each : held) {
      each.holds.await();
    }

    var refused = new Watch(Integer.MAX_VALUE);
    assertThatThrownBy(() -> say(question(850), refused))
        .isInstanceOf(PoolExhaustedException.class);
    assertThat(refused.read).isEmpty();
    assertThatThrownBy(() -> say("the harbour master counts boats. ".repeat(300), refused))
        .as("a block for which there is no memory")
        .isInstanceOf(PoolExhaustedException.class);
    assertThat(refused.read).isEmpty();

    held.forEach(Held::goOn);
    for (CompletableFuture<EpisodicTurn> each : said) {
      assertThat(each.get().logged()).isPresent();
    }
  }

  /** {@return a question of about so many tokens} */
  private String question(int tokens) {
    Tokenizer tokenizer = ready.words().tokenizer();
    var text = new StringBuilder("the");
    while (tokenizer.encode(text.toString(), /* parseSpecial= */ false).length < tokens) {
      text.append(" harbour master counts boats, and the");
    }
    return text.toString();
  }

  @Test
  void say_aQuestionLongerThanTheWindow_stopsBetweenTwoBlocksAndLeavesNothingBehind() {
    say("my sister keeps bees", new Watch(Integer.MAX_VALUE));

    EpisodicTurn stopped = say("the harbour master counts boats. ".repeat(300), new Watch(2));

    assertThat(stopped.finish()).isEqualTo(FinishReason.CANCELLED);
    assertThat(log.size(KEY)).isEqualTo(1);
    assertThat(minds.conversation(KEY, List.of()).mind().episodes())
        .isNotEmpty()
        .allSatisfy(episode -> assertThat(episode.lastTurn()).isZero());
    assertThat(say("and now", new Watch(Integer.MAX_VALUE)).logged()).isPresent();
  }

  @Test
  void append_behindACancelledQuestion_whatIsInMindIsWhatWasSaid() {
    say("my sister keeps bees", new Watch(Integer.MAX_VALUE));
    say("the harbour master counts boats. ".repeat(300), new Watch(2));
    minds.append(List.of(told("the garden needs a lamp and two boxes. ".repeat(300))));

    Mind mind = minds.conversation(KEY, List.of()).mind();
    List<Episode> episodes = mind.episodes();
    assertThat(episodes).hasSizeGreaterThan(10);
    for (int i = 1; i < episodes.size(); i++) {
      TokenSpan span = episodes.get(i).span();
      int[] tokens =
          IntStream.range(span.start(), span.end())
              .map(position -> mind.token(position - mind.prefixTokens()))
              .toArray();
      assertThat(episodes.get(i).id())
          .isEqualTo(new SpanId(episodes.get(i - 1).id()).then(tokens).hex());
    }
  }

  @Test
  void erase_afterACancelledQuestion_leavesNoKeysAndValues() throws IOException {
    say("my sister keeps bees", new Watch(Integer.MAX_VALUE));
    say("the harbour master counts boats. ".repeat(300), new Watch(2));
    say("and now", new Watch(Integer.MAX_VALUE));
    minds.erase(new Erasure.OfConversation(KEY));

    try (Stream<Path> files = Files.walk(directory.resolve("spans"))) {
      assertThat(files.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @Test
  void say_aListenerThatThrows_failsWithWhatItThrew() {
    var broken =
        new MindListener() {
          @Override
          public void recalled(int episodes, int tokens) {
            throw new CancellationException("mine");
          }
        };
    var greedy = GenerationOptions.of(SamplingOptions.GREEDY, new StopRule(Set.of(), List.of(), 4));
    EpisodicConversation conversation = minds.conversation(KEY, List.of());

    assertThatThrownBy(() -> conversation.say("hello", greedy, broken, new CancelToken()))
        .isInstanceOf(CancellationException.class)
        .hasMessage("mine");
    assertThat(log.size(KEY)).isZero();
  }

  private EpisodicTurn say(String text, Watch watch) {
    return say(KEY, text, watch, watch.cancel);
  }

  private EpisodicTurn say(ConversationKey key, String text, Held held) {
    return say(key, text, held, new CancelToken());
  }

  private EpisodicTurn say(
      ConversationKey key, String text, MindListener listener, CancelToken cancel) {
    var greedy = GenerationOptions.of(SamplingOptions.GREEDY, new StopRule(Set.of(), List.of(), 4));
    return minds.conversation(key, List.of()).say(text, greedy, listener, cancel);
  }

  private static TurnLog.Draft told(int turn) {
    return told("box %d is in the garage".formatted(turn));
  }

  private static TurnLog.Draft told(String text) {
    return told(KEY, text);
  }

  private static TurnLog.Draft told(ConversationKey key, String text) {
    return new TurnLog.Draft(
        key,
        List.of(
            new LoggedMessage(Instant.EPOCH, new ChatMessage.User(text)),
            new LoggedMessage(Instant.EPOCH, new ChatMessage.Assistant("I see."))),
        Map.of());
  }

  /** Holds its turn up where it first hears of reading. */
  private static final class Held implements MindListener {
    private final CountDownLatch holds = new CountDownLatch(1);
    private final CountDownLatch goesOn = new CountDownLatch(1);

    void goOn() {
      goesOn.countDown();
    }

    @Override
    public void reading(int readTokens, int allTokens) {
      holds.countDown();
      try {
        goesOn.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Hears of reading, and cancels when it has heard of it so often. */
  private static final class Watch implements MindListener {
    private final CancelToken cancel = new CancelToken();
    private final List<Integer> read = new ArrayList<>();
    private final int stopAfter;
    private int all;

    Watch(int stopAfter) {
      this.stopAfter = stopAfter;
    }

    @Override
    public void reading(int readTokens, int allTokens) {
      read.add(readTokens);
      all = allTokens;
      if (read.size() == stopAfter) {
        cancel.cancel();
      }
    }
  }
}
