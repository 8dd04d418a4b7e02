package io.madeleine.memory.episode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.token.TokenSpan;
import io.madeleine.testing.Interrupted;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever became of the file, what is read of it was closed, and the next one is read again. */
final class EpisodeListTest {

  private static final int PREFIX = 5;
  private static final List<Episode> EPISODES =
      List.of(
          new Episode("0123456789abcdef0123456789abcdef", new TokenSpan(5, 40), 0, 0),
          new Episode("11111111111111112222222222222222", new TokenSpan(40, 71), 0, 2, 12));
  private static final Episode NEXT =
      new Episode("a0a0a0a0a0a0a0a0b1b1b1b1b1b1b1b1", new TokenSpan(71, 90), 2, 3);

  @TempDir private Path directory;

  @Test
  void open_behindAnotherPrefix_hasTheEpisodesBehindIt() throws IOException {
    Path file = written();
    assertThat(EpisodeList.open(file, PREFIX).all()).isEqualTo(EPISODES);
    assertThat(EpisodeList.open(file, PREFIX + 2).all())
        .extracting(Episode::span)
        .containsExactly(new TokenSpan(7, 42), new TokenSpan(42, 73));
  }

  @Test
  void add_behindALineThatWasCutShort_isReadAgain() throws IOException {
    Path file = written();
    byte[] whole = Files.readAllBytes(file);
    int first = new String(whole, StandardCharsets.US_ASCII).indexOf('\n') + 1;
    for (int length = first; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      addsBehind(EPISODES.subList(0, 1), file, "cut at " + length);
    }
  }

  @Test
  void add_behindAnyFlippedBit_isReadAgain() throws IOException {
    Path file = written();
    byte[] whole = Files.readAllBytes(file);
    int first = new String(whole, StandardCharsets.US_ASCII).indexOf('\n') + 1;
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] damaged = whole.clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      Files.write(file, damaged);
      addsBehind(EPISODES.subList(0, bit / 8 < first ? 0 : 1), file, "bit " + bit);
    }
  }

  private static void addsBehind(List<Episode> kept, Path file, String as) throws IOException {
    EpisodeList list = EpisodeList.open(file, PREFIX);
    assertThat(list.all()).as(as).isEqualTo(kept);
    list.add(NEXT);
    List<Episode> all = new ArrayList<>(kept);
    all.add(NEXT);
    assertThat(EpisodeList.open(file, PREFIX).all()).as(as).isEqualTo(all);
  }

  @Test
  void add_behindHalfALineOnAnInterruptedThread_isReadAgain() throws Exception {
    Path file = written();
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    EpisodeList list = EpisodeList.open(file, PREFIX);
    Interrupted.during(
        () -> {
          list.add(NEXT);
          return list;
        });

    assertThat(EpisodeList.open(file, PREFIX).all()).containsExactly(EPISODES.getFirst(), NEXT);
  }

  @Test
  void add_cannotBeWritten_leavesTheListAsItWas() throws IOException {
    Path file = directory.resolve("episodes");
    EpisodeList list = EpisodeList.open(file, PREFIX);
    Files.createDirectory(file);
    assertThatThrownBy(() -> list.add(NEXT)).isInstanceOf(IOException.class);
    assertThat(list.all()).isEmpty();
  }

  private Path written() throws IOException {
    Path file = directory.resolve("episodes");
    EpisodeList list = EpisodeList.open(file, PREFIX);
    for (Episode episode : EPISODES) {
      list.add(episode);
    }
    return file;
  }
}
