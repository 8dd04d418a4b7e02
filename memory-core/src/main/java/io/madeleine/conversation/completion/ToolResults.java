package io.madeleine.conversation.completion;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ChatMessage.ToolResult;
import java.util.List;

/** The results at the end of a list of messages: what a program that waited for tools brings. */
final class ToolResults {

  private ToolResults() {}

  /** {@return ids of the calls that they answer; empty if something else is said last} */
  static List<String> ids(List<ChatMessage> messages) {
    return last(messages).stream().map(ToolResult::callId).toList();
  }

  /** {@return whether one of them says that its tool failed} */
  static boolean anyFailed(List<ChatMessage> messages) {
    return last(messages).stream().anyMatch(ToolResult::failed);
  }

  private static List<ToolResult> last(List<ChatMessage> messages) {
    return messages.reversed().stream()
        .takeWhile(ToolResult.class::isInstance)
        .map(ToolResult.class::cast)
        .toList();
  }
}
