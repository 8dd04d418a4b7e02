package io.madeleine.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole server on the pocket model, for a test to talk HTTP with. */
final class RunningServer implements AutoCloseable {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final ConfigurableApplicationContext application;
  private final HttpClient client = HttpClient.newHttpClient();

  /** Starts on a free port. */
  RunningServer(Path data, String... more) {
    var arguments =
        new ArrayList<>(
            List.of(
                "--madeleine.data=" + data,
                "--madeleine.server.warm-up=false",
                "--spring.lifecycle.timeout-per-shutdown-phase=10m",
                "--madeleine.server.local-tenant=test"));
    // Vectors arrive when they are ready, and most tests want to find the same every time.
    unless(more, "--server.port=", "0", arguments);
    unless(more, "--madeleine.kv.memory=", "256MB", arguments);
    unless(more, "--madeleine.server.embeddings=", "off", arguments);
    arguments.addAll(List.of(more));
    application = ServerApplication.create().run(arguments.toArray(String[]::new));
  }

  private static void unless(String[] given, String option, String value, List<String> arguments) {
    if (Stream.of(given).noneMatch(each -> each.startsWith(option))) {
      arguments.add(option + value);
    }
  }

  int port() {
    return Integer.parseInt(
        String.valueOf(application.getEnvironment().getProperty("local.server.port")));
  }

  URI uri(String path) {
    return URI.create("http://localhost:" + port() + path);
  }

  HttpResponse<String> get(String path, String... headers) {
    return send(HttpRequest.newBuilder(uri(path)).GET(), headers);
  }

  HttpResponse<String> delete(String path, String... headers) {
    return send(HttpRequest.newBuilder(uri(path)).DELETE(), headers);
  }

  HttpResponse<String> post(String path, String body, String... headers) {
    var request = HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofString(body));
    if (!List.of(headers).contains("Content-Type")) {
      request.header("Content-Type", "application/json");
    }
    return send(request, headers);
  }

  /** Sends a body without telling its length first. */
  HttpResponse<String> postChunked(String path, String body) {
    return postBytes(path, body.getBytes(StandardCharsets.UTF_8));
  }

  /** The same, for bytes that may be no text. */
  HttpResponse<String> postBytes(String path, byte[] bytes) {
    return send(
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes))));
  }

  /** {@return what the server runs on} */
  <T> T part(Class<T> type) {
    return application.getBean(type);
  }

  /** {@return what the server runs on, by its name} */
  <T> T part(String name, Class<T> type) {
    return application.getBean(name, type);
  }

  /** Says something in a conversation; {@return the answer} */
  String say(String conversation, String text) {
    var body =
        JSON.createObjectNode()
            .put("temperature", 0)
            .set(
                "messages",
                JSON.createArrayNode()
                    .add(JSON.createObjectNode().put("role", "user").put("content", text)));
    return json(post(
            "/v1/chat/completions", body.toString(), "Madeleine-Conversation", conversation))
        .at("/choices/0/message/content")
        .asString();
  }

  static JsonNode parse(String text) {
    return JSON.readTree(text);
  }

  static JsonNode json(HttpResponse<String> response) {
    return JSON.readTree(response.body());
  }

  private HttpResponse<String> send(HttpRequest.Builder request, String... headers) {
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the server", e);
    }
  }

  @Override
  public void close() {
    application.close();
  }
}
