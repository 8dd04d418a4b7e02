package io.madeleine.conversation.mind.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.conversation.mind.line.TokenLine.TurnTokens;
import io.madeleine.testing.Interrupted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever became of the file, what is read of it was said. */
final class TokenLineTest {

  private static final long[] SEQUENCES = {3, 4, 9};
  private static final List<TurnTokens> TURNS =
      List.of(
          new TurnTokens(new int[] {17, 300}, new float[] {1.5f, 0.25f}),
          new TurnTokens(new int[] {5}, new float[] {7}),
          new TurnTokens(new int[] {17, 2, 99}, new float[] {0, 2, 4}));

  @TempDir private Path directory;
  private Path file = Path.of("");

  @BeforeEach
  void write() throws IOException {
    file = directory.resolve("tokens");
    TokenLine line = open();
    for (int turn = 0; turn < TURNS.size(); turn++) {
      line.append(SEQUENCES[turn], TURNS.get(turn));
    }
  }

  @Test
  void open_cutShortAnywhere_keepsTheTurnsBeforeAndTakesTheOthersBehindThem() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatItGoesOn("cut at " + length);
    }
  }

  @Test
  void open_anyBitFlipped_keepsTheTurnsBeforeAndTakesTheOthersBehindThem() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] damaged = whole.clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      Files.write(file, damaged);
      assertThatItGoesOn("bit " + bit);
    }
  }

  @Test
  void observed_spelledFromTheLog_isThereAfterARestart() throws IOException {
    Files.delete(file);
    TokenLine line = open();
    for (int turn = 0; turn < TURNS.size(); turn++) {
      int[] tokens = TURNS.get(turn).tokens();
      line.append(SEQUENCES[turn], new TurnTokens(tokens, new float[tokens.length]));
    }
    for (int turn = 0; turn < TURNS.size(); turn++) {
      line.observed(turn, TURNS.get(turn).nats());
      assertThat(line.turn(turn).nats()).isEqualTo(TURNS.get(turn).nats());
    }

    assertThatItGoesOn("observed later");
  }

  @Test
  void observedAndDropLast_onAnInterruptedThread_areWrittenDown() throws Exception {
    Files.delete(file);
    TokenLine line = open();
    int[] tokens = TURNS.getFirst().tokens();
    line.append(SEQUENCES[0], new TurnTokens(tokens, new float[tokens.length]));
    line.append(SEQUENCES[1], TURNS.get(1));
    Interrupted.during(
        () -> {
          line.observed(0, TURNS.getFirst().nats());
          line.dropLast();
          return line;
        });

    assertThat(open().turns()).isOne();
    assertThat(open().turn(0).nats()).isEqualTo(TURNS.getFirst().nats());
  }

  @Test
  void observed_whatIsKnown_stays() throws IOException {
    open().observed(0, new float[] {9, 9});

    assertThatItGoesOn("observed twice");
  }

  @Test
  void observed_ofAnotherNumberOfTokens_saysBoth() throws IOException {
    TokenLine line = open();
    assertThatThrownBy(() -> line.observed(2, new float[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("turn 2 has 3 tokens, but surprisal is of 2");
  }

  /** Or says that it is none of this conversation. */
  private void assertThatItGoesOn(String as) throws IOException {
    TokenLine line = open();
    if (line.heldOthers()) {
      Files.delete(file); // as whoever asks does
      line = open();
    }
    for (int turn = line.turns(); turn < TURNS.size(); turn++) {
      line.append(SEQUENCES[turn], TURNS.get(turn));
    }
    TokenLine again = open();
    assertThat(again.heldOthers()).as(as).isFalse();
    assertThat(again.turns()).as(as).isEqualTo(TURNS.size());
    for (int turn = 0; turn < TURNS.size(); turn++) {
      assertThat(again.turn(turn).tokens()).as(as).isEqualTo(TURNS.get(turn).tokens());
      assertThat(again.turn(turn).nats()).as(as).isEqualTo(TURNS.get(turn).nats());
    }
  }

  private TokenLine open() throws IOException {
    return TokenLine.open(file, "spelling", SEQUENCES);
  }
}
