package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.episodic.closing.EpisodeCompression;
import io.madeleine.conversation.mind.line.KeptTokens;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.tier.TierLimits;
import io.madeleine.memory.topic.Topic;
import io.madeleine.testing.model.TinyModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every mode of recall must hold, and what an instruction that changes must not break. */
final class EpisodicConversationTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "home");
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final List<String> SAID =
      List.of(
          "my sister Zelandra keeps bees in Quillport",
          "the bees of Zelandra fly in April",
          "the garage door has a code with four numbers",
          "the garage needs paint and a new lamp",
          "Zelandra sells honey on Sunday",
          "the lamp of the garage is broken again");

  /** Bytes of a working cache that fills the model's context. */
  private static final long FULL_CACHE =
      new KvShape(
              TinyModel.GROUPED.layers(), TinyModel.GROUPED.kvHeads(), TinyModel.GROUPED.headDim())
          .bytes(TinyModel.CONTEXT, KvType.F32);

  @TempDir private Path directory;
  private Path model = Path.of("");

  @BeforeEach
  void writeModel() {
    model = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
  }

  @ParameterizedTest
  @EnumSource(RecallMode.class)
  void say_anyMode_recallsWithinItsRoomAndSaysWhatAndWhy(RecallMode mode) {
    List<EpisodicTurn> turns = new ArrayList<>();
    with(
        SmallMinds.SMALL.mode(mode),
        minds -> {
          SAID.forEach(text -> turns.add(say(minds, text)));
          turns.add(say(minds, "what does Zelandra sell"));
        });
    EpisodicTurn last = turns.getLast();
    assertThat(last.recalled()).isNotEmpty();
    assertThat(last.why()).isNotBlank();
    assertThat(last.mode()).isNotEqualTo(RecallMode.AUTO);
    if (mode != RecallMode.AUTO) {
      assertThat(last.mode()).isEqualTo(mode);
    }
    assertThat(turns)
        .allSatisfy(turn -> assertThat(turn.read()).isPositive())
        .allSatisfy(turn -> assertThat(turn.saved()).isBetween(0, 96 + 24 + 128 + 200));
    if (last.mode() == RecallMode.TEXT) {
      assertThat(last.read()).isGreaterThan(turns.getFirst().read());
    }
    assertThat(last.kvBytes()).isPositive();
  }

  @ParameterizedTest
  @EnumSource(RecallMode.class)
  void mind_afterARestart_hasTheSameEpisodesBoundariesAndTopics(RecallMode mode) {
    List<Object> before = new ArrayList<>();
    List<Object> after = new ArrayList<>();
    with(
        SmallMinds.SMALL.mode(mode),
        minds -> {
          SAID.forEach(text -> say(minds, text));
          before.addAll(seen(minds));
        });
    with(SmallMinds.SMALL.mode(mode), minds -> after.addAll(seen(minds)));
    assertThat(after).isEqualTo(before);
    with(
        SmallMinds.SMALL.mode(mode),
        minds -> assertThat(say(minds, "what does Zelandra sell").recalled()).isNotEmpty());
  }

  private static List<Object> seen(EpisodicConversations minds) {
    Mind mind = minds.conversation(KEY, List.of()).mind();
    List<Object> seen = new ArrayList<>(mind.episodes());
    for (Episode episode : mind.episodes()) {
      seen.add(mind.topicOf(episode).map(Topic::id));
    }
    for (int turn = 0; turn < mind.turns(); turn++) {
      seen.add(mind.boundaryBefore(turn).isPresent());
    }
    return seen;
  }

  @Test
  void kept_compressedEpisodes_sayWhichHeadHoldsWhat() {
    var half =
        EpisodicOptions.DEFAULT
            .tokens(24, 96)
            .compression(new EpisodeCompression("keydiff", 0.5, 0));
    with(
        SmallMinds.SMALL.layout(half),
        minds -> {
          SAID.forEach(text -> say(minds, text));
          EpisodicConversation conversation = minds.conversation(KEY, List.of());
          Episode first = conversation.mind().episodes().getFirst();
          KeptTokens kept = conversation.kept(first);

          assertThat(kept.length()).isEqualTo(first.span().length());
          int held = 0;
          for (int layer = 0; layer < kept.layers(); layer++) {
            for (int head = 0; head < kept.kvHeads(); head++) {
              assertThat(kept.tokens(layer, head)).isBetween(1, kept.length() - 1);
              held += kept.tokens(layer, head);
            }
          }
          int holders = 0;
          for (int token = 0; token < kept.length(); token++) {
            holders += kept.holders(token);
          }
          assertThat(holders).isEqualTo(held);
          assertThat(first.kept()).isEqualTo(Math.ceilDiv(held, kept.layers() * kept.kvHeads()));
          assertThat(say(minds, "what does Zelandra sell").recalled()).isNotEmpty();
        });
  }

  @Test
  void conversation_anotherInstructionLater_isThePrefixFromThenOnAndAfterARestart() {
    List<Integer> prefixes = new ArrayList<>();
    with(
        SmallMinds.SMALL,
        minds -> {
          SAID.forEach(text -> say(minds, text));
          prefixes.add(minds.conversation(KEY, List.of()).mind().prefixTokens());
          List<Episode> episodes = minds.conversation(KEY, List.of()).mind().episodes();
          EpisodicConversation told =
              minds.conversation(KEY, instruction("speak as a pirate and never of the sea"));

          assertThat(told.mind().episodes()).hasSameSizeAs(episodes);
          EpisodicTurn turn = say(minds, "what does Zelandra sell");
          assertThat(turn.recalled()).isNotEmpty();
          prefixes.add(told.mind().prefixTokens());
        });
    assertThat(prefixes.get(1)).isGreaterThan(prefixes.get(0));
    with(
        SmallMinds.SMALL,
        minds -> {
          EpisodicConversation conversation = minds.conversation(KEY, List.of());
          assertThat(conversation.mind().prefixTokens()).isEqualTo(prefixes.get(1));
          assertThat(say(minds, "and the lamp").recalled()).isNotEmpty();
          minds.conversation(KEY, instruction(""));
          assertThat(conversation.mind().prefixTokens()).isEqualTo(prefixes.get(0));
        });
  }

  @Test
  void topics_byAnEmbedder_askItOnceForEachEpisodeAlsoAfterARestart() {
    var embedder = new CountingEmbedder();
    List<Object> before = new ArrayList<>();
    with(
        SmallMinds.SMALL.mode(RecallMode.TOPICS),
        Optional.of(embedder),
        minds -> {
          SAID.forEach(text -> say(minds, text));
          assertThat(say(minds, "what does Zelandra sell").recalled()).isNotEmpty();
          before.addAll(seen(minds));
        });
    int asked = embedder.texts.get();
    assertThat(asked).isPositive();
    with(
        SmallMinds.SMALL.mode(RecallMode.TOPICS),
        Optional.of(embedder),
        minds -> assertThat(seen(minds)).isEqualTo(before));
    assertThat(embedder.texts.get()).isEqualTo(asked);
  }

  @Test
  void topics_embedderThatFails_leavesTheTurnAsItIs() {
    var embedder = new CountingEmbedder();
    embedder.fails.set(true);
    with(
        SmallMinds.SMALL.mode(RecallMode.TOPICS),
        Optional.of(embedder),
        minds -> {
          SAID.forEach(text -> assertThat(say(minds, text).logged()).isPresent());
          assertThat(say(minds, "what does Zelandra sell").why())
              .isEqualTo("the best turns: there is no topic yet");
        });
  }

  @Test
  void topics_embedderThatNeverAnswers_letsTheTurnBeCancelledAndTheRestBeErased() {
    var embedder = new CountingEmbedder();
    with(
        SmallMinds.SMALL.mode(RecallMode.TOPICS),
        Optional.of(embedder),
        minds -> {
          SAID.forEach(text -> say(minds, text));
          var cancel = new CancelToken();
          embedder.hangs.add(cancel);
          EpisodicTurn turn =
              minds
                  .conversation(KEY, List.of())
                  .say("what does Zelandra sell", greedy(8), MindListener.NONE, cancel);

          assertThat(turn.finish()).isEqualTo(FinishReason.CANCELLED);
          assertThat(turn.logged()).isEmpty();
          assertThat(minds.erase(new Erasure.OfConversation(KEY)).turns()).isEqualTo(SAID.size());
        });
  }

  @Test
  void mind_vectorsOfTopicsCannotBeReadNorWritten_opensAndMakesThemAgain() {
    var embedder = new CountingEmbedder();
    with(
        SmallMinds.SMALL,
        Optional.of(embedder),
        minds -> {
          createDirectory(minds.files(KEY).topicVectors());
          SAID.forEach(text -> assertThat(say(minds, text).logged()).isPresent());
          assertThat(embedder.texts.get()).isPositive();
        });
  }

  @Test
  void mind_tokensCannotBeRead_takesNoMemoryHoweverOftenItIsTried() {
    with(
        SmallMinds.SMALL,
        minds -> {
          createDirectory(minds.files(KEY).tokens());
          EpisodicConversation conversation = minds.conversation(KEY, List.of());
          for (int again = 0; again < 3; again++) {
            assertThatThrownBy(conversation::mind).isInstanceOf(UncheckedIOException.class);
          }
          assertThat(minds.memoryBytes()).isZero();
        });
  }

  @Test
  void say_tokensCannotBeWritten_isInTheLogOnceAndCaughtUpWithLater() {
    with(
        SmallMinds.SMALL,
        minds -> {
          Path tokens = minds.files(KEY).tokens();
          var disk =
              new MindListener() {
                @Override
                public void recalled(int episodes, int placed) {
                  createDirectory(tokens);
                }
              };
          EpisodicConversation conversation = minds.conversation(KEY, List.of());
          EpisodicTurn turn = conversation.say(SAID.getFirst(), greedy(8), disk, new CancelToken());

          assertThat(turn.logged()).isPresent();
          assertThat(minds.log().size(KEY)).isEqualTo(1);
          assertThat(conversation.lastTurn()).contains(turn);
          assertThat(conversation.isResident()).isFalse();

          MindFiles.delete(tokens);
          assertThat(say(minds, SAID.getLast()).logged()).isPresent();
          assertThat(minds.log().size(KEY)).isEqualTo(2);
          assertThat(conversation.mind().turns()).isEqualTo(2);
        });
  }

  @Test
  void say_answerThatReachesTheEndOfTheContext_isClosedThereAndInTheLog() {
    with(
        SmallMinds.SMALL,
        minds -> {
          EpisodicConversation conversation = minds.conversation(KEY, List.of());
          EpisodicTurn turn = say(conversation, SAID.getFirst(), 4_000);

          assertThat(turn.finish()).isEqualTo(FinishReason.LENGTH);
          assertThat(turn.logged()).isPresent();
          assertThat(turn.written()).isBetween(TinyModel.CONTEXT / 2, TinyModel.CONTEXT);
          assertThat(say(minds, SAID.getLast()).logged()).isPresent();
        });
  }

  @Test
  void say_longTurnsOfManyOpenConversations_getTheMemoryOfTheSilentOnes() {
    String question = "the harbour master counts grey boats. ".repeat(18);
    with(
        within(3 * FULL_CACHE),
        minds -> {
          List<EpisodicConversation> many =
              IntStream.range(0, 8).mapToObj(each -> mind(minds, "open " + each)).toList();
          many.forEach(each -> say(each, SAID.getFirst(), 2));
          assertThat(many).allMatch(EpisodicConversation::isResident);

          assertThat(many).allMatch(each -> say(each, question, 800).logged().isPresent());
          assertThat(minds.memoryBytes()).isLessThanOrEqualTo(minds.memoryBudget());
        });
  }

  @Test
  void say_answerGrowsBeyondWhatWasFreeBefore_silentOnesGiveMoreOnTheWay() {
    with(
        within(3 * FULL_CACHE / 2),
        minds -> {
          EpisodicConversation silent = mind(minds, "silent");
          say(silent, SAID.getFirst(), 1_250);
          EpisodicConversation speaks = mind(minds, "speaks");
          say(speaks, SAID.getFirst(), 2);
          assertThat(silent.isResident()).isTrue();

          assertThat(say(speaks, SAID.getLast(), 4_000).finish()).isEqualTo(FinishReason.LENGTH);
          assertThat(silent.isResident()).isFalse();
          assertThat(minds.log().size(speaks.key())).isEqualTo(2);
        });
  }

  private static MindOptions within(long workingBytes) {
    return new MindOptions(
        SmallMinds.SMALL.layout(), workingBytes, TierLimits.within(4 << 20), 64 << 20, 64, 6);
  }

  private static EpisodicTurn say(EpisodicConversation conversation, String text, int tokens) {
    return conversation.say(text, greedy(tokens), MindListener.NONE, new CancelToken());
  }

  private static GenerationOptions greedy(int tokens) {
    return GenerationOptions.of(
        SamplingOptions.GREEDY, new StopRule(java.util.Set.of(), List.of(), tokens));
  }

  private static void createDirectory(Path inTheWay) {
    try {
      Files.createDirectories(inTheWay);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Two directions, by whether bees are spoken of. */
  private static final class CountingEmbedder implements Embedder {
    private final AtomicInteger texts = new AtomicInteger();
    private final AtomicBoolean fails = new AtomicBoolean();
    private final List<CancelToken> hangs = new CopyOnWriteArrayList<>();

    @Override
    public String fingerprint() {
      return "bees";
    }

    @Override
    public int dimension() {
      return 2;
    }

    @Override
    public List<float[]> embed(List<String> said) {
      if (fails.get()) {
        throw new IllegalStateException("the model is away");
      }
      texts.addAndGet(said.size());
      return said.stream()
          .map(text -> text.contains("Zelandra") ? new float[] {1, 0} : new float[] {0, 1})
          .toList();
    }

    @Override
    public float[] embedQuery(String text) {
      hangs.forEach(CountingEmbedder::hang);
      texts.decrementAndGet();
      return embed(List.of(text)).getFirst();
    }

    /** The one who asks loses patience, and this goes on for ever. */
    private static void hang(CancelToken cancel) {
      cancel.cancel();
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void costs_placingMeasuredDearer_readingIsPreferredUntilItFades() {
    var costs = new Costs();
    costs.read(100, 1_000);
    assertThat(costs.reading(10)).isEqualTo(100);
    assertThat(costs.placing(io.madeleine.memory.tier.Tier.HOT, 10)).isZero();
    costs.recalled(
        new io.madeleine.conversation.episodic.Recalled(List.of(), List.of(), 10, 0, 0), 500);
    double measured = costs.placing(io.madeleine.memory.tier.Tier.HOT, 10);
    assertThat(measured).isEqualTo(500);
    Stream.generate(() -> 1).limit(200).forEach(turn -> costs.fade());
    assertThat(costs.placing(io.madeleine.memory.tier.Tier.HOT, 10)).isLessThan(100);
  }

  private static EpisodicConversation mind(EpisodicConversations minds, String id) {
    return minds.conversation(new ConversationKey(KEY.tenant(), id), List.of());
  }

  @ParameterizedTest
  @EnumSource(RecallMode.class)
  void say_moreThanTheContext_isReadInBlocksAndStaysInMind(RecallMode mode) {
    String book = "the harbour master counts grey boats. ".repeat(150);
    with(
        SmallMinds.SMALL.mode(mode),
        minds -> {
          SAID.forEach(text -> say(minds, text));
          EpisodicTurn turn =
              say(minds, book + "Zelandra sells honey. " + book + "what does Zelandra sell");
          assertThat(turn.read()).isGreaterThan(TinyModel.CONTEXT);
          assertThat(turn.logged()).isPresent();
          assertThat(turn.closed()).hasSizeGreaterThan(20);
          assertThat(minds.memoryBytes()).isLessThanOrEqualTo(minds.memoryBudget());
          assertThat(say(minds, "and what does the harbour master count").recalled()).isNotEmpty();
        });
    with(
        SmallMinds.SMALL.mode(mode),
        minds ->
            assertThat(say(minds, "what does the harbour master count").recalled()).isNotEmpty());
  }

  private static List<ChatMessage> instruction(String text) {
    return List.of(new ChatMessage.System(text));
  }

  private static EpisodicTurn say(EpisodicConversations minds, String text) {
    return say(minds.conversation(KEY, List.of()), text, 8);
  }

  private void with(MindOptions options, Consumer<EpisodicConversations> what) {
    with(options, Optional.empty(), what);
  }

  private void with(
      MindOptions options, Optional<Embedder> embedder, Consumer<EpisodicConversations> what) {
    Path data = directory.resolve("data");
    try (var log = TurnLog.open(data.resolve("history"), CLOCK);
        var index = TurnIndex.open(data.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
        var ready =
            ReadyModel.open(model, CLOCK, new EngineOptions(1, false), 1 << 26, Long.MAX_VALUE);
        var minds = new EpisodicConversations(ready, log, index, data, options, CLOCK, embedder)) {
      index.follow(log);
      what.accept(minds);
    }
  }
}
