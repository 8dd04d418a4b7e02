package io.madeleine.conversation.context;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides what the model reads, and in which order. What stands in front should stay the same from
 * turn to turn, because the model reads again from the first difference on.
 */
@FunctionalInterface
public interface ContextAssembler {

  /** The instruction, the recent turns and what was said now: nothing recalled. */
  ContextAssembler RECENT =
      (instruction, recent, now) -> {
        var messages = new ArrayList<ChatMessage>(instruction);
        for (LoggedTurn turn : recent) {
          turn.messages().stream().map(LoggedMessage::body).forEach(messages::add);
        }
        messages.addAll(now);
        return messages;
      };

  /**
   * {@return the messages that the model reads, the first of which comes first}
   *
   * @param instruction what the operator tells the model; at most one message
   * @param recent whole turns that may still fit, oldest first; fewer are offered when they do not
   * @param now what was said in this turn so far
   */
  List<ChatMessage> assemble(
      List<ChatMessage> instruction, List<LoggedTurn> recent, List<ChatMessage> now);
}
