package io.madeleine.remote;

import io.madeleine.pocket.PocketModel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A llama-server that runs, and ends with the tests if they started it. */
record LlamaServer(URI address, Optional<Process> process) implements AutoCloseable {

  private static final int SECONDS_TO_START = 120;

  /**
   * {@return the server at an address, or one that is started from a binary, with two slots, on the
   * loopback interface}
   */
  static LlamaServer of(String where, Path directory) throws IOException, InterruptedException {
    if (where.startsWith("http")) {
      return new LlamaServer(URI.create(where.replaceAll("/$", "")), Optional.empty());
    }
    Path model = PocketModel.installTo(directory.resolve("models"));
    Path slots = Files.createDirectories(directory.resolve("slots"));
    String port = Integer.toString(freePort());
    Path log = directory.resolve("llama-server.log");
    Process process =
        new ProcessBuilder(
                where,
                "-m",
                model.toString(),
                "--host",
                "127.0.0.1",
                "--port",
                port,
                "-np",
                "2",
                "-c",
                "2048",
                "--slots",
                "--slot-save-path",
                slots + "/",
                "-t",
                "1")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    var server = new LlamaServer(URI.create("http://127.0.0.1:" + port), Optional.of(process));
    server.awaitHealth(log);
    return server;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitHealth(Path log) throws IOException, InterruptedException {
    Process started = process.orElseThrow();
    try (var client = HttpClient.newHttpClient()) {
      for (int i = 0; i < 10 * SECONDS_TO_START && started.isAlive(); i++) {
        if (isHealthy(client)) {
          return;
        }
        Thread.sleep(100);
      }
    }
    close();
    throw new IOException("llama-server did not start: " + Files.readString(log));
  }

  private boolean isHealthy(HttpClient client) throws InterruptedException {
    try {
      HttpRequest request = HttpRequest.newBuilder(address.resolve("/health")).build();
      return client.send(request, BodyHandlers.ofString()).statusCode() == 200;
    } catch (IOException e) {
      return false; // it does not listen yet
    }
  }

  @Override
  public void close() {
    process.ifPresent(
        started -> {
          started.destroy();
          started.onExit().join();
        });
  }
}
