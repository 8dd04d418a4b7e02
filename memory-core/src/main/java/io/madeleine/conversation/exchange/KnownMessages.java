package io.madeleine.conversation.exchange;

import io.madeleine.engine.digest.Sha256;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LoggedMessage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The messages that a conversation has already. An id alone does not tell a message: those that
 * nobody chose count the turns of one log, and another log counts the same way.
 */
final class KnownMessages {

  /** Of a text its digest: a file may hold more of it than memory. */
  private record Said(String id, Class<? extends ChatMessage> role, String digest) {

    static Said of(LoggedMessage message) {
      return new Said(message.id(), message.body().getClass(), digest(message.body().text()));
    }

    private static String digest(String text) {
      return Sha256.hex(text.getBytes(StandardCharsets.UTF_8)).substring(0, 32);
    }
  }

  private final Map<Said, Set<Instant>> times = new HashMap<>();

  /** Without an id it is never known again. */
  void add(LoggedMessage message) {
    if (message.id().isEmpty()) {
      return;
    }
    times.computeIfAbsent(Said.of(message), said -> new HashSet<>()).add(message.at());
  }

  /**
   * {@return whether {@code message} is one of them: under the same id, the same role said the same
   * at the same time}
   *
   * @param untold the time of messages whose file tells none; they are known at any time
   */
  boolean has(LoggedMessage message, Instant untold) {
    if (message.id().isEmpty()) {
      return false;
    }
    Set<Instant> known = times.getOrDefault(Said.of(message), Set.of());
    return known.contains(message.at()) || (message.at().equals(untold) && !known.isEmpty());
  }
}
