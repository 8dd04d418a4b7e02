package io.madeleine.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.ConversationConfig;
import io.madeleine.conversation.ConversationFactory;
import io.madeleine.conversation.ConversationSetup;
import io.madeleine.conversation.TurnOptions;
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

  @TempDir private Path data;

  @Test
  void episodes_manyWideCharacters_areCutBetweenTwo() {
    assertThat(episodesOf("\uD83D\uDC1D".repeat(31))).endsWith("\uD83D\uDC1D".repeat(31));
    assertThat(episodesOf("\uD83D\uDC1D".repeat(61)))
        .endsWith("  " + "\uD83D\uDC1D".repeat(57) + "\u2026");
  }

  @Test
  void episodes_ordersToATerminal_areOneHarmlessLine() {
    assertThat(episodesOf("bees\n\u001b[2J and hives")).endsWith("bees  [2J and hives");
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

  /** {@return the line that shows a conversation of one message} */
  private String episodesOf(String text) {
    Path model = data.resolve("tiny.gguf");
    TinyModel.GROUPED.writeTo(model);
    var config =
        ConversationConfig.builder(data.resolve(Integer.toString(text.length())))
            .engine(new EngineOptions(1, /* warmUp= */ false))
            .build();
    try (ConversationFactory factory = ConversationFactory.open(model, config)) {
      var message = new LoggedMessage(Instant.EPOCH, new ChatMessage.User(text));
      factory.history().append(List.of(new TurnLog.Draft(KEY, List.of(message), Map.of())));
      var session =
          new ChatSession(factory, data, KEY, ConversationSetup.PLAIN, TurnOptions.DEFAULT);
      List<String> lines = session.run(ChatSession.Command.EPISODES);
      assertThat(lines).hasSize(1);
      return lines.getFirst();
    }
  }
}
