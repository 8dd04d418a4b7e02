package io.madeleine.tour.agent;

import dev.langchain4j.data.message.ChatMessage;
import io.madeleine.langchain4j.message.Messages;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.retrieval.RecallRequest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** Recalls whole turns as turns of the dialogue: who said what, calls and results included. */
final class RecalledTurns {

  private RecalledTurns() {}

  /** {@return the turns that {@code text} needs, oldest first, in at most so many tokens} */
  static List<ChatMessage> of(
      Memory memory, ConversationKey conversation, String text, int tokens, Clock clock) {
    memory.catchUp();
    var request = new RecallRequest(TurnFilter.in(conversation), text, clock.instant());
    var messages = new ArrayList<ChatMessage>();
    memory.recall(request, tokens).excerpts().stream()
        .map(excerpt -> excerpt.turn().sequence())
        .distinct()
        .flatMap(sequence -> memory.log().turn(sequence).stream())
        .map(LoggedTurn::messages)
        .forEach(turn -> turn.forEach(each -> messages.add(Messages.fromLog(each))));
    return messages;
  }
}
