package io.madeleine.conversation.exchange;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LoggedMessage;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
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
      try {
        byte[] whole =
            MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(whole, 0, 16);
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every JDK has SHA-256; should not happen", e);
      }
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
