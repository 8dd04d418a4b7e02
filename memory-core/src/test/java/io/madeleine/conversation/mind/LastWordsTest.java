package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.mind.line.TurnWords;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.FinishReason;
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
import org.junit.jupiter.params.provider.CsvSource;

/** The log's answer, no more and no less, is what the model has in mind of it. */
final class LastWordsTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "home");
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final ChatMessage.User QUESTION = new ChatMessage.User("what is there");

  @TempDir private Path directory;
  private Optional<Opened> open = Optional.empty();

  /** All that a conversation stands on. */
  private record Opened(
      TurnLog log, TurnIndex index, ReadyModel model, EpisodicConversations minds) {
    void close() {
      minds.close();
      model.close();
      index.close();
      log.close();
    }
  }

  @BeforeEach
  void open() {
    Path data = directory.resolve("data");
    var log = TurnLog.open(data.resolve("history"), CLOCK);
    var index = TurnIndex.open(data.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
    Path file = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
    var model = ReadyModel.open(file, CLOCK, new EngineOptions(1, false), 1 << 26, Long.MAX_VALUE);
    var minds = new EpisodicConversations(model, log, index, data, SmallMinds.SMALL, CLOCK);
    open = Optional.of(new Opened(log, index, model, minds));
  }

  @AfterEach
  void close() {
    open.ifPresent(Opened::close);
  }

  @Test
  void say_answerReachesTheMostTokens_theLastOfThemIsInMindToo() {
    int[] chosen = encoded("there, people remember their train");
    EpisodicTurn turn = say(chosen, new StopRule(Set.of(), List.of(), chosen.length));

    assertThat(turn.finish()).isEqualTo(FinishReason.LENGTH);
    assertThat(turn.answer().text()).isEqualTo("there, people remember their train");
    assertThatMindHolds(chosen, turn.answer().text());
  }

  /** Stop texts of several tokens, of half a token, and right at the beginning. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "the world ENDs here | END | 'the world '",
        "the world about there | ere | the world about th",
        "the world about there | out | the world ab",
        "END of it | END | ''"
      })
  void say_answerEndsAtAStopText_onlyWhatIsBeforeItIsInMind(
      String written, String stop, String answer) {
    EpisodicTurn turn = say(encoded(written), new StopRule(Set.of(), List.of(stop), 1_000));

    assertThat(turn.finish()).isEqualTo(FinishReason.STOP_TEXT);
    assertThat(turn.answer().text()).isEqualTo(answer.strip());
    assertThatMindHolds(encoded(answer), answer);
  }

  @Test
  void say_answerReachesTheEndOfTheContext_itsLastTokenIsInMindToo() {
    int[] chosen =
        IntStream.generate(() -> encoded(" train")[0]).limit(TinyModel.CONTEXT).toArray();
    EpisodicTurn turn = say(chosen, new StopRule(Set.of(), List.of(), TinyModel.CONTEXT));

    assertThat(turn.finish()).isEqualTo(FinishReason.LENGTH);
    String answer = " " + turn.answer().text();
    assertThatMindHolds(encoded(answer), answer);
  }

  private void assertThatMindHolds(int[] answer, String raw) {
    EpisodicConversations minds = open.orElseThrow().minds();
    var words = new TurnWords(minds.model().words(), List.of());
    int[] expected =
        Stream.of(words.asked(true, List.of(QUESTION)), answer, words.closing(raw))
            .flatMapToInt(IntStream::of)
            .toArray();
    Mind mind = minds.conversation(KEY, List.of()).mind();
    assertThat(IntStream.range(0, mind.tokens()).map(mind::token).toArray()).isEqualTo(expected);
    int length = mind.episodes().isEmpty() ? 0 : mind.episodes().getLast().span().end();
    assertThat(length).isLessThanOrEqualTo(mind.prefixTokens() + expected.length);
    assertThat(say(encoded("people"), new StopRule(Set.of(), List.of(), 1)).logged()).isPresent();
  }

  private int[] encoded(String text) {
    return open.orElseThrow().model().words().tokenizer().encode(text, /* parseSpecial= */ false);
  }

  private EpisodicTurn say(int[] chosen, StopRule stop) {
    return open.orElseThrow()
        .minds()
        .conversation(KEY, List.of())
        .say(QUESTION.text(), Dictated.options(chosen, stop), MindListener.NONE, new CancelToken());
  }
}
