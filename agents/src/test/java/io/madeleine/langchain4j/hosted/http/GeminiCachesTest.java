package io.madeleine.langchain4j.hosted.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever becomes of one object, the others do not go on to be paid for. */
final class GeminiCachesTest {

  private static final String GONE =
      """
      {"error":{"code":403,"message":"CachedContent not found (or permission denied)","status":"PERMISSION_DENIED"}}
      """;

  private static final String FORBIDDEN =
      """
      {"error":{"code":403,"message":"API key not valid for this project","status":"PERMISSION_DENIED"}}
      """;

  private final HttpClient client = HttpClient.newHttpClient();
  private final List<String> deleted = new CopyOnWriteArrayList<>();
  private final Map<String, Refusal> refusals = new ConcurrentHashMap<>();
  private final AtomicInteger made = new AtomicInteger();
  private HttpServer server;
  private GeminiCaches caches;

  private record Refusal(int status, String body) {}

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String name = exchange.getRequestURI().getPath().substring(1);
          boolean delete = exchange.getRequestMethod().equals("DELETE");
          if (delete) {
            deleted.add(name);
          }
          var usual = new Refusal(200, "{\"name\":\"cachedContents/%d\"}".formatted(made.get()));
          Refusal answer = delete ? refusals.getOrDefault(name, usual) : usual;
          if (!delete) {
            made.incrementAndGet();
          }
          byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(answer.status(), bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    URI base = URI.create("http://localhost:" + server.getAddress().getPort());
    caches = new GeminiCaches(client, base, "key");
    for (int i = 0; i < 3; i++) {
      assertThat(caches.create("models/gemini-2.5-pro", "{}", Duration.ofHours(1)))
          .isEqualTo(name(i));
    }
  }

  @AfterEach
  void stop() {
    server.stop(0);
    client.close();
  }

  private static String name(int index) {
    return "cachedContents/" + index;
  }

  @Test
  void close_objectsWhoseLifeIsOver_areNoFailure() {
    refusals.put(name(0), new Refusal(403, GONE));
    refusals.put(name(1), new Refusal(404, "{}"));
    caches.close();
    caches.close();

    assertThat(deleted).containsExactlyInAnyOrder(name(0), name(1), name(2));
  }

  @Test
  void close_someFail_triesAllAndThoseAgainTheNextTime() {
    refusals.put(name(0), new Refusal(503, "busy"));
    refusals.put(name(1), new Refusal(403, FORBIDDEN));

    assertThatThrownBy(caches::close)
        .isInstanceOf(UncheckedIOException.class)
        .satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(1));
    assertThat(deleted).containsExactlyInAnyOrder(name(0), name(1), name(2));
    refusals.clear();
    deleted.clear();
    caches.close();
    assertThat(deleted).containsExactlyInAnyOrder(name(0), name(1));
  }

  @Test
  void delete_failed_isSentAgain() {
    refusals.put(name(2), new Refusal(503, "busy"));
    assertThatThrownBy(() -> caches.delete(name(2)))
        .hasRootCauseMessage("DELETE cachedContents/2 was answered 503: busy");
    refusals.clear();
    caches.delete(name(2));

    assertThat(deleted).containsExactly(name(2), name(2));
  }

  @Test
  void delete_madeByAnotherProcess_isSent() {
    caches.delete("cachedContents/older");

    assertThat(deleted).containsExactly("cachedContents/older");
  }
}
