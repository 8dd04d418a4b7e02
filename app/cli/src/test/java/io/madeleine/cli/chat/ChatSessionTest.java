package io.madeleine.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.ConversationConfig;
import io.madeleine.conversation.mind.AnswerOptions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.mind.MindListener;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands show of what was said, by whomever and through whichever program. */
final class ChatSessionTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "tea");

  private static final String FORGOTTEN =
      "1 turns are forgotten: in the history, and in what chat and serve made of them";

  @TempDir private Path data;

  @Test
  void episodes_manyWideCharacters_areCutBetweenTwo() {
    assertThat(EpisodeLines.beginning("\uD83D\uDC1D".repeat(60)))
        .isEqualTo("\uD83D\uDC1D".repeat(60));
    assertThat(EpisodeLines.beginning("\uD83D\uDC1D".repeat(61)))
        .isEqualTo("\uD83D\uDC1D".repeat(57) + "\u2026");
  }

  @Test
  void episodes_ordersToATerminal_areOneHarmlessLine() {
    try (var conversations = open()) {
      conversations.append(List.of(told("bees\n\u001b[2J and hives")));
      List<String> lines = session(conversations).run(ChatSession.Command.EPISODES);

      assertThat(lines).hasSize(1);
      assertThat(lines.getFirst()).contains("open").endsWith("bees  [2J and hives");
    }
  }

  @Test
  void episodes_imported_areReadFirstOrAsManyAsThereIsPatienceFor() {
    try (var conversations = open()) {
      String page = "the harbour master counts grey boats. ".repeat(20);
      conversations.append(List.of(told("bees" + page), told("hives" + page)));
      ChatSession session = session(conversations);
      var impatient = new CancelToken();
      impatient.cancel();

      assertThat(session.run(ChatSession.Command.EPISODES, MindListener.NONE, impatient))
          .hasSize(1)
          .first()
          .asString()
          .startsWith("[stopped;");
      List<String> lines = session.run(ChatSession.Command.EPISODES);
      assertThat(lines).hasSizeGreaterThan(2);
      assertThat(lines.getFirst()).contains("1970-01-0", " tokens  in memory ", "bees");
      assertThat(lines.getLast()).contains("  open ");
    }
  }

  @Test
  void forget_whatTheModelWasTold_holdsOn() {
    var instruction = List.<ChatMessage>of(new ChatMessage.System("be brief"));
    try (var conversations = open()) {
      var session =
          new ChatSession(
              conversations, data, KEY, instruction, AnswerOptions.DEFAULT.maxTokens(4));
      var turn = session.say("hello", MindListener.NONE, new CancelToken());
      int prefix = conversations.conversation(KEY).mind().prefixTokens();

      assertThat(turn.logged()).isPresent();
      assertThat(session.run(ChatSession.Command.FORGET_YES)).contains(FORGOTTEN);
      assertThat(conversations.conversation(KEY).mind().prefixTokens()).isEqualTo(prefix);
      assertThat(session.run(ChatSession.Command.EPISODES)).containsExactly("nothing was said yet");
    }
  }

  @Test
  void forget_whatTheModelWasToldInAnEarlierRun_holdsOn() {
    var instruction = List.<ChatMessage>of(new ChatMessage.System("be brief"));
    try (var conversations = open()) {
      assertThat(conversations.conversation(KEY, instruction).instruction()).isEqualTo(instruction);
    }
    try (var conversations = open()) {
      ChatSession session = session(conversations);
      conversations.append(List.of(told("hello")));

      assertThat(session.run(ChatSession.Command.FORGET_YES)).contains(FORGOTTEN);
      assertThat(conversations.conversation(KEY).instruction()).isEqualTo(instruction);
    }
  }

  @Test
  void whyCut_answerThatEndsEarlier_namesTheContextAndNotTheLimit() {
    try (var conversations = open()) {
      ChatSession brief = session(conversations, 4);
      var cut = brief.say("hello", MindListener.NONE, new CancelToken());
      assertThat(brief.whyCut(cut)).contains("--max-tokens");

      assertThat(session(conversations, 4_000).whyCut(cut))
          .contains("a context of 2,048 tokens", "--context")
          .doesNotContain("--max-tokens");
    }
  }

  @Test
  void misspelled_slashAndAWordOfLetters_isMeantAsACommand() {
    assertThat(ChatSession.Command.misspelled("/forgt yes"))
        .hasValueSatisfying(told -> assertThat(told).contains("no /forgt;", "/help"));
    assertThat(ChatSession.Command.misspelled("/forget  everything"))
        .hasValueSatisfying(told -> assertThat(told).contains("no '/forget  everything';"));
    for (String line :
        List.of("/etc/hosts is full", "/ is full", "/r2d2", "and/or", "/FORGET yes")) {
      assertThat(ChatSession.Command.misspelled(line)).as(line).isEmpty();
    }
  }

  private static TurnLog.Draft told(String text) {
    var message = new LoggedMessage(Instant.EPOCH, new ChatMessage.User(text));
    return new TurnLog.Draft(KEY, List.of(message), Map.of());
  }

  private EpisodicConversations open() {
    Path model = TinyModel.GROUPED.writeTo(data.resolve("tiny.gguf"));
    var config =
        ConversationConfig.builder(data)
            .engine(new EngineOptions(1, /* warmUp= */ false))
            .kvBytes(64 << 20)
            .build();
    return EpisodicConversations.open(model, config);
  }

  private ChatSession session(EpisodicConversations conversations) {
    return session(conversations, AnswerOptions.DEFAULT.maxTokens());
  }

  private ChatSession session(EpisodicConversations conversations, int maxTokens) {
    return new ChatSession(
        conversations, data, KEY, List.of(), AnswerOptions.DEFAULT.maxTokens(maxTokens));
  }
}
