package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tools.jackson.databind.JsonNode;

/** An import whose first turns are in, and whose file goes on until it is told to end. */
final class OpenImport implements AutoCloseable {

  private static final String TURN =
      """
      {"role":"user","content":"This is ticket %1$d.","id":"%1$d"}
      {"role":"assistant","content":"Noted."}
      """;

  /** As many turns as an import takes in together, and the one behind them that shows it. */
  private static final int TURNS = 65;

  private final Socket socket;
  private final BufferedReader events;

  /** Begins one in {@code conversation}; it is under way behind this. */
  OpenImport(RunningServer server, String conversation) throws IOException {
    this(server, conversation, "");
  }

  /** The same, for whoever has the key in {@code authorization}. */
  OpenImport(RunningServer server, String conversation, String authorization) throws IOException {
    socket = new Socket("localhost", server.port());
    socket.setSoTimeout((int) Duration.ofMinutes(1).toMillis());
    write(
        """
        POST /api/conversations/import?progress&conversation=%s HTTP/1.1\r
        Host: localhost:%d\r
        Authorization: %s\r
        Connection: close\r
        Content-Type: application/octet-stream\r
        Transfer-Encoding: chunked\r
        \r
        """
            .formatted(conversation, server.port(), authorization));
    var lines = new StringBuilder();
    for (int turn = 0; turn < TURNS; turn++) {
      lines.append(TURN.formatted(turn));
    }
    write("%x\r\n%s\r\n".formatted(lines.length(), lines));
    events =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    assertThat(nextEvent().at("/phase").asString()).isEqualTo("reading");
  }

  private void write(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
  }

  private JsonNode nextEvent() throws IOException {
    for (String line = events.readLine(); line != null; line = events.readLine()) {
      if (line.startsWith("data:")) {
        return RunningServer.parse(line.substring("data:".length()));
      }
    }
    throw new AssertionError("the import ended without a word");
  }

  /** Ends the file; {@return the last that is told} */
  JsonNode end() throws IOException {
    write("0\r\n\r\n");
    JsonNode event = nextEvent();
    while (!event.at("/phase").asString().matches("done|failed")) {
      event = nextEvent();
    }
    return event;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
