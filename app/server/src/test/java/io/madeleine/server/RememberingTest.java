package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.ConversationConfig;
import io.madeleine.conversation.ConversationFactory;
import io.madeleine.conversation.ConversationSetup;
import io.madeleine.conversation.TurnListener;
import io.madeleine.conversation.TurnOptions;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.pocket.PocketModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What the server is for: a fact, many turns elsewhere, a restart, and the fact again. */
final class RememberingTest {

  private static final List<String> DIALOGUE =
      List.of(
          "My sister is called Zelandra.",
          "Zelandra lives in Quillport. She works as a beekeeper.",
          "I have a parrot called Mopsel.",
          "I play the cello.",
          "My hobby is pottery.",
          "The garage code is 4821.",
          "I have a dentist appointment on Friday.",
          "I booked a trip to Bergen.",
          "I love ramen.");

  @TempDir Path data;

  @Test
  void say_factFromManyTurnsAgo_isRecalledAndOnlyTheQuestionIsRead() {
    try (var server = new RunningServer(data)) {
      DIALOGUE.forEach(line -> server.say("family", line));

      assertThat(server.say("family", "Where does my sister live?"))
          .isEqualTo("Your sister Zelandra lives in Quillport.");
      JsonNode mind = RunningServer.json(server.get("/api/conversations/family/mind"));
      assertThat(mind.at("/lastTurn/prefilled").asInt()).isLessThan(12);
      assertThat(mind.at("/lastTurn/recalled").size()).isPositive();
      assertThat(mind.at("/episodes").size()).isGreaterThan(3);
      assertThat(mind.at("/surprise/boundaries").size()).isPositive();
      assertThat(mind.at("/memory/diskBytes").asLong()).isPositive();
    }
    try (var server = new RunningServer(data)) {
      assertThat(server.say("family", "What is the garage code?"))
          .isEqualTo("The garage code is 4821.");
      JsonNode mind = RunningServer.json(server.get("/api/conversations/family/mind"));
      assertThat(mind.at("/turns").asInt()).isEqualTo(DIALOGUE.size() + 2);
      assertThat(mind.at("/lastTurn/recalled").toString()).contains("\"tier\":\"DISK\"");
    }
  }

  @Test
  void say_systemPromptAfterThePageLooked_holdsFromTheFirstTurnOnAndAfterARestart() {
    String withPrompt =
        """
        {"temperature":0,"messages":[{"role":"system","content":"Session 7, Friday."},
         {"role":"user","content":"The door code is 4821."}]}
        """;
    int prefix;
    try (var server = new RunningServer(data)) {
      server.get("/api/conversations/told/mind");
      server.post("/v1/chat/completions", withPrompt, "Madeleine-Conversation", "told");
      prefix = prompted(server);
    }
    try (var server = new RunningServer(data)) {
      server.get("/api/conversations/told/mind");
      assertThat(server.say("told", "What is the door code?")).isEqualTo("The door code is 4821.");
    }
    try (var server = new RunningServer(data)) {
      assertThat(prompted(server)).isEqualTo(prefix);
    }
  }

  @Test
  void say_anotherSystemPromptLater_holdsFromThatTurnOnAndNothingIsForgotten() {
    try (var server = new RunningServer(data)) {
      DIALOGUE.forEach(line -> server.say("told", line));
      String withPrompt =
          """
          {"temperature":0,"messages":[{"role":"system","content":"Session 7, Friday."},
           {"role":"user","content":"Where does my sister live?"}]}
          """;
      String answer =
          server.post("/v1/chat/completions", withPrompt, "Madeleine-Conversation", "told").body();

      assertThat(answer).contains("Quillport");
      JsonNode mind = RunningServer.json(server.get("/api/conversations/told/mind"));
      assertThat(mind.at("/turns").asInt()).isEqualTo(DIALOGUE.size() + 1);
      assertThat(mind.at("/lastTurn/recalled").size()).isPositive();
    }
    try (var server = new RunningServer(data)) {
      assertThat(server.say("told", "What is the garage code?"))
          .isEqualTo("The garage code is 4821.");
    }
  }

  @Test
  void say_severalSystemMessages_areOneInstructionWithAllOfThem() {
    String two =
        """
        {"role":"system","content":"Session 7, Friday."},
        {"role":"user","content":"I play the cello."},{"role":"assistant","content":"I see."},
        {"role":"developer","content":"Speak of the garage."}""";
    String joined =
        "{\"role\":\"system\",\"content\":\"Session 7, Friday.\\n\\nSpeak of the garage.\"}";
    String first = "{\"role\":\"system\",\"content\":\"Session 7, Friday.\"}";
    try (var server = new RunningServer(data)) {
      assertThat(prompted(server, "two", two))
          .isEqualTo(prompted(server, "joined", joined))
          .isGreaterThan(prompted(server, "first", first));
    }
  }

  private static int prompted(RunningServer server, String conversation, String told) {
    String asking =
        """
        {"temperature":0,"messages":[%s,{"role":"user","content":"The door code is 4821."}]}
        """;
    server.post(
        "/v1/chat/completions", asking.formatted(told), "Madeleine-Conversation", conversation);
    return RunningServer.json(server.get("/api/conversations/" + conversation + "/mind"))
        .at("/prefixTokens")
        .asInt();
  }

  /** {@return tokens before the first turn, which the name of the session changes} */
  private static int prompted(RunningServer server) {
    JsonNode mind = RunningServer.json(server.get("/api/conversations/told/mind"));
    return mind.at("/prefixTokens").asInt();
  }

  @Test
  void forget_conversation_leavesNoByteOfItInTheHistory() throws Exception {
    try (var server = new RunningServer(data)) {
      server.say("secret", "The alarm code is 77315.");
      server.say("other", "I have a parrot called Mopsel.");

      JsonNode receipt = RunningServer.json(server.delete("/api/conversations/secret"));

      assertThat(receipt.at("/erased/0/what").asString()).startsWith("1 turns with 2 messages");
      assertThat(server.get("/api/conversations").body())
          .contains("other")
          .doesNotContain("secret");
      assertThat(server.delete("/api/conversations/secret").statusCode()).isEqualTo(404);
    }
    assertThat(filesThatContain("77315")).isEmpty();
    assertThat(filesThatContain("Mopsel")).isNotEmpty();
  }

  @Test
  void forget_conversationThatTheTerminalHad_leavesNoSnapshotOfIt() throws Exception {
    Path model = PocketModel.installTo(data.resolve("models"));
    try (var chat =
        ConversationFactory.open(
            model, ConversationConfig.builder(data).kvBytes(64 << 20).build())) {
      for (String id : List.of("secret", "other")) {
        chat.conversation(ConversationKey.of("test", id), ConversationSetup.PLAIN)
            .say("The alarm code is 77315.", TurnOptions.DEFAULT.maxTokens(4), TurnListener.NONE);
      }
    }
    assertThat(snapshots()).hasSize(2);
    try (var server = new RunningServer(data)) {
      server.delete("/api/conversations/secret");
      assertThat(snapshots()).hasSize(1);
      server.delete("/api/conversations/other/turns/last");
      assertThat(snapshots()).isEmpty();
    }
    assertThat(filesThatContain("77315")).isEmpty();
  }

  private List<Path> snapshots() throws Exception {
    try (Stream<Path> files = Files.walk(data.resolve("snapshots"))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private List<Path> filesThatContain(String text) throws Exception {
    try (Stream<Path> files = Files.walk(data)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !file.toString().endsWith(".gguf"))
          .filter(file -> contains(file, text))
          .toList();
    }
  }

  private static boolean contains(Path file, String text) {
    try {
      return new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1)
          .contains(text);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
