package io.madeleine.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.chat.AnswerPart.Problem;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.engine.token.ToolSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AnswerReaderTest {
  private static final List<ToolSpec> TOOLS =
      List.of(
          new ToolSpec(
              "weather",
              "The weather",
              """
              {"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"""),
          new ToolSpec("time", "The time", "{\"type\":\"object\",\"properties\":{}}"));

  private int made;

  private List<AnswerPart> read(ToolDialect dialect, String... pieces) {
    made = 0;
    var reader = new AnswerReader(dialect, TOOLS, () -> "call-" + ++made);
    List<AnswerPart> parts = new ArrayList<>();
    for (String piece : pieces) {
      parts.addAll(reader.push(piece));
    }
    parts.addAll(reader.finish());
    return joined(parts);
  }

  /** Text that came in several pieces is one piece. */
  private static List<AnswerPart> joined(List<AnswerPart> parts) {
    List<AnswerPart> out = new ArrayList<>();
    for (AnswerPart part : parts) {
      AnswerPart last = out.isEmpty() ? part : out.getLast();
      if (!out.isEmpty()
          && last instanceof AnswerPart.Text a
          && part instanceof AnswerPart.Text b) {
        out.set(out.size() - 1, new AnswerPart.Text(a.text() + b.text()));
      } else if (!out.isEmpty()
          && last instanceof AnswerPart.Thinking a
          && part instanceof AnswerPart.Thinking b) {
        out.set(out.size() - 1, new AnswerPart.Thinking(a.text() + b.text()));
      } else {
        out.add(part);
      }
    }
    return out;
  }

  private static AnswerPart call(int id, String name, String arguments) {
    return new AnswerPart.Call(new ToolCall("call-" + id, name, arguments));
  }

  private static AnswerPart text(String text) {
    return new AnswerPart.Text(text);
  }

  /** In one piece, and character by character. */
  private List<AnswerPart> readEitherWay(ToolDialect dialect, String written) {
    List<AnswerPart> parts = read(dialect, written);
    assertThat(read(dialect, written.split(""))).isEqualTo(parts);
    return parts;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "how does </tool_call> work",
        "</tool_call></tool_call>",
        "<tool_call>{\\\"name\\\": \\\"x\\\"}</tool_call>\\nand \\\\",
      })
  void push_closingTagInsideAnArgument_isPartOfIt(String inside) {
    String json = "{\"name\": \"weather\", \"arguments\": {\"city\": \"%s\"}}".formatted(inside);
    AnswerPart called = call(1, "weather", "{\"city\":\"" + inside + "\"}");
    String whole = "<tool_call>\n" + json + "\n</tool_call>";

    assertThat(readEitherWay(ToolDialect.TAGGED_JSON, whole)).containsExactly(called);
    assertThat(readEitherWay(ToolDialect.TAGGED_JSON, "<tool_call>" + json))
        .containsExactly(called);
    assertThat(
            readEitherWay(
                ToolDialect.TAGGED_JSON,
                "<tool_call>```json\n" + json + "\n```</tool_call>so\n" + whole))
        .startsWith(called, text("so"))
        .hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<tool_call>{\"name\": \"time\", \"arguments\": {}}</tool_call>",
        "\n<tool_call>\n{\"name\": \"time\", \"arguments\": {}}\n</tool_call>",
        " He said \"yes\" </tool_call> and no",
        "so\nmuch",
      })
  void push_callWithAQuoteMissing_endsAtItsFirstTag(String more) {
    List<AnswerPart> behind = read(ToolDialect.TAGGED_JSON, more);
    for (String broken :
        List.of(
            "{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo}}",
            "{\"name\": \"weather\", \"arguments\": {\"city\": \"Os\"lo\"}}")) {
      List<AnswerPart> parts =
          readEitherWay(ToolDialect.TAGGED_JSON, "<tool_call>" + broken + "</tool_call>" + more);

      assertThat(parts.getFirst())
          .isInstanceOfSatisfying(
              AnswerPart.MalformedCall.class,
              m -> {
                assertThat(m.problem()).isEqualTo(Problem.NOT_READABLE);
                assertThat(m.written()).isEqualTo(broken);
              });
      assertThat(parts.subList(1, parts.size())).isEqualTo(behind);
    }
  }

  @Test
  void push_answerLongerThanACallBehindOneWithAQuoteMissing_isStillRead() {
    String broken = "<tool_call>{\"name\": \"Oslo}}</tool_call>";
    String prose = "word ".repeat(250_000);

    assertThat(read(ToolDialect.TAGGED_JSON, broken, prose))
        .hasSize(2)
        .endsWith(text(prose.strip()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "TAGGED_JSON ~ <tool_call>{\"name\": \"weather\", \"arguments\": \"{\\\"city\\\": \\\"Oslo\\\"}\"}</tool_call>",
        "BARE_JSON ~ {\"type\": \"function\", \"function\": {\"name\": \"weather\", \"arguments\": \"{\\\"city\\\": \\\"Oslo\\\"}\"}}",
        "MISTRAL ~ [TOOL_CALLS] [{\"name\": \"weather\", \"arguments\": \"{\\\"city\\\": \\\"Oslo\\\"}\"}]",
        "MISTRAL ~ [TOOL_CALLS]weather[ARGS]\"{\\\"city\\\": \\\"Oslo\\\"}\"",
      })
  void push_argumentsInAString_areRead(ToolDialect dialect, String written) {
    assertThat(read(dialect, written)).containsExactly(call(1, "weather", "{\"city\":\"Oslo\"}"));
  }

  @Test
  void push_idsOfAnotherLengthOrTwiceTheSame_getTheirOwn() {
    String one = "{\"name\": \"time\", \"arguments\": {}, \"id\": \"%s\"}";
    AnswerPart kept = new AnswerPart.Call(new ToolCall("abcDEF123", "time", "{}"));

    assertThat(
            read(
                ToolDialect.MISTRAL,
                "[TOOL_CALLS] [%s, %s, %s, %s]"
                    .formatted(
                        one.formatted("call_1"),
                        one.formatted("call_abcd"),
                        one.formatted("abcDEF123"),
                        one.formatted("abcDEF123"))))
        .containsExactly(call(1, "time", "{}"), call(2, "time", "{}"), kept, call(3, "time", "{}"));
    assertThat(
            read(
                ToolDialect.MISTRAL,
                "[TOOL_CALLS]time[CALL_ID]abcDEF123[ARGS]{}[TOOL_CALLS]time[CALL_ID]abcDEF123[ARGS]{}"
                    + "[TOOL_CALLS]time[CALL_ID]1[ARGS]{}"))
        .containsExactly(kept, call(1, "time", "{}"), call(2, "time", "{}"));
  }

  @Test
  void push_taggedCalls_areCutOutOfTheText() {
    assertThat(
            read(
                ToolDialect.TAGGED_JSON,
                "Let me look.\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>"
                    + "\n<tool_call>\n{\"name\": \"time\", \"arguments\": {}}\n</tool_call>"))
        .containsExactly(
            text("Let me look."), call(1, "weather", "{\"city\":\"Oslo\"}"), call(2, "time", "{}"));
  }

  @Test
  void push_thinking_isApartFromTheAnswer() {
    assertThat(read(ToolDialect.TAGGED_JSON, "<think>\nHm <b>.\n</think>\n\nOslo < Bergen"))
        .containsExactly(new AnswerPart.Thinking("\nHm <b>."), text("Oslo < Bergen"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Models write <think> before they reason.",
        "Use `<think>` and `</think>`.",
        "a <thi"
      })
  void push_answerThatSpeaksOfReasoning_isWhole(String answer) {
    for (ToolDialect dialect : ToolDialect.values()) {
      assertThat(read(dialect, answer)).containsExactly(text(answer));
    }
  }

  @Test
  void push_thinkingBehindACall_isNoAnswer() {
    assertThat(
            read(
                ToolDialect.TAGGED_JSON,
                "<tool_call>{\"name\": \"time\", \"arguments\": {}}</tool_call>\n<thi",
                "nk>and now</think>"))
        .containsExactly(call(1, "time", "{}"), new AnswerPart.Thinking("and now"));
  }

  @Test
  void push_callThatTheAnswerEnds_isACall() {
    assertThat(
            read(ToolDialect.TAGGED_JSON, "<tool_call>\n{\"name\": \"time\", \"arguments\": {}}\n"))
        .containsExactly(call(1, "time", "{}"));
  }

  @Test
  void continuing_promptThatOpensReasoning_startsInside() {
    var reader = new AnswerReader(ToolDialect.TAGGED_JSON, List.of(), () -> "x");
    reader.continuing("<|im_start|>assistant\n<think>\n");

    assertThat(reader.push("so</think>yes"))
        .containsExactly(new AnswerPart.Thinking("so"), text("yes"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"name\": \"weather\", \"parameters\": {\"city\": \"Oslo\"}}",
        "<|python_tag|>{\"name\": \"weather\", \"parameters\": {\"city\": \"Oslo\"}}",
        "\n {\"type\": \"function\", \"function\": {\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}}",
        "```json\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n```",
        "```{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}```",
        "```json\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n``",
        "```json\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n`",
        "[{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}]"
      })
  void push_bareJson_isACall(String written) {
    assertThat(read(ToolDialect.BARE_JSON, written))
        .containsExactly(call(1, "weather", "{\"city\":\"Oslo\"}"));
  }

  @Test
  void push_severalBareCalls_areAllRead() {
    assertThat(
            read(
                ToolDialect.BARE_JSON,
                "{\"name\":\"time\",\"parameters\":{}}; {\"name\":\"weather\",\"parameters\":{\"city\":\"Rome\"}}"))
        .containsExactly(call(1, "time", "{}"), call(2, "weather", "{\"city\":\"Rome\"}"));
  }

  @Test
  void push_jsonThatIsTheAnswer_isText() {
    assertThat(read(ToolDialect.BARE_JSON, "{\"city\": \"Oslo\"}"))
        .containsExactly(text("{\"city\": \"Oslo\"}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "```python\nprint({\"name\": \"weather\", \"parameters\": {}})\n```",
        "[1] says: {\"name\": \"weather\", \"parameters\": {}}",
        "```json\n{\"name\": \"weather\", \"parameters\": {\"city\": \"x\"}}\n```\nis how to call it.",
        "{\"name\": \"Ann\", \"parameters\": {}}",
        "{\"name\": \"weather\", \"parameters\": trust me",
        "{\"name\": \"weather\", \"colour\": \"parameters\"} and so on",
        "```js",
        "```json",
        "[",
      })
  void push_bareAnswerThatIsNoCall_isText(String answer) {
    assertThat(read(ToolDialect.BARE_JSON, answer)).containsExactly(text(answer));
  }

  @Test
  void push_bareAnswerThatIsNoJson_comesAsItIsWritten() {
    var reader = new AnswerReader(ToolDialect.BARE_JSON, TOOLS, () -> "x");

    assertThat(reader.push("```")).isEmpty();
    assertThat(joined(reader.push("python\nprint"))).containsExactly(text("```python\nprint"));
    assertThat(joined(reader.push("(1)"))).containsExactly(text("(1)"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "{\"name\": \"weather\", \"parameters\": {}} ~ MISSING_ARGUMENT",
        "{\"name\": \"weather\", \"parameters\": {\"city\": \"Os ~ NOT_READABLE",
        "{\"name\": \"weather\", \"parameters\": {\"warm\": t ~ NOT_READABLE",
        "{\"name\": \"weather\", \"parameters\": {\"warm\": fals ~ NOT_READABLE",
        "{\"name\": \"weather\", \"parameters\": {\"warm\": nul ~ NOT_READABLE",
        "<|python_tag|>{\"name\": \"rain\", \"parameters\": {}} ~ UNKNOWN_TOOL",
      })
  void push_bareCallThatIsWrong_saysWhatIsWrong(String written, Problem problem) {
    assertThat(read(ToolDialect.BARE_JSON, written))
        .singleElement()
        .isInstanceOfSatisfying(
            AnswerPart.MalformedCall.class, m -> assertThat(m.problem()).isEqualTo(problem));
  }

  @Test
  void push_severalMistralCallsByName_areAllReadWithTheirIds() {
    assertThat(
            read(
                ToolDialect.MISTRAL,
                "[TOOL_CALLS]weather[CALL_ID]123456789[ARGS]{\"city\": \"[TOOL_CALLS]time[ARGS]\"}"
                    + "[TOOL_CALLS]time[ARGS]{}"))
        .containsExactly(
            new AnswerPart.Call(
                new ToolCall("123456789", "weather", "{\"city\":\"[TOOL_CALLS]time[ARGS]\"}")),
            call(1, "time", "{}"));
    assertThat(
            read(
                ToolDialect.MISTRAL,
                "[TOOL_CALLS] [{\"name\": \"time\", \"arguments\": {}}]"
                    + "[TOOL_CALLS] [{\"name\": \"time\", \"arguments\": {}}]"))
        .containsExactly(call(1, "time", "{}"), call(2, "time", "{}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "[TOOL_CALLS]weather[ARGS]{\"city\": ~ NOT_READABLE",
        "[TOOL_CALLS]weather ~ NOT_READABLE",
        "[TOOL_CALLS]rain[CALL_ID]123456789[ARGS]{} ~ UNKNOWN_TOOL",
        "[TOOL_CALLS]weather[ARGS]\"Oslo\" ~ ARGUMENTS_NOT_AN_OBJECT",
      })
  void push_malformedMistralCall_saysWhatIsWrong(String written, Problem problem) {
    assertThat(read(ToolDialect.MISTRAL, written))
        .singleElement()
        .isInstanceOfSatisfying(
            AnswerPart.MalformedCall.class, m -> assertThat(m.problem()).isEqualTo(problem));
  }

  @Test
  void of_twoToolsOfOneName_isRefusedByName() {
    List<ToolSpec> twice = List.of(TOOLS.getFirst(), TOOLS.getFirst());

    assertThatThrownBy(() -> new AnswerReader(ToolDialect.TAGGED_JSON, twice, () -> "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'weather'");
  }

  @Test
  void push_mistral_readsBothForms() {
    assertThat(
            read(
                ToolDialect.MISTRAL,
                "[TOOL_CALLS] [{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}, \"id\": \"abcdefghi\"}, {\"name\": \"time\", \"arguments\": {}}]"))
        .containsExactly(
            new AnswerPart.Call(new ToolCall("abcdefghi", "weather", "{\"city\":\"Oslo\"}")),
            call(1, "time", "{}"));
    assertThat(read(ToolDialect.MISTRAL, "[TOOL_CALLS]weather[ARGS]{\"city\": \"Oslo\"}"))
        .containsExactly(call(1, "weather", "{\"city\":\"Oslo\"}"));
  }

  @Test
  void push_pocket_readsArgumentsInOrder() {
    assertThat(read(ToolDialect.POCKET, "<|tool|> weather(Oslo)"))
        .containsExactly(call(1, "weather", "{\"city\":\"Oslo\"}"));
    assertThat(read(ToolDialect.POCKET, "<|tool|> time()<|result|>"))
        .containsExactly(call(1, "time", "{}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "<tool_call>{\"name\": \"weather\", </tool_call> ~ NOT_READABLE",
        "<tool_call></tool_call> ~ NOT_READABLE",
        "<tool_call>{\"arguments\": {}}</tool_call> ~ NO_NAME",
        "<tool_call>{\"name\": \"rain\", \"arguments\": {}}</tool_call> ~ UNKNOWN_TOOL",
        "<tool_call>{\"name\": \"weather\", \"arguments\": \"Oslo\"}</tool_call> ~ ARGUMENTS_NOT_AN_OBJECT",
        "<tool_call>{\"name\": \"weather\", \"arguments\": {}}</tool_call> ~ MISSING_ARGUMENT",
        "<tool_call>{\"name\": \"time\", \"arguments\": { ~ UNFINISHED",
        "<tool_call>{\"name\": \"rain\", \"arguments\": {}} ~ UNFINISHED",
      })
  void push_malformedCall_saysWhatIsWrong(String written, Problem problem) {
    assertThat(read(ToolDialect.TAGGED_JSON, written))
        .singleElement()
        .isInstanceOfSatisfying(
            AnswerPart.MalformedCall.class, m -> assertThat(m.problem()).isEqualTo(problem));
  }

  @Test
  void push_callThatNeverEnds_isGivenUp() {
    var reader = new AnswerReader(ToolDialect.TAGGED_JSON, TOOLS, () -> "x");
    List<AnswerPart> parts = new ArrayList<>(reader.push("<tool_call>"));
    for (int i = 0; i < 110 && parts.isEmpty(); i++) {
      parts.addAll(reader.push("x".repeat(10_000)));
    }

    assertThat(parts)
        .singleElement()
        .isInstanceOfSatisfying(
            AnswerPart.MalformedCall.class,
            m -> assertThat(m.problem()).isEqualTo(Problem.TOO_LONG));
  }

  @Test
  void push_noToolsOffered_takesNothingForACall() {
    var reader = new AnswerReader(ToolDialect.TAGGED_JSON, List.of(), () -> "x");

    assertThat(joined(reader.push("a<tool_call>{}</tool_call>")))
        .containsExactly(text("a<tool_call>{}</tool_call>"));
  }

  @Test
  void finish_behindWhiteSpace_dropsIt() {
    var reader = new AnswerReader(ToolDialect.TAGGED_JSON, List.of(), () -> "x");

    assertThat(joined(reader.push(" The price of 2 "))).containsExactly(text("The price of 2"));
    assertThat(reader.finish()).isEmpty();

    reader.push("<think>so ");
    assertThat(reader.finish()).isEmpty();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void push_anyCutting_givesTheSameParts(long seed) {
    var random = new SplittableRandom(seed);
    ToolDialect[] dialects = ToolDialect.values();
    ToolDialect dialect = dialects[random.nextInt(dialects.length)];
    String[] words = {
      "<think>",
      "</think>",
      "<tool_call>",
      "</tool_call>",
      "{\"name\":\"time\",\"arguments\":{}}",
      "{\"name\":\"weather\",\"arguments\":{\"city\":\"",
      "\"}}",
      "\"",
      "\\",
      "<|tool|>",
      "time()",
      "[TOOL_CALLS]",
      "time[CALL_ID]1[ARGS]{}",
      "<|python_tag|>",
      " ",
      "\n",
      "<",
      "hello",
      "```json\n",
      "<thi",
      "tool_call>",
      "{",
      "[]"
    };
    var text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.append(words[random.nextInt(words.length)]);
    }
    List<String> pieces = new ArrayList<>();
    for (int at = 0; at < text.length(); ) {
      int end = Math.min(text.length(), at + random.nextInt(1, 6));
      pieces.add(text.substring(at, end));
      at = end;
    }

    assertThat(read(dialect, pieces.toArray(String[]::new)))
        .as("%s: %s", dialect, text)
        .isEqualTo(read(dialect, text.toString()));
  }
}
