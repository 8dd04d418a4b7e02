package io.madeleine.memory.history;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.identity.ConversationKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A turn in the place of another. */
final class ExchangeTest {

  private static final ConversationKey ANN = ConversationKey.of("ann", "tea");
  private static final ConversationKey BEN = ConversationKey.of("ben", "tea");

  @TempDir private Path directory;

  @Test
  void exchange_aTurn_isLastInItsPlaceAndTheOldOneIsGoneFromDisk() throws IOException {
    try (TurnLog log = open()) {
      LoggedTurn old = log.append(ANN, said("card 4000"), Map.of());
      log.append(ANN, said("later"), Map.of());

      LoggedTurn instead = log.exchange(of(old), said("card ****")).orElseThrow();

      assertThat(log.turns(ANN))
          .extracting(ExchangeTest::text)
          .containsExactly("later", "card ****");
      assertThat(log.turn(instead.sequence())).contains(instead);
      assertThat(log.erasedSince(2)).containsExactly(old.sequence());
      assertThat(log.append(ANN, said("on"), Map.of()).sequence())
          .isGreaterThan(instead.sequence() + 1);
    }
    assertThat(Files.readString(file(), ISO_8859_1)).doesNotContain("card 4000");
    try (TurnLog log = open()) {
      assertThat(log.turns(ANN))
          .extracting(ExchangeTest::text)
          .containsExactly("later", "card ****", "on");
    }
  }

  @Test
  void exchange_whatIsGoneOrSomebodyElses_writesNothing() {
    try (TurnLog log = open()) {
      LoggedTurn old = log.append(ANN, said("card 4000"), Map.of());

      assertThat(log.exchange(new Erasure.OfTurn(BEN, old.sequence()), said("x"))).isEmpty();
      assertThat(log.turns(ANN)).containsExactly(old);
      log.erase(of(old));
      long before = log.lastSequence();
      assertThat(log.exchange(of(old), said("x"))).isEmpty();
      assertThat(log.turns(ANN)).isEmpty();
      assertThat(log.lastSequence()).isEqualTo(before);
    }
  }

  @Test
  void exchange_cutShortAnywhere_leavesTheOldTurnUntilTheNewOneIsWhole() throws IOException {
    LoggedTurn old;
    long before;
    Path noRoom = directory.resolve(file().getFileName() + ".new");
    try (TurnLog log = open()) {
      old = log.append(ANN, said("card 4000"), Map.of());
      before = Files.size(file());
      Files.createDirectory(noRoom);
      Files.createFile(noRoom.resolve("in the way")); // so the file stays as it was written
      assertThatThrownBy(() -> log.exchange(of(old), said("card ****")))
          .isInstanceOf(UnfinishedErasureException.class);
      assertThat(log.turns(ANN)).extracting(ExchangeTest::text).containsExactly("card ****");
    }
    Files.delete(noRoom.resolve("in the way"));
    Files.delete(noRoom);
    byte[] whole = Files.readAllBytes(file());
    int erasure = Segment.FRAME_BYTES + Segment.PAYLOAD_HEAD_BYTES + Integer.BYTES + 2 * Long.BYTES;
    for (int cut = (int) before; cut <= whole.length; cut++) {
      Files.write(file(), Arrays.copyOf(whole, cut));
      try (TurnLog log = open()) {
        var found = assertThat(log.turns(ANN)).as("cut at " + cut).extracting(ExchangeTest::text);
        if (cut < whole.length - erasure) {
          found.containsExactly("card 4000");
        } else if (cut < whole.length) {
          found.containsExactly("card 4000", "card ****");
        } else {
          found.containsExactly("card ****");
        }
      }
    }
  }

  private TurnLog open() {
    return TurnLog.open(directory, Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
  }

  private Path file() {
    return Segment.path(directory, 1);
  }

  private static Erasure.OfTurn of(LoggedTurn turn) {
    return new Erasure.OfTurn(turn.conversation(), turn.sequence());
  }

  private static List<LoggedMessage> said(String text) {
    return List.of(new LoggedMessage(Instant.EPOCH, new ChatMessage.User(text)));
  }

  private static String text(LoggedTurn turn) {
    return turn.messages().getFirst().body().text();
  }
}
