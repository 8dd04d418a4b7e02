package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** More is asked than can be answered: whoever is refused is told so, and when to come again. */
final class OverloadTest {

  private static final int ASKED = 8;

  @TempDir Path data;

  @ParameterizedTest(name = "stream {0}")
  @ValueSource(booleans = {true, false})
  void chat_moreThanMayWait_isRefusedBeforeItsFirstWord(boolean stream) throws Exception {
    try (var server =
        new RunningServer(data, "--madeleine.engine.running=1", "--madeleine.engine.waiting=1")) {
      List<HttpResponse<String>> answers = allAtOnce(server, stream);

      assertThat(answers).filteredOn(each -> each.statusCode() == 200).isNotEmpty();
      List<HttpResponse<String>> refused =
          answers.stream().filter(each -> each.statusCode() != 200).toList();
      assertThat(refused).isNotEmpty().allSatisfy(each -> assertRefused(each, 503));
    }
  }

  @Test
  void chat_moreStreamsThanAKeyMayHave_isRefusedWith429() throws Exception {
    try (var server = new RunningServer(data, "--madeleine.server.streams=1")) {
      List<HttpResponse<String>> answers = allAtOnce(server, /* stream= */ true);

      assertThat(answers).filteredOn(each -> each.statusCode() == 200).isNotEmpty();
      assertThat(answers)
          .filteredOn(each -> each.statusCode() != 200)
          .isNotEmpty()
          .allSatisfy(each -> assertRefused(each, 429))
          .allSatisfy(
              each ->
                  assertThat(each.body())
                      .contains("may have 1 answers running at once", "madeleine.server.streams"));
      assertThat(server.say("one", "I have a parrot.")).as("once they ended").isNotEmpty();
    }
  }

  private static void assertRefused(HttpResponse<String> response, int status) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValueAsLong("Retry-After").orElse(0)).isPositive();
    assertThat(response.headers().firstValue("Content-Type").orElse("")).contains("json");
    assertThat(RunningServer.json(response).at("/error/type").asString())
        .isEqualTo("rate_limit_error");
    assertThat(RunningServer.json(response).at("/error/message").asString()).isNotBlank();
  }

  /** A form with one long text is an answer that takes long for certain. */
  private static List<HttpResponse<String>> allAtOnce(RunningServer server, boolean stream)
      throws Exception {
    String body =
        """
        {"temperature":0,"stream":%b,"messages":[{"role":"user","content":"Go on."}],
         "response_format":{"type":"json_schema","json_schema":{"name":"long","schema":{"const":"%s"}}}}
        """
            .formatted(stream, "word ".repeat(100));
    var asking = new ArrayList<Callable<HttpResponse<String>>>();
    for (int i = 0; i < ASKED; i++) {
      asking.add(() -> server.post("/v1/chat/completions", body));
    }
    var answers = new ArrayList<HttpResponse<String>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<HttpResponse<String>> answer : threads.invokeAll(asking)) {
        answers.add(answer.get());
      }
    }
    return answers;
  }
}
