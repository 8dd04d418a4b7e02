package io.madeleine.memory.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

final class SegmentFilesTest {

  private final Path directory;
  private final Map<Long, Long> moved = new TreeMap<>();
  private final ReentrantLock readers = new ReentrantLock();

  SegmentFilesTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** Keeps where every turn lies. */
  private final class Places implements SegmentFiles.Visitor {
    @Override
    public void record(long position, ByteBuffer payload) {
      moved.put(payload.getLong(1), position);
    }

    @Override
    public void damage(LogReport.Damage damage) {
      throw new AssertionError("damaged: " + damage);
    }

    @Override
    public void torn(long bytes) {
      throw new AssertionError("torn: %d bytes".formatted(bytes));
    }
  }

  private static long append(SegmentFiles files, long sequence) throws IOException {
    Segment segment = files.growing();
    long position = TurnOffsets.position(segment.ordinal(), files.end());
    byte[] body = ("turn " + sequence).getBytes(UTF_8);
    files.append(segment.frame(Segment.TURN, sequence, 0, body));
    return position;
  }

  private static String text(SegmentFiles files, long position) {
    try {
      ByteBuffer payload = files.read(position).orElseThrow();
      return UTF_8.decode(payload.position(Segment.PAYLOAD_HEAD_BYTES)).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean delete(Path file) {
    try {
      return Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "an open file is not deleted there")
  void rewrite_theCopyIsWholeAndCannotTakeThePlace_oneReadsAndWritesOnAndItStaysDue()
      throws IOException {
    var due = new DueRewrites();
    due.add(List.of(1));
    Path copy = directory.resolve("turns-00000001.log.new");
    LongPredicate first = sequence -> sequence == 1;
    LongPredicate firstAndNoCopy = sequence -> delete(copy) || first.test(sequence);
    try (SegmentFiles files = SegmentFiles.open(directory, LogOptions.DEFAULT, new Places())) {
      long one = append(files, 1);
      long two = append(files, 2);
      DueRewrites.Attempt failed =
          due.attempt(ordinal -> files.rewrite(ordinal, firstAndNoCopy, readers, moved::put));

      assertThat(failed.failure()).isInstanceOf(NoSuchFileException.class);
      assertThat(failed.segments()).isZero();
      assertThat(due.count()).isOne();
      assertThat(moved).isEmpty();
      long three = append(files, 3);
      assertThat(text(files, one)).isEqualTo("turn 1");
      assertThat(text(files, two)).isEqualTo("turn 2");
      assertThat(text(files, three)).isEqualTo("turn 3");

      DueRewrites.Attempt done =
          due.attempt(ordinal -> files.rewrite(ordinal, first, readers, moved::put));
      assertThat(done.failure()).isNull();
      assertThat(done.bytes()).isEqualTo(two - one);
      assertThat(due.count()).isZero();
      assertThat(moved).containsExactly(Map.entry(2L, one), Map.entry(3L, two));
      assertThat(text(files, one)).isEqualTo("turn 2");
      assertThat(text(files, append(files, 4))).isEqualTo("turn 4");
    }
    moved.clear();
    SegmentFiles.open(directory, LogOptions.DEFAULT, new Places()).close();
    assertThat(moved.keySet()).containsExactly(2L, 3L, 4L);
  }

  @Test
  void rewrite_whileItCopies_oneReadsAndOnlyWhileTheCopyTakesThePlaceNobodyDoes()
      throws IOException {
    try (SegmentFiles files = SegmentFiles.open(directory, LogOptions.DEFAULT, new Places())) {
      long one = append(files, 1);
      long two = append(files, 2);
      var readWhileCopying = new ArrayList<String>();
      LongPredicate first =
          sequence -> {
            assertThat(readers.isLocked()).isFalse();
            readWhileCopying.add(text(files, two));
            return sequence == 1;
          };
      files.rewrite(
          /* ordinal= */ 1,
          first,
          readers,
          (sequence, position) -> {
            assertThat(readers.isLocked()).isTrue();
            moved.put(sequence, position);
          });

      assertThat(readWhileCopying).containsExactly("turn 2", "turn 2");
      assertThat(readers.isLocked()).isFalse();
      assertThat(moved).containsExactly(Map.entry(2L, one));
      assertThat(text(files, one)).isEqualTo("turn 2");
    }
  }
}
