package io.madeleine.tour;

import io.madeleine.conversation.ConversationConfig;
import io.madeleine.conversation.mind.EpisodicConversation;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.pocket.PocketModel;
import java.io.PrintStream;
import java.nio.file.Path;

/** A conversation that goes on where it stopped: run it twice. */
final class HelloMemory implements Example {

  @Override
  public String name() {
    return "hello";
  }

  @Override
  public String about() {
    return "tells a fact, asks for it, and still knows when it is run again";
  }

  @Override
  public void run(Path data, PrintStream out) {
    // README: begin
    Path model = PocketModel.installTo(data.resolve("models")); // or a file of docs/models.md
    try (var conversations =
        EpisodicConversations.open(model, ConversationConfig.builder(data).build())) {
      EpisodicConversation chat = conversations.conversation(ConversationKey.of("acme", "ada"));
      if (chat.history().isEmpty()) {
        chat.say("My sister is called Zelandra.");
      }
      var turn = chat.say("What is my sister called?");
      out.println(turn.answer().text()); // Your sister is called Zelandra.
      out.println(turn.saved() + " tokens known, " + turn.read() + " read");
    }
    // README: end
  }
}
