package io.madeleine.conversation.mind.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.chat.ChatTemplates;
import io.madeleine.engine.chat.ModelFamily;
import io.madeleine.engine.chat.TemplateSetup;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.text.ModelText;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ChatMessage.Assistant;
import io.madeleine.engine.token.ChatMessage.System;
import io.madeleine.engine.token.ChatMessage.ToolResult;
import io.madeleine.engine.token.ChatMessage.User;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.testing.model.SpokenTemplates;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Turn by turn a conversation has the tokens that its whole dialogue has in one prompt. */
final class TurnWordsTest {

  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final User NEXT = new User("And what of the mill?");
  private static final List<List<ChatMessage>> TURNS =
      List.of(
          turn("Who keeps bees?", "My sister does."),
          turn("Where?", "In Quillport, behind the mill"),
          turn("When do they fly?", "April!"));

  /** Writes reasoning first, and drops it from the past. */
  private static final String REASONS_FIRST =
      """
      {%- for m in messages -%}
      {%- if m.role == 'user' -%}{{- '<|user|>' + m.content -}}
      {%- elif m.role == 'assistant' -%}
      {{- '<|assistant|>' + m.content.split('</think>')[-1] + '<|end|>' -}}
      {%- else -%}{{- m.content -}}{%- endif -%}
      {%- endfor -%}
      {%- if add_generation_prompt -%}{{- '<|assistant|><think>\\n' -}}{%- endif -%}
      """;

  /** Refuses what mistral-common's templates refuse. */
  private static final String STRICT =
      """
      {%- set ns = namespace(index=0) -%}
      {%- for m in messages -%}
      {%- if m.role == 'system' -%}{{- '<|system|>' + m.content -}}
      {%- elif m.role == 'user' or (m.role == 'assistant' and not m.tool_calls) -%}
      {%- if (m.role == 'user') != (ns.index % 2 == 0) -%}
      {{- raise_exception('conversation roles must alternate') -}}
      {%- endif -%}
      {%- set ns.index = ns.index + 1 -%}
      {%- if m.role == 'user' -%}{{- '[INST]' + m.content + '[/INST]' -}}
      {%- elif m.content is none or m.content == '' -%}
      {{- raise_exception('Assistant message must have a string or a list of chunks') -}}
      {%- else -%}{{- m.content + '</s>' -}}{%- endif -%}
      {%- elif m.role == 'tool' -%}{{- '[TOOL_RESULTS]' + m.content + '[/TOOL_RESULTS]' -}}
      {%- else -%}{{- '[TOOL_CALLS]' + m.tool_calls[0].function.name + '</s>' -}}{%- endif -%}
      {%- endfor -%}
      """;

  private static List<ChatMessage> turn(String question, String answer) {
    return List.of(new User(question), new Assistant(answer));
  }

  @TestFactory
  Stream<DynamicTest> asked_threeTurnsInAnyTemplate_areTheWholeDialogue() {
    return cases(
        (words, instruction, name) ->
            assertThat(spoken(words, instruction, TurnWordsTest::live))
                .isEqualTo(words.encode(whole(words, instruction, name))));
  }

  /** The words of a model that writes what the tokenizer would, as its log spells them again. */
  @TestFactory
  Stream<DynamicTest> whole_threeTurnsInAnyTemplate_areThoseOfTheLiveLine() {
    return cases(
        (words, instruction, name) ->
            assertThat(
                    spoken(
                        words,
                        instruction,
                        (text, turns, place) -> turns.whole(place == 0, TURNS.get(place))))
                .isEqualTo(spoken(words, instruction, TurnWordsTest::live)));
  }

  @TestFactory
  Stream<DynamicTest> whole_turnOfAnyShape_isNeverRefused() {
    var call = new Assistant("", "", List.of(new ToolCall("abcdefghi", "look", "{}")));
    var found = new ToolResult("abcdefghi", "look", "nine hives", false);
    List<List<ChatMessage>> shapes =
        List.of(
            List.of(NEXT),
            List.of(new Assistant("Good morning.")),
            List.of(new Assistant("")),
            List.of(NEXT, new Assistant("")),
            List.of(NEXT, call, found, new Assistant("")),
            List.of(NEXT, call, found, new Assistant("Nine.")),
            List.of(NEXT, call, found),
            TWO_CALLS,
            List.of(NEXT, NEXT, new Assistant("Yes."), NEXT));
    Check check =
        (words, instruction, name) -> {
          var turns = new TurnWords(words, instruction);
          for (List<ChatMessage> shape : shapes) {
            assertThat(turns.whole(true, shape)).isNotEmpty();
            assertThat(turns.whole(false, shape)).isNotEmpty();
          }
        };
    return Stream.concat(cases(check), cases("strict", STRICT, check));
  }

  /** As a history that came from elsewhere may have them. */
  private static final List<ChatMessage> TWO_CALLS =
      List.of(NEXT, looking("oak", "elm"), found("oak"), found("elm"), new Assistant("Nine."));

  private static Assistant looking(String... places) {
    return new Assistant(
        "",
        "",
        Stream.of(places)
            .map(place -> new ToolCall("abcdef" + place, "look", "{\"at\":\"" + place + "\"}"))
            .toList());
  }

  private static ToolResult found(String place) {
    return new ToolResult("abcdef" + place, "look", "hives at the " + place, false);
  }

  @Test
  void whole_twoCallsAndATemplateThatTakesOne_areSpelledOneAfterTheOther() {
    var turns = new TurnWords(words(SpokenTemplates.source("llama3"), Map.of(), true), List.of());
    List<ChatMessage> single =
        List.of(
            NEXT,
            looking("oak"),
            found("oak"),
            looking("elm"),
            found("elm"),
            new Assistant("Nine."));

    assertThat(turns.whole(false, TWO_CALLS)).isEqualTo(turns.whole(false, single));
    assertThat(turns.asked(true, TWO_CALLS.subList(0, 4)))
        .isEqualTo(turns.asked(true, single.subList(0, 5)));
  }

  @Test
  void whole_resultThatTheTemplateRefuses_isSpelledWithTheQuestion() {
    ModelText words = words(SpokenTemplates.source("gemma3"), Map.of(), true);
    var call = new Assistant("", "", List.of(new ToolCall("abcdefghi", "look", "{}")));
    var found = new ToolResult("abcdefghi", "look", "nine hives", false);
    int[] turn =
        new TurnWords(words, List.of())
            .whole(false, List.of(NEXT, call, found, new Assistant("Nine.")));

    assertThat(words.tokenizer().decode(turn))
        .contains(NEXT.text() + "\n\nnine hives")
        .contains("Nine.");
  }

  @Test
  void asked_thinkingOff_keepsTheEmptyBlockInWhichItWasRead() {
    ModelText words =
        words(
            SpokenTemplates.source("qwen3"), Map.of("enable_thinking", new Json.Bool(false)), true);
    String empty = "<think>\n\n</think>\n\n";
    String opening = "<|im_start|>assistant\n";
    String all = text(words, List.of()).replace(empty, "").replace(opening, opening + empty);

    assertThat(spoken(words, List.of(), TurnWordsTest::live)).isEqualTo(words.encode(all));
    assertThat(
            spoken(
                words,
                List.of(),
                (text, turns, place) -> turns.whole(place == 0, TURNS.get(place))))
        .isEqualTo(words.encode(all));
  }

  @Test
  void whole_promptThatOpensReasoning_endsItBeforeTheAnswer() {
    ModelText words = words(REASONS_FIRST, Map.of(), true);
    var turns = new TurnWords(words, List.of());

    assertThat(turns.prompt()).endsWith("<think>\n");
    assertThat(words.tokenizer().decode(turns.whole(false, TURNS.getFirst())))
        .isEqualTo("Who keeps bees?\n\n\n\nMy sister does.");
  }

  @Test
  void closing_answerThatEndedInTheTemplatesOwnSpace_doesNotRepeatIt() {
    var turns = new TurnWords(words(SpokenTemplates.source("llama2"), Map.of(), false), List.of());

    int[] all = turns.closing("My sister does.");
    assertThat(all).hasSize(turns.closingTokens());
    assertThat(turns.closing("My sister does. ")).isEqualTo(Arrays.copyOfRange(all, 1, all.length));
  }

  @Test
  void of_templateThatLeavesAnswersOut_isRefusedBeforeTheFirstTurn() {
    ModelText words =
        words(
            "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}",
            Map.of(), true);

    assertThatThrownBy(() -> new TurnWords(words, List.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("leaves answers out")
        .hasMessageContaining("use a plain conversation");
  }

  /** What is checked in every template, with and without an instruction. */
  private interface Check {
    void of(ModelText words, List<ChatMessage> instruction, String name);
  }

  /** Makes the tokens of the turn at a place; before it stands {@code text}, as ids. */
  private interface Speaking {
    int[] turn(ModelText words, TurnWords turns, int place);
  }

  private static Stream<DynamicTest> cases(Check check) {
    return SpokenTemplates.all().entrySet().stream()
        .flatMap(each -> cases(each.getKey(), each.getValue(), check));
  }

  private static Stream<DynamicTest> cases(String name, String template, Check check) {
    return Stream.of(List.<ChatMessage>of(), List.<ChatMessage>of(new System("Be brief.")))
        .flatMap(
            instruction ->
                Stream.of(true, false)
                    .map(
                        bytes ->
                            DynamicTest.dynamicTest(
                                "%s, %s, %s"
                                    .formatted(
                                        name,
                                        instruction.isEmpty() ? "plain" : "instructed",
                                        bytes ? "byte pairs" : "SentencePiece"),
                                () ->
                                    check.of(
                                        words(template, Map.of(), bytes), instruction, name))));
  }

  private static int[] spoken(ModelText words, List<ChatMessage> instruction, Speaking speaking) {
    var turns = new TurnWords(words, instruction);
    List<int[]> all = new ArrayList<>(List.of(turns.prefix()));
    for (int place = 0; place < TURNS.size(); place++) {
      all.add(speaking.turn(words, turns, place));
    }
    all.add(turns.asked(false, List.of(NEXT)));
    return all.stream().flatMapToInt(IntStream::of).toArray();
  }

  /** The model answers as the template has it. */
  private static int[] live(ModelText words, TurnWords turns, int place) {
    List<ChatMessage> turn = TURNS.get(place);
    String before = words.template().render(turn.subList(0, 1), List.of(), true);
    var more = new ArrayList<>(turn);
    more.add(NEXT);
    String after = words.template().render(more, List.of(), true);
    String answer = turn.getLast().text();
    String raw = after.contains(before + " " + answer) ? " " + answer : answer;
    int[] asked = words.encode(before);
    int[] answered = words.encode(before + raw);
    return Stream.of(
            turns.asked(place == 0, turn.subList(0, 1)),
            Arrays.copyOfRange(answered, asked.length, answered.length),
            turns.closing(raw))
        .flatMapToInt(IntStream::of)
        .toArray();
  }

  private static String whole(ModelText words, List<ChatMessage> instruction, String name) {
    UnaryOperator<String> asRead =
        name.equals("mistral") && !instruction.isEmpty()
            // It moves the instruction to the last question; each was read with it in front.
            ? all ->
                all.replace("[INST] Be brief.\n\n", "[INST] ")
                    .replace("[INST] ", "[INST] Be brief.\n\n")
            : UnaryOperator.identity();
    return asRead.apply(text(words, instruction));
  }

  private static String text(ModelText words, List<ChatMessage> instruction) {
    var all = new ArrayList<>(instruction);
    TURNS.forEach(all::addAll);
    all.add(NEXT);
    return words.template().render(all, List.of(), true);
  }

  private static ModelText words(String source, Map<String, Json> variables, boolean bytePairs) {
    var setup =
        new TemplateSetup(
            Map.of("bos_token", "<s>", "eos_token", "</s>"),
            SpokenTemplates.CONTROL,
            new Json.Object(variables),
            CLOCK);
    return new ModelText(
        SpokenTemplates.tokenizer(bytePairs),
        ChatTemplates.of(source, setup),
        ModelFamily.CHATML,
        ModelFamily.CHATML.tools(),
        Set.of(),
        "");
  }
}
