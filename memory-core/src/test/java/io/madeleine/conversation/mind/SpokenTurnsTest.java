package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.grammar.JsonForm;
import io.madeleine.engine.grammar.TokenTrie;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.testing.model.SpokenTemplates;
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
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** A remembered conversation goes on, turn after turn, in the words of every family. */
final class SpokenTurnsTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "home");
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final List<String> SAID =
      List.of("my sister keeps bees", "where do they live", "when do they fly");

  @TempDir private Path directory;

  @TestFactory
  Stream<DynamicTest> say_threeTurnsInAnyTemplate_areInMindAfterARestartToo() {
    return SpokenTemplates.all().entrySet().stream()
        .flatMap(
            each ->
                Stream.of(true, false)
                    .map(
                        told ->
                            DynamicTest.dynamicTest(
                                each.getKey() + (told ? ", instructed" : ""),
                                () -> speak(each.getKey() + told, each.getValue(), told))));
  }

  private void speak(String name, String template, boolean told) {
    List<ChatMessage> instruction = told ? List.of(new ChatMessage.System("be brief")) : List.of();
    List<Object> tokens = new ArrayList<>();
    with(
        name,
        template,
        minds -> {
          SAID.forEach(
              text ->
                  assertThat(
                          minds
                              .conversation(KEY, instruction)
                              .say(text, greedy(), MindListener.NONE, new CancelToken())
                              .logged())
                      .isPresent());
          tokens.addAll(tokens(minds));
        });
    with(name, template, minds -> assertThat(tokens(minds)).isEqualTo(tokens));
    with(name, template, minds -> SpokenTurnsTest.forgetTokens(minds.files(KEY).tokens()));
    with(
        name,
        template,
        minds -> assertThat(minds.conversation(KEY, List.of()).mind().turns()).isEqualTo(3));
  }

  private static void forgetTokens(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Integer> tokens(EpisodicConversations minds) {
    Mind mind = minds.conversation(KEY, List.of()).mind();
    return IntStream.range(0, mind.tokens()).map(mind::token).boxed().toList();
  }

  /** As the distilled DeepSeek models do. */
  @Test
  void say_promptThatOpensReasoning_answersAndRemembersWithoutIt() {
    var heard = new StringBuilder();
    var times = new ArrayList<Long>();
    with(
        "reasons",
        SpokenTemplates.REASONING,
        minds -> {
          int[] chosen =
              minds
                  .model()
                  .words()
                  .tokenizer()
                  .encode("they mean bees\n</think>\n\nin Quillport", /* parseSpecial= */ false);
          EpisodicTurn turn =
              minds
                  .conversation(KEY, List.of())
                  .say(
                      SAID.getFirst(),
                      Dictated.options(chosen, new StopRule(Set.of(), List.of(), chosen.length)),
                      new MindListener() {
                        @Override
                        public void wrote(String text) {
                          heard.append(text);
                          times.add(System.nanoTime());
                        }
                      },
                      new CancelToken());

          assertThat(turn.answer().text()).isEqualTo("in Quillport");
          assertThat(heard).hasToString("in Quillport");
          assertThat(turn.writing().toNanos())
              .as("it reasoned before anything was heard")
              .isGreaterThan(times.getLast() - times.getFirst());
          assertThat(minds.log().turns(KEY).getFirst().messages().getLast().body().text())
              .isEqualTo("in Quillport");
        });
  }

  @Test
  void say_formBehindAPromptThatOpensReasoning_isTheAnswerAndSpelledAlikeAnew() {
    List<String> read = new ArrayList<>();
    with(
        "forms",
        SpokenTemplates.REASONING,
        minds -> {
          EpisodicTurn turn =
              minds
                  .conversation(KEY, List.of())
                  .say(SAID.getFirst(), yes(minds.model()), MindListener.NONE, new CancelToken());

          assertThat(turn.answer().text()).isEqualTo("\"yes\"");
          read.add(spelled(minds));
          forgetTokens(minds.files(KEY).tokens());
        });
    with("forms", SpokenTemplates.REASONING, minds -> read.add(spelled(minds)));

    assertThat(read.getFirst()).contains("assistant <think> </think> \"yes\"");
    assertThat(read.getLast()).isEqualTo(read.getFirst());
  }

  /** {@return what is in mind, with one blank for all white space} The log strips answers. */
  private static String spelled(EpisodicConversations minds) {
    int[] ids = tokens(minds).stream().mapToInt(Integer::intValue).toArray();
    return minds.model().words().tokenizer().decode(ids).replaceAll("\\s+", " ");
  }

  /** {@return options under which the answer is the JSON text "yes"} */
  private static GenerationOptions yes(ReadyModel model) {
    Tokenizer tokenizer = model.words().tokenizer();
    JsonForm form =
        JsonForm.of(Json.parse("{\"enum\":[\"yes\"]}"), tokenizer, TokenTrie.of(tokenizer));
    return new GenerationOptions(
        SamplingOptions.GREEDY,
        new StopRule(Set.of(), List.of(), 40),
        Optional.of(form.newMask()),
        -1,
        id -> false,
        Set.of());
  }

  private static GenerationOptions greedy() {
    return GenerationOptions.of(SamplingOptions.GREEDY, new StopRule(Set.of(), List.of(), 6));
  }

  private void with(String name, String template, Consumer<EpisodicConversations> what) {
    Path file = directory.resolve(name + ".gguf");
    TinyModel.GROUPED.writer().string("tokenizer.chat_template", template).writeTo(file);
    Path data = directory.resolve(name);
    try (var log = TurnLog.open(data.resolve("history"), CLOCK);
        var index = TurnIndex.open(data.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
        var model =
            ReadyModel.open(file, CLOCK, new EngineOptions(1, false), 1 << 26, Long.MAX_VALUE);
        var minds = new EpisodicConversations(model, log, index, data, SmallMinds.SMALL, CLOCK)) {
      what.accept(minds);
    }
  }
}
