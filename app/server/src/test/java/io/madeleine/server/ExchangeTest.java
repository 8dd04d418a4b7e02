package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.server.access.ApiKeys;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Conversations go in and out as files, and what came in can be asked for. */
final class ExchangeTest {

  private static final String LINES =
      """
      {"role":"user","content":"My sister is called Zelandra.","speaker":"Ada"}
      {"role":"assistant","content":"I see."}
      {"role":"user","content":"Zelandra lives in Quillport."}
      {"role":"assistant","content":"Noted."}
      """;

  @TempDir static Path data;
  static RunningServer server;

  @BeforeAll
  static void start() {
    server = new RunningServer(data, "--madeleine.server.import-body=100KB");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void import_jsonLinesIntoAnOpenConversation_isRememberedBesideWhatWasSaid() {
    server.say("lines", "I play the cello.");
    JsonNode result = imported("?conversation=lines", LINES);

    assertThat(result.at("/turns").asInt()).isEqualTo(2);
    assertThat(result.at("/conversations/0").asString()).isEqualTo("lines");
    assertThat(server.say("lines", "Where does my sister live?")).contains("Quillport");
    assertThat(RunningServer.json(server.get("/api/conversations/lines/turns")).size())
        .isEqualTo(4);
    assertThat(RunningServer.json(server.get("/api/conversations/lines/mind")).at("/turns").asInt())
        .isEqualTo(4);
  }

  @Test
  void import_asCurlSendsAFile_isTakenWhateverTheContentTypeSays() {
    for (String type :
        List.of("application/x-www-form-urlencoded", "text/plain", "application/json")) {
      String conversation = "as-" + type.replace('/', '-');
      String path = "/api/conversations/import?conversation=" + conversation;
      HttpResponse<String> taken = server.post(path, LINES, "Content-Type", type);
      HttpResponse<String> told = server.post(path + "&progress", LINES, "Content-Type", type);

      assertThat(RunningServer.json(taken).at("/turns").asInt()).as(type).isEqualTo(2);
      assertThat(RunningServer.json(taken).at("/conversations/0").asString())
          .isEqualTo(conversation);
      assertThat(events(told).getLast().at("/turns").asInt()).as(type).isEqualTo(2);
    }
  }

  @Test
  void export_importedElsewhere_isTheSameTextAndNotTakenTwice() {
    imported("?conversation=original", LINES);
    HttpResponse<String> first = server.get("/api/conversations/original/export");
    assertThat(first.headers().firstValue("Content-Type")).contains("application/x-ndjson");

    JsonNode again = imported("", first.body());
    assertThat(again.at("/turns").asInt()).as("all there already").isZero();
    assertThat(again.at("/passedOver").asInt()).isEqualTo(2);
    JsonNode told =
        events(server.post("/api/conversations/import?progress", first.body())).getLast();
    assertThat(told.at("/turns").asInt()).isZero();
    assertThat(told.at("/passedOver").asInt()).isEqualTo(2);
    String renamed = first.body().replace("\"original\"", "\"copy\"");
    assertThat(imported("", renamed).at("/turns").asInt()).isEqualTo(2);
    assertThat(words(server.get("/api/conversations/copy/export").body()))
        .isEqualTo(words(first.body()));
    assertThat(server.get("/api/conversations/nobody/export").statusCode()).isEqualTo(404);
  }

  @Test
  void import_dialogueFile_keepsSpeakersAndDates() {
    JsonNode result =
        imported(
            "",
            """
            [{"id":"conv-1","sessions":[{"id":"s1","date":"1:56 pm on 8 May, 2023","turns":[
              {"id":"D1:1","speaker":"Caroline","text":"I went to Oslo."},
              {"id":"D1:2","speaker":"Melanie","text":"How nice."}]}]}]
            """);

    assertThat(result.at("/conversations/0").asString()).isEqualTo("conv-1");
    JsonNode turns = RunningServer.json(server.get("/api/conversations/conv-1/turns"));
    assertThat(turns.at("/0/messages/1/speaker").asString()).isEqualTo("Melanie");
    assertThat(turns.at("/0/messages/0/at").asString()).startsWith("2023-05-08T13:56");
  }

  @Test
  void import_notInUtf8_isRefusedWithTheRemedy() {
    byte[] file = LINES.replace("Zelandra", "Zoë").getBytes(StandardCharsets.ISO_8859_1);
    String path = "/api/conversations/import?conversation=latin";

    HttpResponse<String> whole = server.postBytes(path, file);
    HttpResponse<String> told = server.postBytes(path + "&progress", file);

    assertThat(whole.statusCode()).isEqualTo(400);
    assertThat(RunningServer.json(whole).at("/detail").asString())
        .contains("not in UTF-8", "save it in UTF-8 and import it again");
    JsonNode last = events(told).getLast();
    assertThat(last.at("/phase").asString()).isEqualTo("failed");
    assertThat(last.at("/detail").asString()).contains("save it in UTF-8");
    assertThat(server.get("/api/conversations/latin/turns").body()).isEqualTo("[]");
  }

  @Test
  void import_withAByteOrderMark_isTheSameFile() {
    assertThat(imported("?conversation=marked", "\uFEFF" + LINES).at("/turns").asInt())
        .isEqualTo(2);
    assertThat(server.get("/api/conversations/marked/turns").body())
        .contains("Zelandra")
        .doesNotContain("\uFEFF");
  }

  @Test
  void import_wrongLineOrTooMuch_isRefusedWithWhatIsWrong() {
    HttpResponse<String> wrong =
        server.post("/api/conversations/import", LINES + "{\"role\":\"pope\"}");
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(RunningServer.json(wrong).at("/detail").asString()).contains("line 5", "pope");
    assertThat(server.post("/api/conversations/import", "[{").statusCode()).isEqualTo(400);
    assertThat(server.post("/api/conversations/import", LINES.repeat(1_000)).statusCode())
        .isEqualTo(413);
    HttpResponse<String> chunked =
        server.postChunked("/api/conversations/import", LINES.repeat(1_000));
    assertThat(chunked.statusCode()).isEqualTo(413);
    assertThat(chunked.body()).contains("102,400", "madeleine.server.import-body");
    HttpResponse<String> told =
        server.postChunked("/api/conversations/import?progress", LINES.repeat(1_000));
    assertThat(events(told).getLast().at("/detail").asString())
        .startsWith("the body has more than the 102,400 bytes");
  }

  @Test
  void import_whileAnotherIsUnderWay_isRefusedUntilThatIsOver() throws Exception {
    String path = "/api/conversations/import?conversation=twice";
    try (var first = new OpenImport(server, "twice")) {
      for (HttpResponse<String> second :
          List.of(server.post(path, LINES), server.post(path + "&progress", LINES))) {
        assertThat(second.statusCode()).as(second.body()).isEqualTo(409);
        assertThat(RunningServer.json(second).at("/detail").asString())
            .contains("an import of yours is under way", "try again when it is over");
      }
      assertThat(first.end().at("/turns").asInt()).as("as if nobody had asked").isEqualTo(65);
    }

    assertThat(imported("?conversation=twice", LINES).at("/turns").asInt()).isEqualTo(2);
    assertThat(RunningServer.json(server.get("/api/conversations/twice/turns")).size())
        .isEqualTo(67);
  }

  @Test
  void import_whileSomebodyElsesIsUnderWay_isTaken(@TempDir Path own) throws Exception {
    Path file = own.resolve("keys");
    String ada = "Bearer " + ApiKeys.create(file, new Tenant("ada"), new SecureRandom());
    String bob = "Bearer " + ApiKeys.create(file, new Tenant("bob"), new SecureRandom());
    String path = "/api/conversations/import?conversation=same";
    try (var shared = new RunningServer(own.resolve("data"), "--madeleine.server.keys=" + file);
        var hers = new OpenImport(shared, "same", ada)) {
      assertThat(shared.post(path, LINES, "Authorization", ada).statusCode()).isEqualTo(409);
      assertThat(shared.post(path, LINES, "Authorization", bob).statusCode()).isEqualTo(200);
      assertThat(hers.end().at("/phase").asString()).isEqualTo("done");
    }
  }

  @Test
  void import_mistakeWhileTheIndexFails_tellsTheMistake(@TempDir Path own) {
    try (var failing = new RunningServer(own)) {
      failing.part(TurnIndex.class).close();
      assertThat(failing.post("/api/conversations/import", LINES).statusCode()).isEqualTo(500);
      HttpResponse<String> wrong =
          failing.post("/api/conversations/import", LINES + "{\"role\":\"pope\"}");

      assertThat(wrong.statusCode()).isEqualTo(400);
      assertThat(RunningServer.json(wrong).at("/detail").asString()).contains("line 5", "pope");
    }
  }

  @Test
  void import_callsAsOpenAiHasThem_areInTheExport() {
    String calls =
        """
        {"role":"user","content":"Is it cold?"}
        {"role":"assistant","tool_calls":[{"id":"a","function":{"name":"weather","arguments":{"city":"Oslo"}}}]}
        {"role":"tool","tool_call_id":"a","content":"-4"}
        """;
    imported("?conversation=calls", calls);

    assertThat(server.get("/api/conversations/calls/export").body())
        .contains(
            "{\"id\":\"a\",\"name\":\"weather\",\"arguments\":\"{\\\"city\\\":\\\"Oslo\\\"}\"}")
        .contains("\"tool\":\"weather\"");
  }

  @Test
  void import_withProgress_tellsHowFarItIsAndHowItEnds() {
    HttpResponse<String> told =
        server.post("/api/conversations/import?progress&conversation=told", LINES.repeat(50));

    assertThat(told.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
    List<JsonNode> events = events(told);
    assertThat(events.getFirst().at("/phase").asString()).isEqualTo("reading");
    assertThat(events.getFirst().at("/turns").asInt()).isEqualTo(64);
    assertThat(events.getFirst().at("/conversation").asString()).isEqualTo("told");
    assertThat(events.getLast().at("/phase").asString()).isEqualTo("done");
    assertThat(events.getLast().at("/turns").asInt()).isEqualTo(100);
    assertThat(events.getLast().at("/conversations/0").asString()).isEqualTo("told");

    JsonNode failed =
        events(server.post("/api/conversations/import?progress", LINES + "{\"role\":\"pope\"}"))
            .getLast();
    assertThat(failed.at("/phase").asString()).isEqualTo("failed");
    assertThat(failed.at("/detail").asString()).contains("line 5", "pope");
    // the second turn was not known to be over when the mistake came
    assertThat(failed.at("/turns").asInt()).as("what came before the mistake").isEqualTo(1);
  }

  private static List<JsonNode> events(HttpResponse<String> response) {
    return response
        .body()
        .lines()
        .filter(line -> line.startsWith("data:"))
        .map(line -> RunningServer.parse(line.substring("data:".length())))
        .toList();
  }

  @Test
  void recall_question_bringsTurnsWithinTheBudgetAndSaysWhy() {
    imported("?conversation=budget", LINES);
    String path = "/api/conversations/budget/recall";
    String asked = "{\"question\":\"Who is in Quillport?\"";
    JsonNode all = RunningServer.json(server.post(path, asked + "}"));
    int tokens = all.at("/tokens").asInt();
    assertThat(all.at("/excerpts").size()).isEqualTo(2);

    JsonNode recall =
        RunningServer.json(server.post(path, asked + ",\"budget\":" + (tokens - 1) + "}"));
    assertThat(recall.at("/tokens").asInt()).isBetween(1, tokens - 1);
    assertThat(recall.at("/excerpts").size()).isEqualTo(1);
    assertThat(recall.at("/excerpts/0/turn/messages/0/text").asString()).contains("Quillport");
    assertThat(recall.at("/excerpts/0/reasons/0").asString())
        .isIn("name", "words", "meaning", "surroundings", "speaker", "time");
    assertThat(recall.at("/excerpts/0/score").isNumber()).isTrue();
  }

  @Test
  void recall_noQuestionOrUnknownConversation_isRefused() {
    imported("?conversation=asked", LINES);
    String path = "/api/conversations/asked/recall";
    assertThat(server.post(path, "{}").statusCode()).isEqualTo(400);
    assertThat(server.post(path, "{\"question\":\"Who?\",\"budget\":0}").body())
        .contains("budget must be 1 to");
    assertThat(server.post(path, "{").statusCode()).isEqualTo(400);
    HttpResponse<String> endless =
        server.postChunked(path, "{\"question\":\"%s\"}".formatted("word ".repeat(500_000)));
    assertThat(endless.statusCode()).as(endless.body()).isEqualTo(413);
    assertThat(RunningServer.json(endless).at("/detail").asString()).contains("2,097,152");
    assertThat(
            server.post("/api/conversations/nobody/recall", "{\"question\":\"Who?\"}").statusCode())
        .isEqualTo(404);
  }

  private static JsonNode imported(String query, String body) {
    HttpResponse<String> response =
        server.post(
            "/api/conversations/import" + query, body, "Content-Type", "application/octet-stream");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return RunningServer.json(response);
  }

  private static String words(String lines) {
    return lines
        .lines()
        .map(line -> RunningServer.parse(line))
        .map(line -> line.at("/role").asString() + line.at("/content") + line.at("/at"))
        .collect(Collectors.joining("\n"));
  }
}
