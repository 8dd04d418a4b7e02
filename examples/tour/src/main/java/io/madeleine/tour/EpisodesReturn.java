package io.madeleine.tour;

import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.mind.EpisodicConversation;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.mind.EpisodicTurn;
import io.madeleine.conversation.mind.MindListener;
import io.madeleine.conversation.mind.MindOptions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.tier.TierLimits;
import io.madeleine.pocket.PocketModel;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

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
    Clock clock = Clock.systemUTC();
    try (var log = TurnLog.open(data.resolve("history"), clock);
        var index = TurnIndex.open(data.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
        var model =
            ReadyModel.open(
                PocketModel.installTo(data.resolve("models")),
                clock,
                EngineOptions.defaults(),
                1 << 28,
                Long.MAX_VALUE);
        var minds = new EpisodicConversations(model, log, index, data, small(), clock)) {
      index.follow(log);
      EpisodicConversation chat = minds.conversation(ConversationKey.of("acme", "tour"), List.of());
      var greedy =
          GenerationOptions.of(
              SamplingOptions.GREEDY, new StopRule(model.stopIds(), List.of(), 100));
      for (String text : DIALOGUE) {
        tell(out, text, chat.say(text, greedy, MindListener.NONE, new CancelToken()));
      }
    }
  }

  /** So little room that a dozen turns already have to be remembered. */
  private static MindOptions small() {
    return new MindOptions(
        EpisodicOptions.DEFAULT.tokens(48, 96), 1 << 26, TierLimits.within(1 << 24), 1 << 28, 4, 6);
  }

  private static void tell(PrintStream out, String text, EpisodicTurn turn) {
    out.printf("> %s%n  %s%n", text, turn.answer().text());
    out.printf(
        "  read %d tokens, %d were there; %d episodes came back, %d closed%n",
        turn.read(), turn.saved(), turn.recalled().size(), turn.closed().size());
  }
}
