package io.madeleine.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.json.Json;
import io.madeleine.memory.identity.ConversationKey;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real llama-server: the one that {@code -Dmadeleine.llama-server} names, by its address or by
 * its binary, which is then started with the pocket model. No part of the build, since nobody has
 * one by the way; {@link RemoteEnginesTest} holds the same client against recorded shapes there.
 */
final class LlamaServerCheck {

  private static final ConversationKey ADA = ConversationKey.of("acme", "ada");
  private static final ConversationKey BOB = ConversationKey.of("acme", "bob");
  private static final ConversationKey EVE = ConversationKey.of("acme", "eve");
  private static final int ENOUGH = 120;

  @TempDir static Path directory;
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static LlamaServer server;

  @BeforeAll
  static void start() throws Exception {
    String where = System.getProperty("madeleine.llama-server", "");
    assertThat(where).as("address or binary of a llama-server").isNotEmpty();
    server = LlamaServer.of(where, directory);
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
    }
    CLIENT.close();
  }

  @Test
  void props_tellsWhichBuildAndHowManySlots() {
    Json props = wire().get("/props");

    assertThat(Wire.count(props, "total_slots")).isGreaterThanOrEqualTo(2);
    assertThat(Wire.at(props, "build_info")).isInstanceOf(Json.Text.class);
  }

  @Test
  void take_afterAnotherHadTheSlot_restoresNearlyAllAndGoesOnWithTheSameWords() {
    var slots = new LlamaSlots(CLIENT, server.address(), "secret");
    int[] prompt = tokens("Hello. My sister is called Zelandra and she keeps bees in Quillport. ");
    LlamaSlots.Place first = slots.take(ADA, prompt);
    String said = complete(first.slot(), prompt);
    int busy = slots.take(BOB, prompt).slot();
    if (busy != first.slot()) { // a server with more slots: ada has to leave hers
      slots.leave(ADA);
    }
    complete(busy, tokens("Another one talks about a garage and its door. "));

    LlamaSlots.Place again = slots.take(ADA, prompt);

    assertThat(slots.restoreWorks()).isTrue();
    assertThat(again.restoredTokens()).isGreaterThan((int) (0.9 * prompt.length));
    assertThat(complete(again.slot(), prompt)).isEqualTo(said);
    slots.forget(ADA);
    slots.forget(BOB);
  }

  @Test
  void forget_andRestoredByHand_nothingIsLeftInTheFile() {
    var slots = new LlamaSlots(CLIENT, server.address(), "another secret");
    int[] prompt = tokens("Eve says what nobody else may ever read again. ");
    complete(slots.take(EVE, prompt).slot(), prompt);
    slots.leave(EVE);
    slots.forget(EVE);

    String file = Wire.keyed("another secret", "acme\neve") + ".bin";
    int restored;
    try {
      Json answer = wire().post("/slots/0?action=restore", Wire.object("filename", file));
      restored = Wire.count(answer, "n_restored");
    } catch (RemoteEngineException e) {
      restored = 0; // an empty file is refused, which is as good
    }
    assertThat(restored).isZero();
  }

  /** Its n_probs are of tokens that it writes: what a prompt surprised it with, it does not say. */
  @Test
  void completion_promptIsNotScored_soSurpriseComesFromElsewhere() {
    int[] prompt = tokens("My sister is called Zelandra. ");

    Json answer =
        wire()
            .post(
                "/completion",
                Wire.object("prompt", prompt, "n_predict", 2, "n_probs", 1, "cache_prompt", false));

    assertThat(Wire.items(Wire.at(answer, "completion_probabilities"))).hasSizeBetween(1, 2);
    assertThat(Wire.at(answer, "prompt_logprobs")).isEqualTo(Json.Null.NULL);
  }

  private static String complete(int slot, int[] prompt) {
    Json answer =
        wire()
            .post(
                "/completion",
                Wire.object(
                    "prompt",
                    prompt,
                    "id_slot",
                    slot,
                    "cache_prompt",
                    true,
                    "n_predict",
                    8,
                    "temperature",
                    0));
    return Wire.at(answer, "content").write();
  }

  /** A text again and again, until it is long enough for a restore to be worth something. */
  private static int[] tokens(String text) {
    List<Integer> ids = new ArrayList<>();
    Json answer = wire().post("/tokenize", Wire.object("content", text));
    List<Json> once = Wire.items(Wire.at(answer, "tokens"));
    assertThat(once).isNotEmpty();
    while (ids.size() < ENOUGH) {
      once.forEach(id -> ids.add(((Json.Number) id).value().intValue()));
    }
    return IntStream.range(0, ids.size()).map(ids::get).toArray();
  }

  private static Wire wire() {
    return new Wire(CLIENT, server.address());
  }
}
