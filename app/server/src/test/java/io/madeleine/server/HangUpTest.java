package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.madeleine.conversation.completion.Completions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams that end before their time: the client goes, or the server does. */
final class HangUpTest {

  private static final int SOME = 300;
  private static final int MANY = 1_200;

  @TempDir Path data;

  @Test
  void stream_clientHangsUp_freesItsSequence() throws Exception {
    try (var server = new RunningServer(data)) {
      Completions completions = server.part(Completions.class);
      try (var socket = new Socket("localhost", server.port())) {
        firstEvent(ask(socket, server.port(), MANY));
        assertThat(completions.load().running()).isEqualTo(1);
      }
      awaitNothingRunning(completions);

      assertThat(completions.load().tokens())
          .as("tokens computed, of an answer of more than %d words", MANY)
          .isLessThan(MANY);
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

      assertThat(rest).contains("\"finish_reason\":\"stop\"").contains("data:[DONE]");
      closed.join();
    }
  }

  /** A form with one long text is an answer that takes long for certain. */
  private static BufferedReader ask(Socket socket, int port, int words) throws IOException {
    String body =
        """
        {"temperature":0,"stream":true,"messages":[{"role":"user","content":"Go on."}],
         "response_format":{"type":"json_schema","json_schema":{"name":"long","schema":{"const":"%s"}}}}
        """
            .formatted("word ".repeat(words));
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

  private static void awaitNothingRunning(Completions completions) {
    long until = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (completions.load().running() > 0) {
      assertThat(System.nanoTime()).as("a minute is over").isLessThan(until);
      Thread.onSpinWait();
    }
  }
}
