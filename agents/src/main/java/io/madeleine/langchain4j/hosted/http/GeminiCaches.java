package io.madeleine.langchain4j.hosted.http;

import io.madeleine.engine.json.Json;
import io.madeleine.langchain4j.hosted.Fields;
import io.madeleine.memory.failure.Failures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Gemini's cached contents: objects that we make, prolong and delete, and pay for by the hour. The
 * name that {@link #create} gives goes into LangChain4j's {@code cachedContent} of the model.
 * Thread-safe. Closing deletes what is left, for it costs until somebody does.
 */
public final class GeminiCaches implements AutoCloseable {

  private final HttpClient client;
  private final URI base;
  private final String apiKey;
  private final Map<String, Boolean> alive = new ConcurrentHashMap<>();

  /**
   * @param client stays the caller's
   * @param base the interface's address, with its version
   * @param apiKey sent with each request
   */
  public GeminiCaches(HttpClient client, URI base, String apiKey) {
    this.client = client;
    this.base = base;
    this.apiKey = apiKey;
  }

  /**
   * Makes an object of what many requests begin with.
   *
   * @param model name, with {@code models/} in front
   * @param content what Gemini calls {@code systemInstruction, contents, tools}, as one JSON object
   * @param life until when it is paid for
   * @return its name
   */
  public String create(String model, String content, Duration life) {
    var body =
        new LinkedHashMap<>(
            Json.parse(content) instanceof Json.Object object ? object.members() : Map.of());
    body.put("model", new Json.Text(model));
    body.put("ttl", new Json.Text(seconds(life)));
    Json answer = send("POST", "cachedContents", new Json.Object(body).write());
    String name = new Fields(answer).text("name");
    if (name.isEmpty()) {
      throw new IllegalStateException("Gemini made a cache and did not say its name: " + answer);
    }
    alive.put(name, true);
    return name;
  }

  /** Prolongs an object; counts from now. */
  public void keep(String name, Duration life) {
    var ttl = new Json.Object(Map.of("ttl", new Json.Text(seconds(life))));
    send("PATCH", name + "?updateMask=ttl", ttl.write());
  }

  /**
   * Deletes an object, whoever made it; one that is gone already is no failure.
   *
   * @throws UncheckedIOException if Gemini did not do it. It may be called again; what we made
   *     {@link #close} tries once more
   */
  public void delete(String name) {
    send("DELETE", name, "");
    alive.remove(name);
  }

  /**
   * {@return whether Gemini says that there is no such object} It says so of one whose life is over
   * with 403, "CachedContent not found (or permission denied)".
   */
  private static boolean isGone(HttpResponse<String> response) {
    return response.statusCode() == 404
        || (response.statusCode() == 403
            && response.body().toLowerCase(Locale.ROOT).contains("not found"));
  }

  private static String seconds(Duration life) {
    return Math.max(1, life.toSeconds()) + "s";
  }

  private Json send(String method, String path, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/" + path))
            .timeout(Duration.ofSeconds(30))
            .header("x-goog-api-key", apiKey)
            .header("Content-Type", "application/json")
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      boolean goneAlready = method.equals("DELETE") && isGone(response);
      if (response.statusCode() / 100 != 2 && !goneAlready) {
        throw new IOException(
            "%s %s was answered %d: %s"
                .formatted(method, path, response.statusCode(), response.body()));
      }
      return response.body().isBlank() || goneAlready
          ? Json.Null.NULL
          : Json.parse(response.body());
    } catch (IOException e) {
      throw new UncheckedIOException("a Gemini cache could not be steered", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while steering a Gemini cache", e);
    }
  }

  /**
   * Deletes every object that is left.
   *
   * @throws UncheckedIOException if Gemini did not delete one, with what became of further ones
   *     suppressed in it. All are tried; closing again tries those that are left
   */
  @Override
  public void close() {
    var failures = new Failures();
    alive.keySet().forEach(name -> failures.trying(() -> delete(name)));
    failures.throwFirst();
  }
}
