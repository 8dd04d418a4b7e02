package io.madeleine.server.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.server.events.EventStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ImportProgressTest {

  private static final List<TurnLog.Draft> TURN =
      List.of(new TurnLog.Draft(ConversationKey.of("test", "one"), List.of(), Map.of()));

  private long now = Long.MAX_VALUE; // it wraps around on the way

  @Test
  void tell_manyTurnsInASecond_tellsTwiceAndTheEnd() {
    var told = new ByteArrayOutputStream();
    var progress = new ImportProgress(new EventStream(() -> told), () -> now);

    for (int turn = 0; turn < 100; turn++) {
      progress.read(TURN);
      now += Duration.ofMillis(10).toNanos();
    }
    progress.embedding(7);
    progress.embedding(6);
    progress.done(0, List.of("one"));

    assertThat(told.toString(StandardCharsets.UTF_8).lines().filter(line -> !line.isEmpty()))
        .satisfiesExactly(
            first -> assertThat(first).contains("\"reading\"", "\"turns\":1,"),
            second -> assertThat(second).contains("\"reading\"", "\"turns\":51,"),
            third -> assertThat(third).contains("\"embedding\"", "\"waiting\":7"),
            last -> assertThat(last).contains("\"done\"", "\"turns\":100,"));
  }
}
