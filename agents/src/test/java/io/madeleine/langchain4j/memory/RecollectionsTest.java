package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.UserMessage;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.MemoryOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RecollectionsTest {

  private static final ConversationKey HOME = ConversationKey.of("acme", "home");
  private static final Instant MAY = Instant.parse("2023-05-08T13:56:00Z");
  private static final int SEEN = 20;

  @TempDir private Path directory;

  /**
   * A second from turn to turn: none in an import, and less than none where a clock was set back.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 0, -1})
  void beyond_whateverTheTimesOfTheTurns_recallsWhatIsOutOfSightAndNothingElse(int seconds) {
    try (var memory = open()) {
      say(memory, MAY, "My parrot is called Rosalinde.");
      for (int turn = 1; turn < 30; turn++) {
        say(memory, MAY.plusSeconds((long) turn * seconds), "The parrot said number " + turn + ".");
      }
      Recollection beyond = beyond(memory);

      assertThat(ask(beyond, "What is my parrot called?")).contains("Rosalinde");
      String all = ask(beyond, "Which number did the parrot say?");
      assertThat(all).contains("number 9.").doesNotContain("number 10.");
    }
  }

  @Test
  void beyond_allInSight_recallsNothing() {
    try (var memory = open()) {
      say(memory, MAY, "My parrot is called Rosalinde.");

      assertThat(ask(beyond(memory), "What is my parrot called?")).isEmpty();
    }
  }

  private Memory open() {
    return Memory.open(directory, Clock.systemUTC(), MemoryOptions.DEFAULT);
  }

  private static Recollection beyond(Memory memory) {
    return Recollections.beyond(
        SEEN, memory, 1_000, Clock.fixed(MAY, ZoneOffset.UTC), ZoneOffset.UTC);
  }

  private static String ask(Recollection recollection, String question) {
    return recollection.recall(HOME, UserMessage.from(question));
  }

  private static void say(Memory memory, Instant at, String text) {
    memory.remember(HOME, List.of(new LoggedMessage(at, new ChatMessage.User(text))));
  }
}
