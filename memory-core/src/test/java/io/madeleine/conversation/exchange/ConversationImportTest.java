package io.madeleine.conversation.exchange;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConversationImportTest {

  private static final ConversationKey HOME = ConversationKey.of("ann", "home");
  private static final Instant MAY = Instant.parse("2026-05-08T13:56:00Z");

  @TempDir Path directory;
  private TurnLog here;
  private TurnLog there;

  @BeforeEach
  void open() {
    here = TurnLog.open(directory.resolve("here"), Clock.systemUTC());
    there = TurnLog.open(directory.resolve("there"), Clock.systemUTC());
  }

  @AfterEach
  void close() {
    here.close();
    there.close();
  }

  @Test
  void read_turnsOfAnotherInstallation_areTakenThoughItCountedAlike() {
    say(here, MAY, "the dog");
    say(there, MAY, "the cat");

    assertThat(imported(exported(there), Instant.now())).isEqualTo(taken(1, 0));
    assertThat(texts(here)).containsExactly("the dog", "the cat");
    assertThat(imported(exported(there), Instant.now())).isEqualTo(taken(0, 1));
    assertThat(imported(exported(here), Instant.now())).isEqualTo(taken(0, 2));
  }

  /** OpenAI's newer name. */
  @Test
  void read_developer_isTheSystem() {
    assertThat(
            imported(
                """
                {"role":"developer","content":"Be brief."}
                {"role":"user","content":"hello"}
                """,
                MAY))
        .isEqualTo(taken(2, 0));
    assertThat(here.turns(HOME).getFirst().messages().getFirst().body())
        .isEqualTo(new ChatMessage.System("Be brief."));
  }

  @Test
  void read_sameWordsAtAnotherTime_areAnotherTurn() {
    say(here, MAY, "good morning");
    say(there, MAY.plusSeconds(86_400), "good morning");

    assertThat(imported(exported(there), Instant.now())).isEqualTo(taken(1, 0));
    assertThat(texts(here)).hasSize(2);
  }

  @Test
  void read_fileWithoutTimes_isNotTakenTwice() {
    String file =
        """
        {"id":"m1","role":"user","content":"hello"}
        {"id":"m2","role":"assistant","content":"hello, Ann"}
        """;

    assertThat(imported(file, MAY)).isEqualTo(taken(1, 0));
    assertThat(imported(file, MAY.plusSeconds(60))).isEqualTo(taken(0, 1));
  }

  @Test
  void read_byteOrderMarkInFront_isNoCharacterOfTheFile() {
    String line = "\uFEFF{\"role\":\"user\",\"content\":\"the \uFEFFdog\"}";
    String array =
        """
        \uFEFF [{"id":"home","sessions":[{"turns":[{"speaker":"Ann","text":"the cat"}]}]}]
        """;

    assertThat(imported(line, MAY)).isEqualTo(taken(1, 0));
    assertThat(imported(array, MAY)).isEqualTo(taken(1, 0));
    assertThat(texts(here)).containsExactly("the \uFEFFdog", "the cat");
    assertThat(imported("", MAY).conversations()).isEmpty();
  }

  @Test
  void read_notInUtf8_isRefusedWithTheRemedyAndKeepsNoBrokenWord() {
    for (String file :
        List.of(
            "{\"role\":\"user\",\"content\":\"Grüße\"}",
            "{\"role\":\"user\",\"content\":\"%s\"}\n".formatted("x".repeat(10_000))
                + "{\"role\":\"user\",\"content\":\"Grüße\"}",
            "[\"%sGrüße\"]".formatted("x".repeat(10_000)))) {
      var bytes = new ByteArrayInputStream(file.getBytes(ISO_8859_1));
      var reader = new BufferedReader(new InputStreamReader(bytes, UTF_8.newDecoder()));
      var reading = new ConversationImport(HOME.tenant(), here::turns, here::append);

      assertThatThrownBy(() -> reading.read(reader, "home", MAY))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("the file is not in UTF-8: save it in UTF-8");
    }
    assertThat(texts(here)).allMatch(text -> text.startsWith("xx"));
  }

  @Test
  void read_callsAsOpenAiHasThem_comeBackWholeInTheExport() {
    String file =
        """
        {"role":"user","content":[{"type":"text","text":"Is it cold "},{"type":"text","text":"there?"}]}
        {"role":"assistant","content":null,"function_call":null,"tool_calls":[\
        {"id":"a","type":"function","function":{"name":"weather","arguments":"{\\"city\\": \\"Oslo\\"}"}},\
        {"id":"b","type":"function","function":{"name":"forecast","arguments":{"city":"Rome","days":[1,2.50]}}},\
        {"id":"c","type":"function","function":{"name":"clock"}}]}
        {"role":"tool","tool_call_id":"a","content":-4}
        {"role":"tool","tool_call_id":"b","content":"12"}
        {"role":"tool","tool_call_id":"c","name":"watch","content":"noon"}
        {"role":"assistant","content":"Yes.","tool_calls":null}
        """;

    assertThat(imported(file, MAY)).isEqualTo(taken(1, 0));
    new ConversationImport(HOME.tenant(), there::turns, there::append)
        .read(new BufferedReader(new StringReader(exported(here))), "home", MAY);

    for (TurnLog log : List.of(here, there)) {
      assertThat(log.turns(HOME).getFirst().messages())
          .extracting(LoggedMessage::body)
          .containsExactly(
              new ChatMessage.User("Is it cold there?"),
              new ChatMessage.Assistant(
                  "",
                  "",
                  List.of(
                      new ToolCall("a", "weather", "{\"city\": \"Oslo\"}"),
                      new ToolCall("b", "forecast", "{\"city\":\"Rome\",\"days\":[1,2.50]}"),
                      new ToolCall("c", "clock", "{}"))),
              new ChatMessage.ToolResult("a", "weather", "-4", false),
              new ChatMessage.ToolResult("b", "forecast", "12", false),
              new ChatMessage.ToolResult("c", "watch", "noon", false),
              new ChatMessage.Assistant("Yes."));
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "content | 'role':'user','content':{'text':'hi'} | a string or a list of text parts",
        "content | 'role':'user','content':true | true",
        "content[0] | 'role':'user','content':['hi'] | an object, but was \"hi\"",
        "content[1] | 'role':'user','content':[{'type':'text','text':'hi'},{'type':'image_url'}] | image_url",
        "content[0] | 'role':'user','content':[{'type':'text'}] | only text is kept",
        "content[0].text | 'role':'user','content':[{'type':'text','text':[7]}] | [7]",
        "tool_calls | 'role':'assistant','tool_calls':'weather' | a list of objects",
        "tool_calls[0] | 'role':'assistant','tool_calls':['weather'] | an object",
        "tool_calls[0] | 'role':'assistant','tool_calls':[{'custom':{'name':'weather'}}] | {id, name, arguments}",
        "tool_calls[0].function | 'role':'assistant','tool_calls':[{'function':'weather'}] | an object",
        "tool_calls[0].name | 'role':'assistant','tool_calls':[{'name':['weather']}] | [\"weather\"]",
        "tool_calls[0].arguments | 'role':'assistant','tool_calls':[{'name':'a','arguments':7}] | a JSON object",
        "tool_calls[0].function.arguments | 'role':'assistant','tool_calls':[{'function':{'name':'a','arguments':['Oslo']}}] | Oslo",
        "function_call | 'role':'assistant','function_call':{'name':'weather'} | write it as tool_calls",
        "failed | 'role':'tool','content':'x','failed':'yes' | true or false, but was \"yes\"",
        "attributes.mood | 'role':'user','content':'x','attributes':{'mood':[1]} | a string or a number",
        "conversation | 'role':'user','content':'x','conversation':['home'] | home",
      })
  void read_partThatCannotBeKept_isRefusedByLineNameAndValue(
      String name, String members, String told) {
    String line = "{%s}".formatted(members.replace('\'', '"'));

    assertThatThrownBy(() -> imported("{\"role\":\"user\",\"content\":\"hi\"}\n" + line, MAY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("line 2: " + name + " ")
        .hasMessageContaining(told);
    assertThat(texts(here)).as("its turn").isEmpty();
  }

  @Test
  void read_arrayWithAPartThatCannotBeKept_isRefusedByItsPlace() {
    String file =
        """
        [{"id":"a","sessions":[]},{"id":"b","sessions":[{"turns":[{"speaker":"Ann","text":["x"]}]}]}]
        """;

    assertThatThrownBy(() -> imported(file, MAY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[1].sessions[0].turns[0].text must be a string or a number")
        .hasMessageContaining("but was [\"x\"]");
  }

  @Test
  void read_moreAtOnceThanMemoryHas_isRefusedWithTheBoundAndTheRemedy() {
    String first = "{\"role\":\"user\",\"content\":\"the dog\"}\r\n\r\n";
    String half = "x".repeat(BoundedText.MOST / 2);
    String answer = "{\"role\":\"assistant\",\"content\":\"%s\"}\n".formatted(half);

    assertThatThrownBy(() -> imported(first + half + half + "x", MAY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("line 3 has more than 16,777,216 characters")
        .hasMessageContaining("save the file as JSON Lines, a message a line");
    assertThatThrownBy(() -> imported(first + answer + answer, MAY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("line 4: its turn has more than 16,777,216 characters")
        .hasMessageContaining("part it");
    assertThatThrownBy(() -> imported("[\"" + half + half + "\"]", MAY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the JSON array has more than 16,777,216 characters")
        .hasMessageContaining("save it as JSON Lines");
    assertThat(texts(here)).as("no turn that was over").isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'role':'user','content':'LONG'}",
        "{'role':'assistant','turn':'N','content':'','thinking':'LONG'}",
        "{'role':'assistant','turn':'N','content':'','tool_calls':[{'id':'a','name':'b','arguments':'LONG'}]}",
        "{'role':'user','content':'','attributes':{'a':'LONG'}}"
      })
  void read_longTurns_goToTheHistoryBeforeTheyFillTheMemory(String line) {
    String third = line.replace('\'', '"').replace("LONG", "x".repeat(BoundedText.MOST / 3));
    String file =
        IntStream.range(0, 8)
            .mapToObj(turn -> third.replace("N", "" + turn) + "\n")
            .collect(Collectors.joining());
    List<Integer> together = new ArrayList<>();
    var reading =
        new ConversationImport(HOME.tenant(), here::turns, turns -> together.add(turns.size()));

    reading.read(new BufferedReader(new StringReader(file)), "home", MAY);

    assertThat(together).containsExactly(3, 3, 2);
  }

  @Test
  void read_linesWithAnyEnd_areTheLinesOfABufferedReader() {
    String file = "a\r\nb\rc\n\nd\r" + "e".repeat(20_000) + "\r\n\r\rf";
    List<String> lines = new ArrayList<>();

    BoundedText.lines(new StringReader(file)).forEachRemaining(lines::add);

    assertThat(lines).isEqualTo(new BufferedReader(new StringReader(file)).lines().toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "..", "a\\u0000b"})
  void read_conversationThatCouldNeverBeForgotten_isRefusedWithARemedy(String name) {
    String line = "{\"conversation\":\"%s\",\"role\":\"user\",\"content\":\"x\"}".formatted(name);

    assertThatThrownBy(() -> imported(line, MAY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("path");
    assertThat(here.lastSequence()).isZero();
  }

  private static void say(TurnLog log, Instant at, String text) {
    var logged =
        log.append(HOME, List.of(new LoggedMessage(at, new ChatMessage.User(text))), Map.of());
    assertThat(logged.messages().getFirst().id()).isEqualTo("t1.0");
  }

  private static String exported(TurnLog log) {
    return log.turns(HOME).stream().flatMap(MessageLines::write).collect(Collectors.joining("\n"));
  }

  private ConversationImport.Result imported(String file, Instant now) {
    return new ConversationImport(HOME.tenant(), here::turns, here::append)
        .read(new BufferedReader(new StringReader(file)), "home", now);
  }

  private static ConversationImport.Result taken(int taken, int passedOver) {
    return new ConversationImport.Result(taken, passedOver, List.of("home"));
  }

  private static List<String> texts(TurnLog log) {
    return log.turns(HOME).stream().map(turn -> turn.messages().getFirst().body().text()).toList();
  }
}
