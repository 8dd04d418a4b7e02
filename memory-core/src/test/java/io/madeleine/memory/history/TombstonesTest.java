package io.madeleine.memory.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class TombstonesTest {

  private final Tombstones tombstones = new Tombstones();

  private Tombstones.Entry erase(long at, Long... sequences) {
    return tombstones.add(at, ByteBuffer.wrap(Tombstones.encode(List.of(sequences))));
  }

  @Test
  void hold_oneAfterTheOther_areOneRange() {
    for (long sequence = 1; sequence <= 1_000; sequence++) {
      erase(1_000 + sequence, sequence);
    }

    assertThat(tombstones.ranges()).isEqualTo(1);
    assertThat(tombstones.hold(0)).isFalse();
    assertThat(tombstones.hold(1)).isTrue();
    assertThat(tombstones.hold(1_000)).isTrue();
    assertThat(tombstones.hold(1_001)).isFalse();
    assertThat(tombstones.since(1_999)).containsExactly(1_000L);
  }

  @Test
  void hold_theGapIsErasedLast_becomesOneRange() {
    erase(10, 1L, 2L, 5L, 6L);
    assertThat(tombstones.ranges()).isEqualTo(2);
    assertThat(tombstones.hold(3)).isFalse();
    assertThat(tombstones.hold(5)).isTrue();

    Tombstones.Entry gap = erase(11, 3L, 4L);
    assertThat(tombstones.ranges()).isEqualTo(1);
    assertThat(LongStream.rangeClosed(0, 7).filter(tombstones::hold))
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    assertThat(LongStream.rangeClosed(0, 7).filter(gap::holds)).containsExactly(3L, 4L);
  }

  /** The slow twin looks through all erasures, one after the other. */
  @Test
  void hold_erasuresAtRandom_isWhatALookThroughAllOfThemSays() {
    var random = new Random(7);
    for (int round = 0; round < 50; round++) {
      var merged = new Tombstones();
      var entries = new ArrayList<Tombstones.Entry>();
      for (int i = 0; i < 40; i++) {
        List<Long> some =
            random.longs(1 + random.nextInt(6), 1, 120).distinct().sorted().boxed().toList();
        entries.add(merged.add(200 + i, ByteBuffer.wrap(Tombstones.encode(some))));
        for (long sequence = 0; sequence <= 121; sequence++) {
          long asked = sequence;
          assertThat(merged.hold(asked))
              .as("round %d, %d erasures, sequence %d", round, i + 1, asked)
              .isEqualTo(entries.stream().anyMatch(entry -> entry.holds(asked)));
        }
      }
    }
  }
}
