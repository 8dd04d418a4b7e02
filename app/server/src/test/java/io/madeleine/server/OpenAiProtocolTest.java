package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiTokenUsage;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The OpenAI protocol, spoken by somebody else's client and by hand. */
final class OpenAiProtocolTest {

  private static final String ASK =
      """
      {"temperature":0,"messages":[{"role":"user","content":"The door code is 4821."},
       {"role":"assistant","content":"Noted."},{"role":"user","content":"What is the door code?"}]%s}
      """;

  @TempDir static Path data;
  static RunningServer server;

  @BeforeAll
  static void start() {
    server = new RunningServer(data);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void chat_throughLangChain4jsOpenAiModel_answersAndCountsCachedTokens() {
    var model =
        OpenAiChatModel.builder()
            .baseUrl("http://localhost:" + server.port() + "/v1")
            .apiKey("not-needed")
            .modelName("pocket")
            .temperature(0.0)
            .build();
    var messages =
        new ArrayList<dev.langchain4j.data.message.ChatMessage>(
            List.of(
                UserMessage.from("My sister is called Zelandra."),
                AiMessage.from("I see."),
                UserMessage.from("What is my sister called?")));
    ChatResponse first = model.chat(ChatRequest.builder().messages(messages).build());
    messages.add(first.aiMessage());
    messages.add(UserMessage.from("I have a parrot called Mopsel."));
    ChatResponse second = model.chat(ChatRequest.builder().messages(messages).build());

    assertThat(first.aiMessage().text()).contains("Zelandra");
    OpenAiTokenUsage usage = (OpenAiTokenUsage) second.tokenUsage();
    assertThat(usage.inputTokensDetails().cachedTokens())
        .isGreaterThanOrEqualTo(first.tokenUsage().inputTokenCount() - 1);
  }

  @Test
  void chat_stream_sendsRolePiecesReasonUsageAndTheEnd() {
    HttpResponse<String> response =
        server.post(
            "/v1/chat/completions",
            ASK.formatted(",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));

    List<String> events = response.body().lines().filter(line -> !line.isEmpty()).toList();
    assertThat(events.getFirst()).contains("\"role\":\"assistant\"");
    assertThat(events.subList(0, events.size() - 1))
        .allSatisfy(line -> assertThat(line).startsWith("data: {"));
    assertThat(events.getLast()).isEqualTo("data: [DONE]");
    assertThat(response.body()).contains("\"finish_reason\":\"stop\"").contains("prompt_tokens");
  }

  @Test
  void chat_stream_namesItsCharsetAndIsGatheredAndStoredByNobody() {
    HttpHeaders headers =
        server.post("/v1/chat/completions", ASK.formatted(",\"stream\":true")).headers();

    assertThat(headers.firstValue("Content-Type")).hasValue("text/event-stream;charset=UTF-8");
    assertThat(headers.firstValue("X-Accel-Buffering")).hasValue("no");
    assertThat(headers.firstValue("Cache-Control")).hasValue("no-store");
  }

  @Test
  void chat_questionForATool_withoutTools_opensNoCall() {
    JsonNode answer =
        RunningServer.json(
            server.post(
                "/v1/chat/completions",
                """
                {"temperature":0,"messages":[{"role":"user","content":"What is the weather in Oslo?"}]}
                """));

    assertThat(answer.at("/choices/0/message/content").asString())
        .isNotBlank()
        .doesNotContain("<|");
  }

  @Test
  void chat_jsonSchema_alwaysGivesJsonOfThatForm() {
    JsonNode answer =
        RunningServer.json(
            server.post(
                "/v1/chat/completions",
                ASK.formatted(
                    """
                    ,"max_tokens":200,"response_format":{"type":"json_schema","json_schema":{"name":"code",
                      "schema":{"type":"object","properties":{"open":{"type":"boolean"}},
                                "required":["open"],"additionalProperties":false}}}
                    """)));

    assertThat(answer.at("/choices/0/message/content").asString())
        .matches("\\s*\\{\\s*\"open\"\\s*:\\s*(true|false)\\s*\\}\\s*");
  }

  @Test
  void chat_jsonSchemaAndTools_callsOrHasTheForm() {
    JsonNode called = skyOrCall("What is the weather in Oslo?", ",\"temperature\":0");
    JsonNode call = called.at("/message/tool_calls/0");

    assertThat(call.at("/function/name").asString()).as(called.toString()).isEqualTo("weather");
    assertThat(call.at("/function/arguments").asString()).contains("Oslo");
    assertThat(called.at("/finish_reason").asString()).isEqualTo("tool_calls");
    assertThat(
            IntStream.rangeClosed(1, 12)
                .mapToObj(seed -> ",\"temperature\":2,\"seed\":" + seed)
                .map(drawn -> skyOrCall("Who are you?", drawn).at("/message")))
        .as("a call, or the form, whatever is drawn")
        .allMatch(answer -> answer.has("tool_calls") || isSky(answer))
        .anyMatch(answer -> answer.has("tool_calls"))
        .anyMatch(answer -> isSky(answer));
  }

  private static boolean isSky(JsonNode answer) {
    return answer
        .at("/content")
        .asString()
        .matches("\\s*\\{\\s*\"rain\"\\s*:\\s*(true|false)\\s*\\}\\s*");
  }

  /** Offers a tool, and wants JSON of a form besides. */
  private static JsonNode skyOrCall(String question, String extra) {
    HttpResponse<String> answer =
        server.post(
            "/v1/chat/completions",
            """
            {"max_tokens":200,"messages":[{"role":"user","content":"%s"}],
             "tools":[{"type":"function","function":{"name":"weather","description":"tells the weather of a city",
               "parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}],
             "response_format":{"type":"json_schema","json_schema":{"name":"sky",
               "schema":{"type":"object","properties":{"rain":{"type":"boolean"}},
                         "required":["rain"],"additionalProperties":false}}}%s}
            """
                .formatted(question, extra));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return RunningServer.json(answer).at("/choices/0");
  }

  @Test
  void chat_logprobs_areNegativeAndSorted() {
    JsonNode tokens =
        RunningServer.json(
                server.post(
                    "/v1/chat/completions", ASK.formatted(",\"logprobs\":true,\"top_logprobs\":3")))
            .at("/choices/0/logprobs/content");

    assertThat(tokens.size()).isPositive();
    for (JsonNode token : tokens) {
      assertThat(token.at("/logprob").asDouble()).isLessThanOrEqualTo(0);
      assertThat(token.at("/top_logprobs/0/logprob").asDouble())
          .isGreaterThanOrEqualTo(token.at("/top_logprobs/1/logprob").asDouble());
    }
  }

  @Test
  void chat_stopText_endsBeforeIt() {
    JsonNode answer =
        RunningServer.json(
            server.post("/v1/chat/completions", ASK.formatted(",\"stop\":[\" code\"]")));

    assertThat(answer.at("/choices/0/message/content").asString()).isEqualTo("The door");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "temperature | ,\"temperature\":9",
        "n | ,\"n\":2",
        "stop | ,\"stop\":[\"\"]",
        "response_format | ,\"response_format\":{\"type\":\"poem\"}",
        "response_format | ,\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"patternProperties\":{}}}}",
        "response_format | ,\"user\":\"form\",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"patternProperties\":{}}}}",
        "response_format | ,\"stream\":true,\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"patternProperties\":{}}}}",
        "frequency_penalty | ,\"frequency_penalty\":1",
        "functions | ,\"functions\":[{\"name\":\"weather\"}]",
        "function_call | ,\"function_call\":\"auto\"",
        "response_format | ,\"response_format\":\"json\"",
        "stop | ,\"stop\":42",
        "tools | ,\"tools\":\"weather\"",
        "tools | ,\"tools\":[{\"function\":{\"name\":\"a\"}},{\"function\":{\"name\":\"b\"}},{\"function\":{\"name\":\"a\"}}]",
        "logprobs | ,\"user\":\"sure\",\"logprobs\":true",
        "logprobs | ,\"stream\":true,\"user\":\"sure\",\"logprobs\":true",
      })
  void chat_wrongParameter_isRefusedByName(String param, String extra) {
    HttpResponse<String> response =
        server.post("/v1/chat/completions", ASK.formatted(extra.strip()));

    assertThat(response.statusCode()).isEqualTo(400);
    JsonNode error = RunningServer.json(response).at("/error");
    assertThat(error.at("/param").asString()).isEqualTo(param.strip());
    assertThat(error.at("/message").asString()).isNotBlank();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "messages[0].content | {\"role\":\"user\",\"content\":42} | 42",
        "messages[0].content | {\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":\"hi\"}} | a string",
        "messages[0].content | {\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":7}]} | 7",
        "messages[0].tool_calls | {\"role\":\"assistant\",\"tool_calls\":\"weather\"} | an array",
        "messages[0].tool_calls[0].function.arguments | {\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"weather\",\"arguments\":[\"Oslo\"]}}]} | Oslo",
      })
  void chat_wrongPartOfAMessage_isRefusedByNameAndValue(String param, String message, String told) {
    HttpResponse<String> response =
        server.post("/v1/chat/completions", "{\"messages\":[%s]}".formatted(message));

    assertThat(response.statusCode()).isEqualTo(400);
    JsonNode error = RunningServer.json(response).at("/error");
    assertThat(error.at("/param").asString()).isEqualTo(param);
    assertThat(error.at("/message").asString()).contains(param, told);
  }

  @Test
  void chat_schemaThatTurnsOutTooAmbiguous_isRefusedByName() {
    String alike = String.join(",", Collections.nCopies(3_000, "{\"type\":\"string\"}"));
    HttpResponse<String> response =
        server.post(
            "/v1/chat/completions",
            ASK.formatted(
                """
                ,"response_format":{"type":"json_schema","json_schema":{"schema":
                  {"type":"object","properties":{"code":{"anyOf":[%s]}},"required":["code"]}}}
                """
                    .formatted(alike)));

    assertThat(response.statusCode()).isEqualTo(400);
    JsonNode error = RunningServer.json(response).at("/error");
    assertThat(error.at("/param").asString()).isEqualTo("response_format");
    assertThat(error.at("/message").asString()).contains("too ambiguous", "fewer alternatives");
  }

  @Test
  void chat_callOfAToolThatIsNone_isTextInAWholeAnswerAsInAStream() {
    String asking =
        """
        {"temperature":0,"messages":[{"role":"user","content":"What is the weather in Oslo?"}],
         "tools":[{"type":"function","function":{"name":"stocks","parameters":{"type":"object",
           "properties":{"city":{"type":"string"}}}}}]%s}
        """;
    JsonNode whole =
        RunningServer.json(server.post("/v1/chat/completions", asking.formatted("")))
            .at("/choices/0");
    String streamed =
        server.post("/v1/chat/completions", asking.formatted(",\"stream\":true")).body();

    assertThat(whole.at("/message/content").asString()).contains("weather(Oslo)");
    assertThat(whole.at("/finish_reason").asString()).isEqualTo("stop");
    assertThat(streamed).contains("weather(Oslo)");
  }

  @Test
  void chat_callInTheOldForm_isRefusedByNameWithWhatToSend() {
    HttpResponse<String> response =
        server.post(
            "/v1/chat/completions",
            """
            {"messages":[{"role":"user","content":"What is the weather in Oslo?"},
             {"role":"assistant","content":null,"function_call":{"name":"weather","arguments":"{}"}}]}
            """);

    assertThat(response.statusCode()).isEqualTo(400);
    JsonNode error = RunningServer.json(response).at("/error");
    assertThat(error.at("/param").asString()).isEqualTo("messages[1].function_call");
    assertThat(error.at("/message").asString()).contains("send tool_calls");
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "POST | /v1/completions | application/json | 404 | /openapi.json",
        "GET | /v1/audio/speech | application/json | 404 | /openapi.json",
        "GET | /v1/chat/completions | application/json | 405 | POST",
        "POST | /v1/models | application/json | 405 | GET",
        "POST | /v1/chat/completions | text/plain | 415 | application/json",
        "POST | /v1/chat/completions | application/x-www-form-urlencoded | 415 | application/json",
      })
  void request_thatNobodyTakes_isRefusedInOpenAisShapeWithARemedy(
      String method, String path, String type, int status, String remedy) {
    HttpResponse<String> response =
        method.equals("GET") ? server.get(path) : server.post(path, "{}", "Content-Type", type);

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    JsonNode error = RunningServer.json(response).at("/error");
    assertThat(error.at("/type").asString()).isEqualTo("invalid_request_error");
    assertThat(error.at("/message").asString()).contains(remedy);
  }

  @Test
  void request_brokenOrEndless_isRefusedInOpenAisShape() {
    HttpResponse<String> broken = server.post("/v1/chat/completions", "{\"messages\":");
    assertThat(broken.statusCode()).isEqualTo(400);
    assertThat(RunningServer.json(broken).at("/error/message").asString())
        .isEqualTo("the body is no JSON that can be read");

    HttpResponse<String> endless =
        server.postChunked(
            "/v1/chat/completions",
            "{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                .formatted("word ".repeat(500_000)));
    assertThat(endless.statusCode()).as(endless.body()).isEqualTo(413);
    JsonNode error = RunningServer.json(endless).at("/error");
    assertThat(error.at("/type").asString()).isEqualTo("invalid_request_error");
    assertThat(error.at("/message").asString()).contains("2,097,152");
  }

  @Test
  void chat_promptBeyondTheContext_saysByHowMuch() {
    String body =
        "{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}".formatted("word ".repeat(6_000));
    HttpResponse<String> response = server.post("/v1/chat/completions", body);

    assertThat(response.statusCode()).isEqualTo(400);
    JsonNode error = RunningServer.json(response).at("/error");
    assertThat(error.at("/code").asString()).isEqualTo("context_length_exceeded");
    assertThat(error.at("/message").asString()).contains("shorten it by");
  }

  @Test
  void chat_twentyAtOnce_allAnswerTheSame() throws Exception {
    var work = new ArrayList<Callable<String>>();
    for (int i = 0; i < 20; i++) {
      work.add(
          () ->
              RunningServer.json(server.post("/v1/chat/completions", ASK.formatted("")))
                  .at("/choices/0/message/content")
                  .asString());
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<String> answer : threads.invokeAll(work)) {
        assertThat(answer.get()).isEqualTo("The door code is 4821.");
      }
    }
  }

  @Test
  void models_list_namesTheOneThatIsLoaded() {
    assertThat(RunningServer.json(server.get("/v1/models")).at("/data/0/object").asString())
        .isEqualTo("model");
  }
}
