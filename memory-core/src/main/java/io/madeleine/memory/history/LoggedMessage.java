package io.madeleine.memory.history;

import io.madeleine.engine.token.ChatMessage;
import java.time.Instant;
import java.util.Map;

/**
 * A message as the log keeps it.
 *
 * @param id unique within its conversation; empty lets the log name it when the turn is committed
 * @param at when it was said, kept as given even when clocks went backwards
 * @param speaker who said it, by name; empty where only the role is known
 * @param body what was said
 * @param attributes whatever the caller wants to find again
 */
public record LoggedMessage(
    String id, Instant at, String speaker, ChatMessage body, Map<String, String> attributes) {

  public LoggedMessage {
    attributes = Map.copyOf(attributes);
  }

  /** A message that the log will name, without speaker and attributes. */
  public LoggedMessage(Instant at, ChatMessage body) {
    this("", at, "", body, Map.of());
  }

  LoggedMessage named(String newId) {
    return new LoggedMessage(newId, at, speaker, body, attributes);
  }
}
