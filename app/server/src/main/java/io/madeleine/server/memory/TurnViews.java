package io.madeleine.server.memory;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.server.memory.Views.MessageView;
import io.madeleine.server.memory.Views.TurnView;
import java.util.stream.Collectors;

/** Turns of the log as the page shows them. */
final class TurnViews {

  private static final int LONGEST_LINE = 200;

  private TurnViews() {}

  static TurnView of(LoggedTurn turn) {
    return new TurnView(
        turn.index(), turn.id(), turn.messages().stream().map(TurnViews::of).toList());
  }

  private static MessageView of(LoggedMessage message) {
    return new MessageView(
        role(message.body()), message.speaker(), message.body().text(), message.at());
  }

  private static String role(ChatMessage body) {
    return switch (body) {
      case ChatMessage.System _ -> "system";
      case ChatMessage.User _ -> "user";
      case ChatMessage.Assistant _ -> "assistant";
      case ChatMessage.ToolResult _ -> "tool";
    };
  }

  static String oneLine(LoggedTurn turn) {
    String line =
        turn.messages().stream()
            .map(message -> message.body().text().replaceAll("\\s+", " ").strip())
            .filter(text -> !text.isEmpty())
            .collect(Collectors.joining(" — "));
    return line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "…";
  }
}
