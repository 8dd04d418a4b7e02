package io.madeleine.memory.retention;

import io.madeleine.memory.identity.ConversationKey;
import java.util.OptionalDouble;

/**
 * A conversation that waits for tools, when the question is how long to keep its cache.
 *
 * @param program whose cache it is
 * @param toolKey the tools that run, from {@link GapRecorder#key}
 * @param hintSeconds what the tool's author expects it to take, if anything
 * @param bytes what the cache occupies
 * @param rebuildSeconds what it costs to have it again when it is gone: a reload for memory, a
 *     prefill for disk
 */
public record Pause(
    ConversationKey program,
    String toolKey,
    OptionalDouble hintSeconds,
    long bytes,
    double rebuildSeconds) {

  public Pause {
    if (bytes < 0 || !(rebuildSeconds >= 0)) {
      throw new IllegalArgumentException(
          "bytes and rebuild seconds must be at least 0, but were %d and %s"
              .formatted(bytes, rebuildSeconds));
    }
  }
}
