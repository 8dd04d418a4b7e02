package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.episodic.Ahead;
import io.madeleine.conversation.episodic.Progress;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What comes back where turns are read again as text, and what a turn says came back. */
final class TextRecallTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "home");
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final GenerationOptions EIGHT =
      GenerationOptions.of(SamplingOptions.GREEDY, new StopRule(Set.of(), List.of(), 8));
  private static final String BOATS = "the harbour master counts grey boats. ";
  private static final String HONEY = "Zelandra sells honey";
  private static final String QUESTION = "what does Zelandra sell";

  @TempDir private Path directory;
  private TurnLog log;
  private TurnIndex index;
  private ReadyModel ready;

  @BeforeEach
  void open() {
    Path model = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
    log = TurnLog.open(directory.resolve("history"), CLOCK);
    index = TurnIndex.open(directory.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
    ready = ReadyModel.open(model, CLOCK, new EngineOptions(1, false), 1 << 26, Long.MAX_VALUE);
  }

  @AfterEach
  void close() {
    ready.close();
    index.close();
    log.close();
  }

  @Test
  void recall_bestTurnOfTwiceTheRoom_bringsItsPartsAndNamesWhatCame() throws Exception {
    String best = BOATS.repeat(6) + (HONEY + ", ").repeat(2) + BOATS.repeat(2);
    said(Stream.concat(Stream.of(best, "Zelandra is old"), fillers()).toList());
    try (var minds = minds(RecallMode.TEXT);
        OpenMind now = OpenMind.open(KEY, List.of(), minds, Progress.UNSEEN)) {
      int[] asked = asked(now, QUESTION);

      Recollection found = recalled(minds, now, asked);

      BitSet held = now.cache().held();
      assertThat(held.get(placeOf(HONEY, now.line().tokens()) + now.prefixTokens())).isTrue();
      assertThat(found.recalled().reread()).isBetween(1, now.cache().recallTokens());
      assertThat(found.episodes())
          .isNotEmpty()
          .extracting(each -> each.episode().span())
          .allMatch(span -> !held.get(span.start(), span.end()).isEmpty());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = RecallMode.class,
      names = {"EVENTS", "TEXT"})
  void recall_questionThatIsReadAhead_bringsTheMiddleThatItsEndAsksFor(RecallMode mode)
      throws Exception {
    said(List.of("the garage needs paint"));
    try (var minds = minds(mode);
        OpenMind now = OpenMind.open(KEY, List.of(), minds, Progress.UNSEEN)) {
      int[] all = asked(now, BOATS.repeat(150) + HONEY + ". " + BOATS.repeat(150) + QUESTION);
      int start = now.cache().length();
      Ahead ahead = now.cache().readAhead(all, Progress.UNSEEN);

      recalled(minds, now, ahead.rest());

      assertThat(ahead.surprisal()).hasSizeGreaterThan(TinyModel.CONTEXT);
      int honey = start + placeOf(HONEY, all);
      assertThat(now.cache().held().get(honey, honey + HONEY.length()).isEmpty()).isFalse();
    }
  }

  private static Recollection recalled(EpisodicConversations minds, OpenMind now, int[] asked) {
    return minds.recaller().recall(KEY, now, QUESTION, asked, () -> {}, Progress.UNSEEN);
  }

  private void said(List<String> texts) {
    try (var minds = minds(RecallMode.EVENTS)) {
      index.follow(log);
      for (String text : texts) {
        minds.conversation(KEY, List.of()).say(text, EIGHT, MindListener.NONE, new CancelToken());
      }
    }
  }

  private static Stream<String> fillers() {
    return IntStream.range(0, 4).mapToObj(each -> "the lamp of garage " + each + " is broken");
  }

  private static int[] asked(OpenMind now, String text) {
    return now.words().asked(false, List.of(new ChatMessage.User(text)), Optional.empty());
  }

  /** Where the tokens of some words stand among others. */
  private int placeOf(String words, int[] tokens) {
    int[] wanted = ready.words().tokenizer().encode(words, /* parseSpecial= */ false);
    int place =
        Collections.indexOfSubList(
            IntStream.of(tokens).boxed().toList(), IntStream.of(wanted).boxed().toList());
    assertThat(place).isNotNegative();
    return place;
  }

  private EpisodicConversations minds(RecallMode mode) {
    return new EpisodicConversations(
        ready, log, index, directory, SmallMinds.SMALL.mode(mode), CLOCK);
  }
}
