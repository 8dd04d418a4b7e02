package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.madeleine.conversation.ConversationConfig;
import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.ready.ContextTooLongException;
import io.madeleine.conversation.ready.ModelTooLargeException;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.gguf.GgufException;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LogException;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexException;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.WordEmbedder;
import io.madeleine.memory.placement.Placement;
import io.madeleine.memory.surprise.Spread;
import io.madeleine.memory.surprise.SurpriseSegmenter;
import io.madeleine.memory.tier.TierLimits;
import io.madeleine.testing.model.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The simple way in: a model file and a folder. */
final class OpenedConversationsTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "home");
  private static final AnswerOptions BRIEFLY = AnswerOptions.DEFAULT.maxTokens(8);
  private static final String BOATS = "the harbour master counts grey boats. ";

  @TempDir private Path directory;
  private Path model = Path.of("");
  private Path data = Path.of("");

  @BeforeEach
  void writeModel() {
    model = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
    data = directory.resolve("data");
  }

  @Test
  void open_newFolder_holdsAConversationThatGoesOnAfterARestart() {
    try (var minds = EpisodicConversations.open(model, config(2_048))) {
      EpisodicConversation chat = minds.conversation(KEY);
      assertThat(chat.history()).isEmpty();
      EpisodicTurn turn = say(chat, "my sister Zelandra keeps bees");

      assertThat(turn.written()).as("eight tokens and what closes them").isBetween(1, 12);
      assertThat(chat.history()).containsExactly(turn.logged().orElseThrow());
      assertThat(minds.history().size(KEY)).isOne();
      assertThat(minds.contextLength()).isEqualTo(TinyModel.CONTEXT);
      assertThat(minds.modelName()).isNotBlank();
    }
    try (var minds = EpisodicConversations.open(model, config(2_048))) {
      assertThat(minds.conversation(KEY).history()).hasSize(1);
      assertThat(say(minds.conversation(KEY), "and she sells honey").saved()).isPositive();
    }
    assertThat(data.resolve("history")).isNotEmptyDirectory();
    try (var log = TurnLog.open(data.resolve("history"), Clock.systemUTC());
        var index = TurnIndex.open(data.resolve("index"), IndexOptions.DEFAULT, Optional.empty())) {
      assertThat(index.report().sequence()).isEqualTo(log.lastSequence()).isEqualTo(2);
    }
  }

  @Test
  void open_folderInUse_isRefusedByItsHistoryAndTheFirstGoesOn() {
    try (var first = EpisodicConversations.open(model, config(2_048))) {
      assertThatThrownBy(() -> EpisodicConversations.open(model, config(2_048)))
          .isInstanceOf(LogException.class)
          .hasMessageContaining("in use by process");
      assertThat(say(first.conversation(KEY), "still here").logged()).isPresent();
    }
  }

  @Test
  void open_failsHalfWay_leavesNothingOpen() throws IOException {
    Path letter = Files.writeString(directory.resolve("letter.gguf"), "Dear all, ".repeat(100));
    assertThatThrownBy(() -> EpisodicConversations.open(letter, config(2_048)))
        .isInstanceOf(GgufException.class);
    var small = ConversationConfig.builder(data).memoryBytes(1 << 20).build();
    assertThatThrownBy(() -> EpisodicConversations.open(model, small))
        .isInstanceOf(ModelTooLargeException.class);
    Path inTheWay = Files.writeString(data.resolve("index"), "in the way");
    assertThatThrownBy(() -> EpisodicConversations.open(model, config(2_048)))
        .isInstanceOf(IndexException.class);
    Files.delete(inTheWay);

    EpisodicConversations minds = EpisodicConversations.open(model, config(2_048));
    assertThat(say(minds.conversation(KEY), "at last").logged()).isPresent();
    minds.close();
    assertThatCode(minds::close).as("twice does nothing").doesNotThrowAnyException();
  }

  @Test
  void open_budgetsOfTheConfig_areNotExceededTogether() {
    var config = ConversationConfig.builder(data).kvBytes(101 << 20).snapshotBytes(0).build();
    try (var minds = EpisodicConversations.open(model, config)) {
      assertThat(minds.memoryBudget()).isBetween(100L << 20, 101L << 20);
      assertThat(minds.diskBudget()).isOne();
      assertThat(say(minds.conversation(KEY), "hello").kvBytes())
          .as("F16, as the config has it")
          .isLessThanOrEqualTo(cache(256, KvType.F16));
    }
  }

  @Test
  void open_usualLayout_hasALongTurnWordByWordInTheNext() {
    try (var minds = EpisodicConversations.open(model, config(2_048))) {
      EpisodicConversation chat = minds.conversation(KEY);
      say(chat, BOATS.repeat(16));
      int before = chat.mind().tokens();

      assertThat(before).isGreaterThan(500);
      assertThat(say(chat, "and what else").saved()).isGreaterThanOrEqualTo(before);
    }
  }

  @Test
  void open_withAnEmbedder_givesTheIndexItsVectorsAndLeavesItOpen() throws InterruptedException {
    var embedder = new WordEmbedder("words", 32);
    try (var minds =
        EpisodicConversations.open(model, config(2_048), SmallMinds.SMALL, Optional.of(embedder))) {
      say(minds.conversation(KEY), "my sister Zelandra keeps bees");
    }
    try (var index =
        TurnIndex.open(data.resolve("index"), IndexOptions.DEFAULT, Optional.of(embedder))) {
      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(index.report().notes()).as("the same embedder").isEmpty();
    }
  }

  @Test
  void erase_thenPurge_leavesNoWordInAnyFile() throws IOException {
    try (var minds = EpisodicConversations.open(model, config(2_048), SmallMinds.SMALL)) {
      for (int turn = 0; turn < 4; turn++) {
        say(minds.conversation(KEY), "the canary xyzzyplugh sings");
      }
      assertThat(minds.erase(new Erasure.OfConversation(KEY)).turns()).isEqualTo(4);
      minds.purge();
      assertThat(minds.conversation(KEY).history()).isEmpty();
    }
    try (var files = Files.walk(data)) {
      assertThat(files.filter(Files::isRegularFile))
          .noneMatch(file -> ForgetTest.contains(file, "xyzzyplugh"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {160, 256})
  void say_contextThatIsVeryShort_readsInBlocksAndAnswersOverAFullMemory(int context) {
    try (var minds = EpisodicConversations.open(model, config(context))) {
      EpisodicConversation chat = minds.conversation(KEY);
      sayMuch(chat);
      assertThat(chat.mind().tokens()).as("more than there is room for").isGreaterThan(context);
      assertThat(minds.contextLength()).isEqualTo(context);
    }
  }

  @Test
  void say_shortestContextThatIsTaken_answersOverAFullMemory() {
    int context = 64;
    while (!answersIn(context)) {
      context += 4;
    }
    assertThat(context).isBetween(96, 159);
  }

  /** {@return false if the context is refused} */
  private boolean answersIn(int context) {
    try (var minds = EpisodicConversations.open(model, config(context))) {
      sayMuch(minds.conversation(KEY));
      return true;
    } catch (ContextTooLongException e) {
      return false;
    }
  }

  private static void sayMuch(EpisodicConversation chat) {
    List<String> texts = List.of("my sister keeps bees", BOATS.repeat(20), "and what else");
    for (int i = 0; i < 12; i++) {
      EpisodicTurn turn = say(chat, texts.get(i % texts.size()));
      assertThat(turn.logged()).isPresent();
      assertThat(turn.finish() != FinishReason.LENGTH || turn.written() >= BRIEFLY.maxTokens())
          .as("turn %d ends with %s after %d tokens", i, turn.finish(), turn.written())
          .isTrue();
    }
  }

  @Test
  void open_episodesOfALongerContext_goOnInAShorterOne() {
    var unsurprised = new SurpriseSegmenter(1e9, 512, 8, 128, Spread.MEAN_AND_DEVIATION);
    MindOptions usual = OwnParts.options(config(2_048));
    var layout =
        new EpisodicOptions(512, 512, Placement.COMPACT, unsurprised, usual.layout().type());
    try (var minds = EpisodicConversations.open(model, config(2_048), usual.layout(layout))) {
      sayMuch(minds.conversation(KEY));
      assertThat(minds.conversation(KEY).mind().episodes())
          .anyMatch(episode -> episode.span().length() > 100);
    }
    for (int context : new int[] {256, 192}) {
      try (var minds = EpisodicConversations.open(model, config(context))) {
        sayMuch(minds.conversation(KEY));
      }
    }
  }

  @Test
  void say_instructionFillsTheContext_isRefusedByHowMuch() {
    try (var minds = EpisodicConversations.open(model, config(160))) {
      var told = List.<ChatMessage>of(new ChatMessage.System(BOATS.repeat(20)));
      EpisodicConversation chat = minds.conversation(KEY, told);

      assertThatThrownBy(() -> say(chat, "hello"))
          .isInstanceOf(ContextTooLongException.class)
          .hasMessageContaining("shorten it by");
      chat.instruct(List.of(new ChatMessage.System("")));
      assertThat(say(chat, "hello").logged()).isPresent();
    }
  }

  @Test
  void say_instructionFillsTheMemory_isToldHowMuchWouldDo() {
    var told = List.<ChatMessage>of(new ChatMessage.System(BOATS.repeat(20)));
    Matcher wanted;
    try (var minds =
        EpisodicConversations.open(model, config(2_048), working(cache(96, KvType.F32)))) {
      assertThat(minds.contextLength()).isLessThan(TinyModel.CONTEXT);
      EpisodicConversation chat = minds.conversation(KEY, told);
      Throwable refused = catchThrowable(() -> say(chat, "hello"));
      assertThat(refused)
          .isInstanceOf(ContextTooLongException.class)
          .hasMessageNotContaining("longer context");
      wanted = Pattern.compile("at least ([\\d,]+) bytes").matcher(refused.getMessage());
    }
    assertThat(wanted.find()).isTrue();
    long bytes = Long.parseLong(wanted.group(1).replace(",", ""));
    try (var minds = EpisodicConversations.open(model, config(2_048), working(bytes))) {
      assertThat(say(minds.conversation(KEY, told), "hello").logged()).isPresent();
    }
  }

  private static MindOptions working(long bytes) {
    return new MindOptions(
        SmallMinds.SMALL.layout(), bytes, TierLimits.within(4 << 20), 64 << 20, 4, 6);
  }

  @Test
  void say_memoryThatHoldsLessThanTheContext_endsTheAnswerThere() {
    MindOptions options = working(cache(TinyModel.CONTEXT / 2, KvType.F32));
    try (var minds = EpisodicConversations.open(model, config(2_048), options)) {
      EpisodicTurn turn =
          minds
              .conversation(KEY)
              .say(
                  "my sister keeps bees",
                  GenerationOptions.of(
                      SamplingOptions.GREEDY, new StopRule(Set.of(), List.of(), 4_000)),
                  MindListener.NONE,
                  new CancelToken());

      assertThat(turn.finish()).isEqualTo(FinishReason.LENGTH);
      assertThat(turn.written()).isBetween(TinyModel.CONTEXT / 4, TinyModel.CONTEXT / 2);
    }
  }

  @Test
  void say_questionOfSeveralPasses_tellsHowFarItIsAndStopsBetweenThem() {
    try (var minds = EpisodicConversations.open(model, config(2_048), SmallMinds.SMALL)) {
      EpisodicConversation chat = minds.conversation(KEY);
      String page = BOATS.repeat(16);
      var cancel = new CancelToken();
      List<Integer> heard = new ArrayList<>();
      var stopping =
          new MindListener() {
            @Override
            public void reading(int read, int all) {
              heard.addAll(List.of(read, all));
              cancel.cancel();
            }
          };
      EpisodicTurn stopped = chat.say(page, BRIEFLY, stopping, new CancelToken());
      assertThat(heard).startsWith(512);
      int all = heard.get(1);
      assertThat(all).isBetween(514, 900);
      assertThat(stopped.logged()).isPresent();
      assertThat(chat.mind().nats(512)).as("known from the pass before").isPositive();

      assertThat(chat.say(page, BRIEFLY, stopping, cancel).logged()).isEmpty();
      assertThat(chat.history()).hasSize(1);
      assertThat(say(chat, "and now").logged()).isPresent();
    }
  }

  @Test
  void catchUp_imported_readsAllOfItOrAsMuchAsItMay() {
    try (var minds = EpisodicConversations.open(model, config(2_048), SmallMinds.SMALL)) {
      EpisodicConversation chat = minds.conversation(KEY);
      minds.append(IntStream.range(0, 20).mapToObj(OpenedConversationsTest::told).toList());
      var cancel = new CancelToken();
      cancel.cancel();

      assertThat(chat.catchUp(MindListener.NONE, cancel)).isFalse();
      assertThat(chat.catchUp(MindListener.NONE, new CancelToken())).isTrue();
      Mind mind = chat.mind();
      assertThat(mind.turns()).isEqualTo(20);
      assertThat(mind.episodes()).isNotEmpty();
      var words = new StringBuilder();
      mind.episodes().forEach(episode -> words.append(chat.words(episode.span())));
      assertThat(words).contains("box 0 is in the garage", "box 1 is in the garage");
    }
  }

  private static TurnLog.Draft told(int turn) {
    var text = new ChatMessage.User("box %d is in the garage".formatted(turn));
    return new TurnLog.Draft(KEY, List.of(new LoggedMessage(Instant.EPOCH, text)), Map.of());
  }

  private static EpisodicTurn say(EpisodicConversation chat, String text) {
    return chat.say(text, BRIEFLY, MindListener.NONE, new CancelToken());
  }

  private static long cache(int tokens, KvType type) {
    return new KvShape(
            TinyModel.GROUPED.layers(), TinyModel.GROUPED.kvHeads(), TinyModel.GROUPED.headDim())
        .bytes(tokens, type);
  }

  private ConversationConfig config(int context) {
    return ConversationConfig.builder(data)
        .engine(new EngineOptions(1, /* warmUp= */ false).within(context))
        .kvBytes(64 << 20)
        .build();
  }
}
