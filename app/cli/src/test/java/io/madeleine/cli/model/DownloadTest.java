package io.madeleine.cli.model;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DownloadTest {

  private static final int SIZE = 300_000;

  private final Path directory;
  private final byte[] content = new byte[SIZE];

  DownloadTest(@TempDir Path directory) {
    this.directory = directory;
    new Random(5).nextBytes(content);
  }

  /** A server of one file, which hangs up, or says no more, after so many bytes of each answer. */
  private final class Server implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int hangUpAfter;
    private final boolean ranges;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<Socket> silent = new CopyOnWriteArrayList<>();
    private volatile boolean silentInsteadOfGone;

    Server(int hangUpAfter, boolean ranges) throws IOException {
      this.hangUpAfter = hangUpAfter;
      this.ranges = ranges;
      Thread.ofPlatform().daemon().start(this::serve);
    }

    URI address(String path) {
      return URI.create(
          "http://%s:%d%s"
              .formatted(socket.getInetAddress().getHostAddress(), socket.getLocalPort(), path));
    }

    private void serve() {
      while (!socket.isClosed()) {
        try {
          Socket client = socket.accept();
          answer(client);
          if (silentInsteadOfGone) {
            silent.add(client);
          } else {
            client.close();
          }
        } catch (IOException e) {
          // The client has gone, or the server is closed.
        }
      }
    }

    private void answer(Socket client) throws IOException {
      var in = new BufferedReader(new InputStreamReader(client.getInputStream(), ISO_8859_1));
      var request = new ArrayList<String>();
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        request.add(line);
      }
      if (request.isEmpty()) {
        return; // it hung up before it asked
      }
      String range =
          request.stream().filter(line -> line.startsWith("Range")).findFirst().orElse("");
      asked.add(range);
      int from = ranges && !range.isEmpty() ? number(range) : 0;
      OutputStream out = client.getOutputStream();
      if (request.getFirst().contains("/gone")) {
        out.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".getBytes(ISO_8859_1));
      } else {
        String status = from > 0 ? "206 Partial Content" : "200 OK";
        String head = "HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n".formatted(status, SIZE - from);
        out.write(head.getBytes(ISO_8859_1));
        out.write(content, from, Math.min(hangUpAfter, SIZE - from));
      }
      out.flush();
    }

    private static int number(String range) {
      return Integer.parseInt(range, range.indexOf('=') + 1, range.length() - 1, 10);
    }

    @Override
    public void close() throws IOException {
      socket.close();
      for (Socket client : silent) {
        client.close();
      }
    }
  }

  private String hash() throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
  }

  @Test
  void run_connectionCutAgainAndAgain_goesOnWhereItBroke() throws Exception {
    Path file = directory.resolve("new").resolve("model.gguf");
    try (var server = new Server(70_000, /* ranges= */ true)) {
      var seen = new ArrayList<Long>();
      Download.Result result =
          new Download(
                  server.address("/model.gguf"),
                  file,
                  Optional.of(hash()),
                  (done, total) -> seen.add(total))
              .run();
      assertThat(Files.readAllBytes(file)).isEqualTo(content);
      assertThat(result.checked()).isTrue();
      assertThat(server.asked).hasSizeGreaterThanOrEqualTo(5).first().isEqualTo("");
      assertThat(server.asked.subList(1, 5)).allMatch(range -> range.startsWith("Range: bytes="));
      assertThat(Server.number(server.asked.getLast())).isGreaterThan(SIZE - 70_001);
      assertThat(seen).containsOnly((long) SIZE);
      assertThat(directory.resolve("new")).isDirectoryNotContaining("glob:**.part");
    }
  }

  @Test
  void run_serverWithoutRanges_beginsAgain() throws Exception {
    Path file = directory.resolve("model.gguf");
    Files.write(directory.resolve("model.gguf.part"), new byte[1000]);
    try (var server = new Server(SIZE, /* ranges= */ false)) {
      new Download(server.address("/model.gguf"), file, Optional.empty(), (done, total) -> {})
          .run();
      assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }
  }

  @Test
  void run_wrongHash_keepsNothing() throws Exception {
    Path file = directory.resolve("model.gguf");
    try (var server = new Server(SIZE, /* ranges= */ true)) {
      var download =
          new Download(
              server.address("/model.gguf"),
              file,
              Optional.of("00".repeat(32)),
              (done, total) -> {});
      assertThatThrownBy(download::run).hasMessageContaining("it should be 0000");
      assertThat(directory).isEmptyDirectory();
    }
  }

  @Test
  void run_noSuchFile_saysSoAtOnce() throws Exception {
    try (var server = new Server(SIZE, /* ranges= */ true)) {
      var download =
          new Download(
              server.address("/gone"),
              directory.resolve("model.gguf"),
              Optional.empty(),
              (done, total) -> {});
      assertThatThrownBy(download::run).hasMessageContaining("status 404");
      assertThat(server.asked).hasSize(1);
    }
  }

  @Test
  void run_serverThatNeverSends_givesUpAndKeepsWhatCame() throws Exception {
    Path part = Files.write(directory.resolve("model.gguf.part"), new byte[] {content[0]});
    try (var server = new Server(0, /* ranges= */ true)) {
      assertThatThrownBy(impatient(server)::run)
          .hasMessageContaining("broke off at 1 bytes")
          .hasMessageContaining("run the same command to go on");
      assertThat(part).hasSize(1);
      assertThat(server.asked).hasSize(5);
    }
  }

  @Test
  void run_serverThatFallsSilent_isLeftAndAskedAgain() throws Exception {
    try (var server = new Server(70_000, /* ranges= */ true)) {
      server.silentInsteadOfGone = true;
      impatient(server).run();
      assertThat(Files.readAllBytes(directory.resolve("model.gguf"))).isEqualTo(content);
      assertThat(server.asked).hasSizeGreaterThanOrEqualTo(5);
    }
  }

  private Download impatient(Server server) {
    return new Download(
        server.address("/model.gguf"),
        directory.resolve("model.gguf"),
        Optional.empty(),
        (done, total) -> {},
        new Download.Patience(Duration.ofMillis(500), Duration.ofMillis(1)));
  }
}
