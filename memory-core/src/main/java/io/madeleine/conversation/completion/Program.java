package io.madeleine.conversation.completion;

import io.madeleine.memory.identity.ConversationKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Which run of requests a request belongs to, as far as the caller knows.
 *
 * @param key its name; without one it is told by the calls whose results it brings, or by the
 *     messages that it goes on from
 * @param toolSeconds how long tools are expected to take, by name, where their authors say so
 */
public record Program(Optional<ConversationKey> key, Map<String, Double> toolSeconds) {

  /** The caller knows nothing. */
  public static final Program UNKNOWN = new Program(Optional.empty(), Map.of());

  /**
   * @throws IllegalArgumentException if a tool is expected to take less than 0 s, or for ever
   */
  public Program {
    toolSeconds = Map.copyOf(toolSeconds);
    toolSeconds.forEach(
        (tool, seconds) -> {
          if (!(seconds >= 0) || Double.isInfinite(seconds)) {
            throw new IllegalArgumentException(
                "tool '%s' must be expected to take at least 0 s, and to end, but %s s were given"
                    .formatted(tool, seconds));
          }
        });
  }

  /** A program that is known by name. */
  public static Program of(ConversationKey key) {
    return new Program(Optional.of(key), Map.of());
  }

  /** {@return what the slowest of {@code tools} is expected to take} */
  OptionalDouble expected(List<String> tools) {
    return tools.stream().filter(toolSeconds::containsKey).mapToDouble(toolSeconds::get).max();
  }
}
