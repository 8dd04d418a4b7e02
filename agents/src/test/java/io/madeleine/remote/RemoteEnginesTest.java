package io.madeleine.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.sun.net.httpserver.HttpServer;
import io.madeleine.engine.json.Json;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.retention.Pause;
import io.madeleine.memory.retention.TtlDecision;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shapes that the engines' documentation records, on a local server. No engine was run. */
final class RemoteEnginesTest {

  private static final ConversationKey ADA = ConversationKey.of("acme", "ada");
  private static final ConversationKey BOB = ConversationKey.of("acme", "bob");
  private static final int[] PROMPT = new int[300];

  @TempDir Path directory;
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final AtomicLong now = new AtomicLong();
  private final HttpClient client = HttpClient.newHttpClient();
  private volatile BiFunction<String, Json, String> answers = (path, body) -> "{}";
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String text =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          String path = exchange.getRequestMethod() + " " + exchange.getRequestURI();
          seen.add(path);
          String answer = answers.apply(path, text.isEmpty() ? Json.Null.NULL : Json.parse(text));
          byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(answer.startsWith("!") ? 501 : 200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    client.close();
  }

  /** A llama-server with one slot for us and one for strangers. */
  private void llama(int reused) {
    answers =
        (path, body) -> {
          if (path.equals("GET /props")) {
            return "{\"total_slots\":2,\"build_info\":\"b6000\"}";
          }
          if (path.contains("action=save")) {
            return "{\"id_slot\":0,\"n_saved\":300,\"n_written\":1000,\"timings\":{\"save_ms\":5}}";
          }
          if (path.contains("action=restore")) {
            return "{\"id_slot\":0,\"n_restored\":300,\"n_read\":1000}";
          }
          return path.contains("erase")
              ? "{\"id_slot\":0,\"n_erased\":300}"
              : "{\"content\":\"\",\"timings\":{\"cache_n\":%d,\"prompt_n\":1}}".formatted(reused);
        };
  }

  @Test
  void llamaSlots_twoConversationsOneSlot_saveEraseRestoreAndVerify() {
    llama(299);
    var slots = new LlamaSlots(client, base(), "secret");

    assertThat(slots.take(ADA, PROMPT)).isEqualTo(new LlamaSlots.Place(0, 0));
    assertThat(slots.take(BOB, PROMPT)).isEqualTo(new LlamaSlots.Place(0, 0));
    assertThat(slots.take(ADA, PROMPT)).isEqualTo(new LlamaSlots.Place(0, 299));
    assertThat(seen)
        .containsExactly(
            "GET /props",
            "POST /slots/0?action=save",
            "POST /slots/0?action=erase",
            "POST /slots/0?action=save",
            "POST /slots/0?action=erase",
            "POST /slots/0?action=restore",
            "POST /completion");
    assertThat(slots.restoreWorks()).isTrue();
  }

  @Test
  void llamaSlots_restoreThatReusesNothing_isNotTrustedAgain() {
    llama(0);
    var slots = new LlamaSlots(client, base(), "secret");
    slots.take(ADA, PROMPT);
    slots.take(BOB, PROMPT);

    assertThat(slots.take(ADA, PROMPT).restoredTokens()).isZero();
    assertThat(slots.restoreWorks()).isFalse();
    int before = seen.size();
    slots.take(BOB, PROMPT);
    assertThat(seen.subList(before, seen.size())).containsExactly("POST /slots/0?action=erase");
  }

  /** Before it knew cache_n; the figures are those of a build of February 2025. */
  @Test
  void llamaSlots_olderServer_reuseIsWhatItDidNotRead() {
    llama(0);
    BiFunction<String, Json, String> newer = answers;
    answers =
        (path, body) ->
            path.equals("POST /completion")
                ? "{\"tokens_evaluated\":300,\"tokens_cached\":300,\"timings\":{\"prompt_n\":1}}"
                : newer.apply(path, body);
    var slots = new LlamaSlots(client, base(), "secret");
    slots.take(ADA, PROMPT);
    slots.take(BOB, PROMPT);

    assertThat(slots.take(ADA, PROMPT).restoredTokens()).isEqualTo(299);
  }

  @Test
  void llamaSlots_forget_writesTheFileOver() {
    llama(299);
    var slots = new LlamaSlots(client, base(), "secret");
    slots.take(ADA, PROMPT);
    slots.take(BOB, PROMPT);
    int before = seen.size();

    slots.forget(ADA);

    assertThat(seen.subList(before, seen.size()))
        .containsExactly("POST /slots/1?action=erase", "POST /slots/1?action=save");
    assertThat(slots.take(ADA, PROMPT).restoredTokens()).isZero();
  }

  /** The slot of strangers holds nothing that anybody would have to read again. */
  @Test
  void llamaSlots_forgetWhoNeverCameWhileAllSlotsAreOwned_nobodyLeavesHis() {
    llama(299);
    var slots = new LlamaSlots(client, base(), "secret");
    slots.take(BOB, PROMPT);
    slots.forget(ADA);
    int before = seen.size();

    assertThat(slots.take(BOB, PROMPT)).isEqualTo(new LlamaSlots.Place(0, 0));
    assertThat(seen.subList(before, seen.size())).isEmpty();
    assertThat(seen).doesNotContain("POST /slots/0?action=erase");
  }

  /** Which conversations have files is not written down anywhere. */
  @Test
  void llamaSlots_forgetInAnotherProcess_writesTheFileOver() {
    llama(299);
    Map<String, Integer> files = keepingFiles();
    var first = new LlamaSlots(client, base(), "secret");
    first.take(ADA, PROMPT);
    first.leave(ADA);
    assertThat(files.values()).containsExactly(300);

    new LlamaSlots(client, base(), "secret").forget(ADA);

    assertThat(files.values()).containsExactly(0);
  }

  @Test
  void llamaSlots_forgetThatFails_canBeAskedForAgain() {
    llama(299);
    Map<String, Integer> files = keepingFiles();
    BiFunction<String, Json, String> well = answers;
    var slots = new LlamaSlots(client, base(), "secret");
    slots.take(ADA, PROMPT);
    slots.leave(ADA);
    answers =
        (path, body) -> path.contains("action=save") ? "!no room left" : well.apply(path, body);
    assertThatThrownBy(() -> slots.forget(ADA)).isInstanceOf(RemoteEngineException.class);
    answers = well;
    slots.forget(ADA);

    assertThat(files.values()).containsExactly(0);
  }

  /** {@return how many tokens each file of the server has that {@link #llama} started} */
  private Map<String, Integer> keepingFiles() {
    var files = new ConcurrentHashMap<String, Integer>();
    var inSlot = new AtomicInteger(300);
    BiFunction<String, Json, String> others = answers;
    answers =
        (path, body) -> {
          if (path.contains("action=save")) {
            files.put(Wire.at(body, "filename").write(), inSlot.get());
          } else if (path.contains("action=erase")) {
            inSlot.set(0);
          }
          return others.apply(path, body);
        };
    return files;
  }

  @Test
  void llamaSlots_oneSlotOnly_saysHowToStartTheServer() {
    answers = (path, body) -> "{\"total_slots\":1}";

    assertThatThrownBy(() -> new LlamaSlots(client, base(), "secret"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-np 2");
  }

  @Test
  void llamaSlots_serverRefuses_saysWhatWasAskedAndAnswered() {
    answers = (path, body) -> "!this server does not support slots";

    assertThatThrownBy(() -> new LlamaSlots(client, base(), "secret"))
        .isInstanceOf(RemoteEngineException.class)
        .hasMessageContaining("/props")
        .hasMessageContaining("501")
        .hasMessageContaining("does not support");
  }

  @Test
  void vllmHints_twoTenants_neverShareASaltAndPrioritiesFollowArrival() {
    var hints = new VllmHints("secret", /* priorities= */ true);
    Map<String, Object> ada = hints.of(ADA, 7);
    Map<String, Object> other = hints.of(ConversationKey.of("umbrella", "ada"), 8);

    assertThat(ada.get("cache_salt")).isEqualTo(hints.salt(new Tenant("acme")));
    assertThat(ada.get("cache_salt")).isNotEqualTo(other.get("cache_salt"));
    assertThat(ada.get("session_id")).isNotEqualTo(other.get("session_id"));
    assertThat(ada).containsEntry("priority", 7);
    assertThat(ada.toString()).doesNotContain("acme");
    assertThat(new VllmHints("secret", false).of(ADA, 7)).doesNotContainKey("priority");
    assertThat(new VllmHints("other", false).salt(new Tenant("acme")))
        .isNotEqualTo(hints.salt(new Tenant("acme")));
  }

  @Test
  void vllmHints_lease_goesAlongForPlugins() {
    var pause = new Pause(ADA, "grep", OptionalDouble.empty(), 1, 1);
    var lease = new TtlDecision(2.5, pause, 1, 0, 0, TtlDecision.Source.NONE, 0);
    Map<String, Object> fields = new VllmHints("secret", false).of(ADA, 0, lease);

    assertThat(String.valueOf(fields.get("vllm_xargs")))
        .contains("last_func_call=grep", "retention_seconds=2.5");
    VllmHints.resetPrefixCache(client, base());
    assertThat(seen.getFirst()).startsWith("POST /reset_prefix_cache");
  }

  @Test
  void sglang_newTokens_tellTheirSurpriseAndOnlyThey() {
    answers =
        (path, body) -> {
          assertThat(Wire.count(body, "logprob_start_len")).isEqualTo(2);
          return """
          {"text":"","meta_info":{"prompt_tokens":5,"cached_tokens":2,
            "input_token_logprobs":[[null,12,null],[-0.5,13,null],[-2.25,14,null]]}}
          """
              .strip();
        };
    var sessions = new SglangSessions(client, base(), "secret");

    var surprise = sessions.read(ADA, new int[] {10, 11, 12, 13, 14}, 3);

    assertThat(surprise.nats()).containsExactly(0.5f, 2.25f);
    assertThat(surprise.cachedTokens()).isEqualTo(2);
  }

  @Test
  void sglang_release_closesTheSessionOnce() {
    var sessions = new SglangSessions(client, base(), "secret");
    sessions.session(ADA);
    sessions.release(ADA);
    sessions.release(ADA);
    sessions.release(BOB);

    assertThat(seen).containsExactly("POST /close_session");
  }

  /** A coordinator that counts references, as LMCache does. */
  private Map<String, AtomicInteger> coordinator() {
    var references = new HashMap<String, AtomicInteger>();
    answers =
        (path, body) -> {
          String key = Wire.at(body, "cache_salt").write() + Wire.at(body, "token_ids").write();
          AtomicInteger count = references.computeIfAbsent(key, _ -> new AtomicInteger());
          int affected = path.startsWith("POST") || count.get() > 0 ? 1 : 0;
          count.addAndGet(path.startsWith("POST") ? 1 : -affected);
          return "{\"requested\":2,\"affected\":%d,\"status\":\"ok\"}".formatted(affected);
        };
    return references;
  }

  @Test
  void lmcache_pin_isReleasedOnceWhateverComesFirst() {
    Map<String, AtomicInteger> references = coordinator();
    try (LmcachePins pins = pins()) {
      String returned = pins.pin("salt", PROMPT, 10);
      pins.pin("salt", new int[600], 10);
      assertThat(pins.pin("salt", new int[100], 10)).isEmpty();
      pins.release(returned);
      pins.release(returned);
      now.set(11_000_000_000L);
      assertThat(pins.releaseExpired()).isOne();
      assertThat(pins.releaseExpired()).isZero();
      assertThat(pins.held()).isZero();
    }
    assertThat(references.values()).allMatch(count -> count.get() == 0);
    assertThat(seen).filteredOn(path -> path.startsWith("DELETE")).hasSize(2);
  }

  @Test
  void lmcache_crashAnywhere_leavesNoReferenceBehind() throws IOException {
    Map<String, AtomicInteger> references = coordinator();
    LmcachePins crashed = pins(); // never closed: the process is gone
    crashed.pin("salt", PROMPT, 10);
    // The next pin got into the journal, in part, and no further.
    Files.writeString(journal(), "{\"pin\":\"7\",\"sa", StandardOpenOption.APPEND);

    try (LmcachePins again = pins()) {
      assertThat(again.held()).isZero();
    }
    assertThat(references.values()).allMatch(count -> count.get() == 0);
    // A crash between the release and its line in the journal: asked again, nothing is affected.
    Files.writeString(
        journal(),
        "{\"pin\":\"0\",\"salt\":\"salt\",\"tokens\":%s}%n"
            .formatted(Wire.at(Wire.object("tokens", PROMPT), "tokens").write()));
    pins().close();
    assertThat(references.values()).allMatch(count -> count.get() == 0);
  }

  /** What is written behind half a line would be half a line's other half. */
  @Test
  void lmcache_crashBehindHalfALine_isReleasedAtTheNextOpening() throws Exception {
    Map<String, AtomicInteger> references = coordinator();
    LmcachePins crashed = pins();
    crashed.pin("salt", PROMPT, 10);
    crashed.pin("other", PROMPT, 10);
    Files.writeString(journal(), "{\"pin\":\"7\",\"sa", StandardOpenOption.APPEND);
    HttpClient breaking = mock();
    when(breaking.<String>send(any(), any()))
        .then(call -> client.send(call.getArgument(0), BodyHandlers.ofString()))
        .thenThrow(new IOException("the coordinator is gone"));

    assertThatThrownBy(() -> new LmcachePins(breaking, base(), "model", journal(), now::get))
        .isInstanceOf(RemoteEngineException.class);
    pins().close();

    assertThat(references.values()).hasSize(2).allMatch(count -> count.get() == 0);
  }

  /** LMCache counts references: a second request would take the other pin's. */
  @Test
  void lmcache_interruptedAsTheAnswerComes_releasesOnceAllTheSame() throws Exception {
    Map<String, AtomicInteger> references = coordinator();
    HttpClient interrupting = mock();
    when(interrupting.<String>send(any(), any()))
        .then(
            call -> {
              HttpResponse<String> answer =
                  client.send(call.getArgument(0), BodyHandlers.ofString());
              Thread.currentThread().interrupt();
              return answer;
            });
    LmcachePins pins = new LmcachePins(interrupting, base(), "model", journal(), now::get);
    String first = pins.pin("salt", PROMPT, 10);
    assertThat(Thread.interrupted()).isTrue();
    pins.pin("salt", PROMPT, 10);
    assertThat(Thread.interrupted()).isTrue();
    try {
      pins.release(first);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    pins.release(first);

    assertThat(pins.held()).isOne();
    assertThat(references.values()).allMatch(count -> count.get() == 1);
    assertThat(Files.readString(journal())).contains("{\"release\":\"" + first + "\"}");
  }

  private Path journal() {
    return directory.resolve("pins");
  }

  private LmcachePins pins() {
    return new LmcachePins(client, base(), "model", journal(), now::get);
  }

  private URI base() {
    return URI.create("http://localhost:" + server.getAddress().getPort());
  }
}
