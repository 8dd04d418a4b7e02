package io.madeleine.server;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.FileSystemUtils;

/**
 * One whole evening without an audience: starts on a free port with a folder that is thrown away,
 * shows the page, is asked a question, and ends. Shows that what was packed runs, and lets a JVM
 * that keeps an AOT cache see everything that a start needs.
 */
final class Rehearsal {

  private static final String ASK =
      """
      {"temperature":0,"stream":%b,"messages":[{"role":"user","content":"%s"}]}
      """;

  private final HttpClient client;
  private final String base;
  private final PrintStream out;

  private Rehearsal(HttpClient client, String base, PrintStream out) {
    this.client = client;
    this.base = base;
    this.out = out;
  }

  /** {@return the exit status: 0 if everything answered} */
  static int run(PrintStream out) {
    try {
      Path data = Files.createTempDirectory("madeleine-rehearsal");
      ConfigurableApplicationContext server =
          ServerApplication.create()
              .run("--server.port=0", "--madeleine.data=" + data, "--madeleine.model=pocket");
      try (var client = HttpClient.newHttpClient()) {
        String port = server.getEnvironment().getRequiredProperty("local.server.port");
        new Rehearsal(client, "http://localhost:" + port, out).everything();
      } finally {
        SpringApplication.exit(server);
        FileSystemUtils.deleteRecursively(data);
      }
      return 0;
    } catch (IOException e) {
      out.println("The rehearsal failed: " + e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private void everything() throws IOException, InterruptedException {
    for (String path : new String[] {"/", "/js/main.js", "/api/status", "/api/conversations"}) {
      answered(HttpRequest.newBuilder(URI.create(base + path)).GET());
    }
    say("The garage code is 4821.", /* stream= */ true);
    out.println(say("What is the garage code?", /* stream= */ false));
    answered(HttpRequest.newBuilder(URI.create(base + "/api/conversations/rehearsal/mind")).GET());
    answered(posted("/v1/embeddings", "{\"input\":\"The garage code is 4821.\"}"));
  }

  private String say(String text, boolean stream) throws IOException, InterruptedException {
    return answered(
        posted("/v1/chat/completions", ASK.formatted(stream, text))
            .header("Madeleine-Conversation", "rehearsal"));
  }

  private HttpRequest.Builder posted(String path, String body) {
    return HttpRequest.newBuilder(URI.create(base + path))
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body));
  }

  private String answered(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException(
          "%s answered %d: %s".formatted(response.uri(), response.statusCode(), response.body()));
    }
    return response.body();
  }
}
