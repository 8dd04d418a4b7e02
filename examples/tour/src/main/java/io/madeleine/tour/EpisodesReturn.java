package io.madeleine.tour;

import io.madeleine.conversation.ConversationConfig;
import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.mind.EpisodicConversation;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.mind.EpisodicTurn;
import io.madeleine.conversation.mind.MindOptions;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.pocket.PocketModel;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/** Facts leave the working cache, episode by episode, and come back when they are asked for. */
final class EpisodesReturn implements Example {

  private static final List<String> DIALOGUE =
      List.of(
          "My sister is called Zelandra.",
          "Zelandra lives in Quillport. She works as a beekeeper.",
          "I have a parrot called Mopsel.",
          "I play the cello.",
          "The garage code is 4821.",
          "I have a dentist appointment on Friday.",
          "I booked a trip to Bergen.",
          "I love ramen.",
          "Where does my sister live?",
          "What is the garage code?");

  @Override
  public String name() {
    return "episodes";
  }

  @Override
  public String about() {
    return "shows surprise cutting episodes, and their keys and values coming back";
  }

  @Override
  public void run(Path data, PrintStream out) {
    Path model = PocketModel.installTo(data.resolve("models"));
    var config = ConversationConfig.builder(data).build();
    try (var conversations = EpisodicConversations.open(model, config, small())) {
      EpisodicConversation chat = conversations.conversation(ConversationKey.of("acme", "tour"));
      DIALOGUE.forEach(text -> tell(out, text, chat.say(text)));
    }
  }

  /** So little room that a dozen turns already have to be remembered. */
  private static MindOptions small() {
    return MindOptions.within(64 << 20, 256 << 20).layout(EpisodicOptions.DEFAULT.tokens(48, 96));
  }

  private static void tell(PrintStream out, String text, EpisodicTurn turn) {
    out.printf("> %s%n  %s%n", text, turn.answer().text());
    out.printf(
        "  read %d tokens, %d were there; %d episodes came back, %d closed%n",
        turn.read(), turn.saved(), turn.recalled().size(), turn.closed().size());
  }
}
