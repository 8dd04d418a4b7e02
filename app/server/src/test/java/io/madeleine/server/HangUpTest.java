package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.madeleine.conversation.completion.Completions;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Streams that end before their time: the client goes, or the server does. */
final class HangUpTest {

  private static final int SOME = 300;
  private static final int MANY = 1_200;
  private static final int LONG = 2_000;
  private static final int HANG_UPS = 100;
  private static final int TURNS = 2_000;
  private static final String IMPORTED =
      """
      {"role":"user","content":"I live in Oslo."}
      {"role":"assistant","content":"I see."}
      """;

  @TempDir Path data;

  @Test
  void stream_clientHangsUp_freesItsSequence() throws Exception {
    try (var server = new RunningServer(data)) {
      Completions completions = server.part(Completions.class);
      try (var socket = new Socket("localhost", server.port())) {
        firstEvent(ask(socket, server.port(), MANY));
        assertThat(completions.load().running()).isEqualTo(1);
      }
      await(() -> completions.load().running() == 0);

      assertThat(completions.load().tokens())
          .as("tokens computed, of an answer of more than %d words", MANY)
          .isLessThan(MANY);
    }
  }

  /**
   * Who hangs up in the moment in which an answer begins was once in Tomcat's count for good, one
   * in some hundreds, and the server waited for nobody when it was to stop.
   */
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void close_behindManyThatHungUp_waitsForNone() throws Exception {
    var server = new RunningServer(data);
    for (int i = 0; i < HANG_UPS; i++) {
      try (var socket = new Socket("localhost", server.port())) {
        firstEvent(ask(socket, server.port(), SOME));
      }
    }
    Completions completions = server.part(Completions.class);
    await(() -> completions.load().running() == 0);

    server.close();

    assertThat(completions.load().running()).isZero();
  }

  /** What it does not read is far more than a connection holds. */
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void stream_clientThatDoesNotRead_holdsNobodyElseUp() throws Exception {
    try (var server = new RunningServer(data, "--server.tomcat.connection-timeout=1h");
        var socket = new Socket()) {
      Completions completions = server.part(Completions.class);
      socket.setReceiveBufferSize(1_024);
      socket.connect(new InetSocketAddress("localhost", server.port()));

      send(socket, server.port(), longAnswer(LONG, ",\"logprobs\":true,\"top_logprobs\":20"));
      await(() -> completions.load().tokens() > MANY && completions.load().running() == 0);
      HttpResponse<String> next =
          server.post(
              "/v1/chat/completions",
              "{\"messages\":[{\"role\":\"user\",\"content\":\"Hello.\"}]}");

      assertThat(next.statusCode()).as(next.body()).isEqualTo(200);
    }
  }

  @Test
  void close_whileAnAnswerStreams_letsItEnd() throws Exception {
    var server = new RunningServer(data);
    try (var socket = new Socket("localhost", server.port())) {
      BufferedReader events = ask(socket, server.port(), SOME);
      firstEvent(events);
      CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);

      String rest = String.join("\n", events.lines().toList());

      assertThat(rest).contains("\"finish_reason\":\"stop\"").contains("data: [DONE]");
      closed.join();
    }
  }

  @Test
  void stream_behindALongImport_tellsHowMuchIsReadAndStopsWithTheClient() throws Exception {
    try (var server = new RunningServer(data)) {
      server.post("/api/conversations/import?conversation=long", IMPORTED.repeat(TURNS));
      try (var socket = new Socket("localhost", server.port())) {
        BufferedReader events =
            send(
                socket,
                server.port(),
                """
                {"temperature":0,"stream":true,"user":"long","messages":[{"role":"user","content":"Where do I live?"}]}
                """);
        assertThat(events.lines().filter(line -> line.startsWith(":")).findFirst())
            .hasValueSatisfying(line -> assertThat(line).matches(": read \\d+ of \\d{5} tokens"));
      }

      assertThat(server.say("long", "Where do I live?")).contains("Oslo");
      assertThat(
              RunningServer.json(server.get("/api/conversations/long/mind")).at("/turns").asInt())
          .as("what was imported, and the one question that was waited for")
          .isEqualTo(TURNS + 1);
    }
  }

  @Test
  void stream_clientHangsUpInMidAnswer_keepsTheQuestionAndWhatWasSaid() throws Exception {
    try (var server = new RunningServer(data)) {
      TurnLog log = server.part(TurnLog.class);
      ConversationKey key = ConversationKey.of("test", "cut");
      try (var socket = new Socket("localhost", server.port())) {
        firstEvent(
            send(
                socket,
                server.port(),
                longAnswer(MANY, ",\"user\":\"cut\",\"max_tokens\":%d".formatted(10 * MANY))));
      }
      await(() -> log.size(key) == 1);

      LoggedTurn turn = log.turns(key).getFirst();
      assertThat(turn.messages().getFirst().body().text()).isEqualTo("Go on.");
      String kept = turn.messages().getLast().body().text();
      assertThat(kept).isNotEmpty().hasSizeLessThan("word ".length() * MANY);
      assertThat("\"" + "word ".repeat(MANY)).as("what was to be said").startsWith(kept);
      server.say("cut", "I have a parrot called Mopsel.");
      assertThat(log.size(key)).as("and it goes on").isEqualTo(2);
    }
  }

  /** A form with one long text is an answer that takes long for certain. */
  private static BufferedReader ask(Socket socket, int port, int words) throws IOException {
    return send(socket, port, longAnswer(words, ""));
  }

  private static String longAnswer(int words, String more) {
    return """
        {"temperature":0,"stream":true,"messages":[{"role":"user","content":"Go on."}]%s,
         "response_format":{"type":"json_schema","json_schema":{"name":"long","schema":{"const":"%s"}}}}
        """
        .formatted(more, "word ".repeat(words));
  }

  private static BufferedReader send(Socket socket, int port, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    socket.setSoTimeout((int) Duration.ofMinutes(1).toMillis());
    socket
        .getOutputStream()
        .write(
            """
            POST /v1/chat/completions HTTP/1.1\r
            Host: localhost:%d\r
            Connection: close\r
            Content-Type: application/json\r
            Content-Length: %d\r
            \r
            """
                .formatted(port, bytes.length)
                .getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return new BufferedReader(
        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }

  private static void firstEvent(BufferedReader events) throws IOException {
    for (String line = events.readLine(); line != null; line = events.readLine()) {
      if (line.startsWith("data:")) {
        return;
      }
    }
    fail("the answer ended before it began");
  }

  private static void await(BooleanSupplier condition) {
    long until = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("two minutes are over").isLessThan(until);
      LockSupport.parkNanos(1_000_000); // spinning would take a core from the model
    }
  }
}
