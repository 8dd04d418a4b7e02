package io.madeleine.memory.index.schema;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.identity.ConversationKey;
import java.time.Instant;
import java.util.stream.Collectors;

/**
 * A turn as it is searched: its words, who said them, when and where. What it does not keep (tool
 * results, thinking) is not searched; the log has it.
 *
 * @param conversation where it was said
 * @param sequence its {@link LoggedTurn#sequence}, the key of the index
 * @param index place in its conversation, from 0
 * @param id the turn's id within its conversation
 * @param at when it began
 * @param speaker who spoke first, empty if unknown
 * @param kind {@code talk}, or {@code tool} where a tool was called
 * @param topic the topic it was assigned to, empty if none
 * @param text one line {@code speaker: words} for each message
 */
public record IndexedTurn(
    ConversationKey conversation,
    long sequence,
    int index,
    String id,
    Instant at,
    String speaker,
    String kind,
    String topic,
    String text) {

  private static final String TALK = "talk";
  private static final String TOOL = "tool";

  /** {@return what is searched of {@code turn}} */
  public static IndexedTurn of(LoggedTurn turn) {
    LoggedMessage first = turn.messages().getFirst();
    boolean tools =
        turn.messages().stream().anyMatch(said -> said.body() instanceof ChatMessage.ToolResult);
    String text =
        turn.messages().stream()
            .map(IndexedTurn::line)
            .filter(line -> !line.isEmpty())
            .collect(Collectors.joining("\n"));
    return new IndexedTurn(
        turn.conversation(),
        turn.sequence(),
        turn.index(),
        turn.id(),
        first.at(),
        first.speaker(),
        tools ? TOOL : TALK,
        turn.attributes().getOrDefault("topic", ""),
        text);
  }

  /** {@return the same turn, assigned to another topic} */
  public IndexedTurn withTopic(String name) {
    return new IndexedTurn(conversation, sequence, index, id, at, speaker, kind, name, text);
  }

  private static String line(LoggedMessage said) {
    return switch (said.body()) {
      case ChatMessage.User user -> spoken(said.speaker(), user.text());
      case ChatMessage.Assistant assistant -> spoken(said.speaker(), assistant.text());
      case ChatMessage.System ignored -> "";
      case ChatMessage.ToolResult ignored -> "";
    };
  }

  private static String spoken(String speaker, String words) {
    return speaker.isEmpty() || words.isEmpty() ? words : speaker + ": " + words;
  }
}
