package io.madeleine.memory.recall;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LogException;
import io.madeleine.memory.history.LogOptions;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

/**
 * Remembers turns until it is killed or has remembered enough, and says the place of each on stdout
 * when {@link Memory#remember} has returned. Run in a process of its own.
 */
public final class RememberingProcess {

  static final ConversationKey HOME = ConversationKey.of("ann", "home");

  private RememberingProcess() {}

  /** Word {@code number<place>} is said once in the whole memory. */
  static String text(int place) {
    return "number%d and some words about the weather ".formatted(place).repeat(1 + place % 9);
  }

  /** The index commits every few milliseconds, so that a kill meets every stage of it. */
  static MemoryOptions options() {
    IndexOptions usual = IndexOptions.DEFAULT;
    return new MemoryOptions(
        new LogOptions(8 << 10, 2 << 20),
        new IndexOptions(
            usual.vectors(),
            Duration.ofMillis(7),
            Duration.ofMillis(400),
            usual.exhaustive(),
            usual.depth(),
            usual.questionWithin(),
            usual.vectorQueueBytes()),
        Optional.empty(),
        ZoneOffset.UTC,
        String::length);
  }

  /** Arguments: directory, how many turns. */
  public static void main(String[] args) {
    try (var memory = Memory.open(Path.of(args[0]), Clock.systemUTC(), options())) {
      int place = memory.log().size(HOME);
      for (int end = place + Integer.parseInt(args[1]); place < end; place++) {
        memory.remember(
            HOME, List.of(new LoggedMessage(Instant.EPOCH, new ChatMessage.User(text(place)))));
        System.out.println(place);
      }
    } catch (LogException e) {
      System.out.println("refused " + e.getMessage());
    }
  }
}
