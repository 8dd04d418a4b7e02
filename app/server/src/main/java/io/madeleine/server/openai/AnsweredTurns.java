package io.madeleine.server.openai;

import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.TurnIndex;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;

/**
 * Remembers, in the conversation that a request names, what was answered from its messages alone:
 * with tools, the client holds the dialogue. A turn is what was last said, the rounds of tools
 * behind it, and the answer; what the client sent again from before is in the log already.
 */
@Component
class AnsweredTurns {

  private static final Logger LOG = System.getLogger("io.madeleine.server");

  private final EpisodicConversations conversations;
  private final TurnLog log;
  private final TurnIndex index;

  AnsweredTurns(EpisodicConversations conversations, TurnLog log, TurnIndex index) {
    this.conversations = conversations;
    this.log = log;
    this.index = index;
  }

  /**
   * Remembers a turn that is over, and nothing where it is not: the answer calls tools, whose
   * results are to come, or was cancelled, or only goes on from words of its own.
   *
   * @param messages of the request, oldest first
   */
  void remember(
      ConversationKey conversation,
      List<ChatMessage> messages,
      ChatMessage.Assistant answer,
      FinishReason finish) {
    List<ChatMessage> asked = asked(messages);
    if (asked.isEmpty() || !answer.toolCalls().isEmpty() || finish == FinishReason.CANCELLED) {
      return;
    }
    Instant now = Instant.now();
    var turn = new ArrayList<LoggedMessage>();
    asked.forEach(message -> turn.add(new LoggedMessage(now, message)));
    turn.add(new LoggedMessage(now, new ChatMessage.Assistant(answer.text())));
    conversations.append(List.of(new TurnLog.Draft(conversation, turn, Map.of())));
    follow(conversation);
  }

  /** The turn is in the log and safe, whatever becomes of the index, which follows later. */
  private void follow(ConversationKey conversation) {
    try {
      index.follow(log);
    } catch (RuntimeException e) {
      LOG.log(
          Level.WARNING,
          () ->
              "the last turn of conversation '%s' is in the log, but cannot be found before the index follows"
                  .formatted(conversation.id()),
          e);
    }
  }

  /** {@return what was last said, and the rounds of tools behind it; empty if something else is} */
  private static List<ChatMessage> asked(List<ChatMessage> messages) {
    List<ChatMessage> said =
        messages.stream().filter(message -> !(message instanceof ChatMessage.System)).toList();
    int from = said.size() - 1;
    while (from >= 0 && !(said.get(from) instanceof ChatMessage.User)) {
      from--;
    }
    boolean isOver = from < 0 || said.getLast() instanceof ChatMessage.Assistant;
    return isOver ? List.of() : said.subList(from, said.size());
  }
}
