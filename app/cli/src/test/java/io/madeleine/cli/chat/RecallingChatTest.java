package io.madeleine.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.ConversationConfig;
import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.mind.AnswerOptions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.mind.EpisodicTurn;
import io.madeleine.conversation.mind.MindListener;
import io.madeleine.conversation.mind.MindOptions;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.pocket.PocketModel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What left the context long ago is known when it is asked for. */
final class RecallingChatTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "tea");

  /** So little room that a dozen turns already have to be remembered. */
  private static final MindOptions SMALL =
      MindOptions.within(64 << 20, 256 << 20).layout(EpisodicOptions.DEFAULT.tokens(48, 96));

  private static final List<String> DIALOGUE =
      List.of(
          "My sister is called Zelandra.",
          "Zelandra lives in Quillport. She works as a beekeeper.",
          "The garage code is 4821.",
          "I have a parrot called Mopsel.",
          "I play the cello.",
          "My hobby is pottery.",
          "I have a dentist appointment on Friday.",
          "I booked a trip to Bergen.",
          "I love ramen.");

  @TempDir private Path data;

  @Test
  void say_factThatLeftTheContextBeforeARestart_comesBackAndIsTold() {
    try (var conversations = open()) {
      ChatSession chat = session(conversations);
      DIALOGUE.forEach(line -> assertThat(say(chat, line).logged()).isPresent());
      EpisodicTurn asked = say(chat, "Where does my sister live?");

      assertThat(asked.answer().text()).contains("Quillport");
      assertThat(asked.recalled()).isNotEmpty();
      assertThat(asked.saved()).as("no more than there is room for").isLessThan(300);
    }
    try (var conversations = open()) {
      ChatSession chat = session(conversations);
      EpisodicTurn asked = say(chat, "What is the garage code?");

      assertThat(asked.answer().text()).contains("4821");
      assertThat(asked.recalled()).isNotEmpty();
      assertThat(chat.run(ChatSession.Command.STATS))
          .anyMatch(line -> line.matches("\\d+ episodes came back for it \\(the best turns\\):"))
          .anyMatch(line -> line.contains("on disk") && line.contains("4821"))
          .anyMatch(
              line -> line.contains(" of 64 MiB in memory, ") && line.contains(" of 256 MiB"));
      List<String> episodes = chat.run(ChatSession.Command.EPISODES);
      assertThat(episodes).hasSizeGreaterThan(4);
      assertThat(episodes.getFirst()).contains("My sister is called Zelandra.");
      assertThat(episodes.getLast()).contains("  open ");
    }
  }

  private static EpisodicTurn say(ChatSession chat, String text) {
    return chat.say(text, MindListener.NONE, new CancelToken());
  }

  private static ChatSession session(EpisodicConversations conversations) {
    return new ChatSession(conversations, Path.of(""), KEY, List.of(), AnswerOptions.DEFAULT);
  }

  private EpisodicConversations open() {
    var config =
        ConversationConfig.builder(data.resolve("data"))
            .engine(new EngineOptions(1, /* warmUp= */ false))
            .build();
    return EpisodicConversations.open(PocketModel.installTo(data.resolve("models")), config, SMALL);
  }
}
