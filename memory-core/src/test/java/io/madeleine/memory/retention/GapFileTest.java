package io.madeleine.memory.retention;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GapFileTest {

  @TempDir private Path folder;

  @Test
  void read_whatWasWritten_foretellsTheSame() {
    var gaps = new GapRecorder();
    for (int i = 1; i <= 20; i++) {
      gaps.returned("report", i, i / 2.0, i % 7 == 0);
      gaps.returned(GapRecorder.key(java.util.List.of("lookup", "mail")), 0.25, 0.125, false);
    }
    gaps.hung("report", 90);
    Path file = folder.resolve("deep/tool-times");

    GapFile.write(gaps, file);
    var again = new GapRecorder();
    GapFile.read(file, again);

    assertThat(again.pauses()).isEqualTo(gaps.pauses());
    assertThat(again.pooledSteps()).isEqualTo(gaps.pooledSteps());
    for (String key : new String[] {"report", "report!err", "lookup+mail"}) {
      assertThat(again.steps(key)).isEqualTo(gaps.steps(key)).isNotEmpty();
    }
    assertThat(again.medianToolSeconds("report")).isEqualTo(gaps.medianToolSeconds("report"));
  }

  @Test
  void write_manySamplesAndKeys_staysSmall() throws IOException {
    var gaps = new GapRecorder();
    for (int i = 0; i < GapRecorder.KEYS + 50; i++) {
      for (int k = 0; k < 2 * GapFile.SAMPLES; k++) {
        gaps.returned("a tool with a rather long name " + i, Math.PI * k, Math.E * k, false);
      }
    }
    Path file = folder.resolve("tool-times");

    GapFile.write(gaps, file);

    assertThat(Files.size(file)).isLessThan(16L << 20);
    assertThat(Files.readAllLines(file)).hasSize(1 + (2 * GapRecorder.KEYS + 1) * GapFile.SAMPLES);
  }

  @Test
  void write_itsPlaceIsTaken_leavesNoDraft() throws IOException {
    Path taken = folder.resolve("tool-times");
    Files.createDirectories(taken.resolve("a folder"));

    GapFile.write(new GapRecorder(), taken);

    try (var left = Files.list(folder)) {
      assertThat(left).containsExactly(taken);
    }
  }

  @Test
  void read_damagedOrOfAnotherKind_isAColdStart() throws IOException {
    Path file = Files.writeString(folder.resolve("tool-times"), "something else\n");
    var gaps = new GapRecorder();

    GapFile.read(file, gaps);
    GapFile.read(folder.resolve("not there"), gaps);
    Files.writeString(
        file, "madeleine tool times 1\nPAUSE\t1.0\treturned\tlookup\nPAUSE\t-4\thung\tx");
    GapFile.read(file, gaps);

    assertThat(gaps.pauses("lookup")).isEqualTo(1);
    assertThat(gaps.pauses("x")).isZero();
  }
}
