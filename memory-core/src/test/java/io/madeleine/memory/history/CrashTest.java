package io.madeleine.memory.history;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.testing.Interrupted;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a writer in another process leaves behind when it is killed with -9, or the disk is full.
 */
final class CrashTest {

  private static final int THREADS = 4;

  /** Opening reads all of a log, so a campaign on one log would take the square of its kills. */
  private static final int KILLS_OF_ONE_LOG = 25;

  private final Path directory;

  CrashTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private static List<String> java(String... args) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(BusyWriter.class.getName());
    command.addAll(List.of(args));
    return command;
  }

  private static Process writer(Path directory, int turns, String how) throws IOException {
    return new ProcessBuilder(java(directory.toString(), "" + THREADS, "" + turns, how))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** Kills a writer when it has acknowledged some turns, and returns how many of each thread. */
  private static int[] kill(Path directory, Random random, String how)
      throws IOException, InterruptedException {
    var acknowledged = new int[THREADS];
    Process writer = writer(directory, 1_000_000, how);
    int enough = 1 + random.nextInt(60);
    try (BufferedReader out = reader(writer)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        String[] words = line.split(" ");
        acknowledged[Integer.parseInt(words[0])] = Integer.parseInt(words[1]) + 1;
        if (--enough == 0) {
          for (long spin = random.nextLong(2_000_000); spin > 0; spin--) {
            Thread.onSpinWait(); // an instant that no turn of the writer chose
          }
          writer.toHandle().destroyForcibly(); // what it had said can still be read
        }
      }
    }
    writer.waitFor();
    return acknowledged;
  }

  private static BufferedReader reader(Process writer) {
    return new BufferedReader(new InputStreamReader(writer.getInputStream(), UTF_8));
  }

  private void campaign(int kills) throws IOException, InterruptedException {
    var random = new Random(kills);
    int torn = 0;
    int turns = 0;
    for (int done = 0; done < kills; done += KILLS_OF_ONE_LOG) {
      Path log = directory.resolve("log-" + done);
      var known = new int[THREADS];
      for (int kill = 0; kill < Math.min(KILLS_OF_ONE_LOG, kills - done); kill++) {
        torn += killAndOpen(log, random, known) ? 1 : 0;
      }
      turns += Arrays.stream(known).sum();
      delete(log);
    }
    System.out.printf(
        "%,d kills, %,d of them with a torn tail, %,d turns whole and in order%n",
        kills, torn, turns);
  }

  /**
   * {@return whether a tail was torn}
   *
   * @param known how many turns of each thread are there; brought up to date
   */
  private static boolean killAndOpen(Path directory, Random random, int[] known)
      throws IOException, InterruptedException {
    int[] acknowledged = kill(directory, random, "writing");
    try (TurnLog log = TurnLog.open(directory, Clock.systemUTC())) {
      assertThat(log.report().damages()).isEmpty();
      for (int thread = 0; thread < THREADS; thread++) {
        known[thread] = whole(log, thread, known[thread]);
        assertThat(known[thread]).isGreaterThanOrEqualTo(acknowledged[thread]);
      }
      return log.report().tornBytes() > 0;
    }
  }

  private static void delete(Path log) throws IOException {
    try (Stream<Path> files = Files.walk(log)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Every turn is there once, in order, with all its text; only the newest may be new. */
  private static int whole(TurnLog log, int thread, int known) {
    var key = ConversationKey.of("tenant", "thread-" + thread);
    List<LoggedTurn> turns = log.latest(key, log.size(key) - known);
    for (int i = 0; i < turns.size(); i++) {
      assertThat(turns.get(i).index()).isEqualTo(known + i);
      assertThat(turns.get(i).messages().getFirst().body().text())
          .isEqualTo(BusyWriter.text(thread, known + i));
    }
    return log.size(key);
  }

  @Test
  void kill_atRandomInstants_losesNoAcknowledgedTurnAndKeepsNoHalf() throws Exception {
    campaign(20);
  }

  @Test
  @Tag("long")
  void kill_atAThousandRandomInstants_losesNoAcknowledgedTurnAndKeepsNoHalf() throws Exception {
    campaign(1000);
  }

  @Test
  void kill_whileOthersErase_losesNoOtherTurnAndLeavesNothingOfWhatWasErased() throws Exception {
    var random = new Random(10);
    for (int kill = 0; kill < 10; kill++) {
      int[] acknowledged = kill(directory, random, "erasing");
      try (TurnLog log = TurnLog.open(directory, Clock.systemUTC())) {
        assertThat(log.report().damages()).isEmpty();
        assertThat(log.report().unfinished()).isZero();
        var there = new TreeSet<String>();
        for (int thread = 0; thread < THREADS; thread++) {
          List<LoggedTurn> turns = log.turns(ConversationKey.of("tenant", "thread-" + thread));
          assertThat(turns.size() + (acknowledged[thread] == 0 ? 1 : 0)).isPositive();
          for (LoggedTurn turn : turns) {
            String text = turn.messages().getFirst().body().text();
            assertThat(text).isEqualTo(BusyWriter.text(thread, turn.index()));
            assertThat(turn.index()).isGreaterThanOrEqualTo(acknowledged[thread] - 1);
            there.add("turn %d %d ".formatted(thread, turn.index()));
          }
        }
        assertThat(onDisk()).isEqualTo(there);
      }
    }
  }

  /** {@return the beginnings of all turns of which a byte is in a file} */
  private Set<String> onDisk() throws IOException {
    var found = new TreeSet<String>();
    Pattern turn = Pattern.compile("turn \\d+ \\d+ ");
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".log")).toList()) {
        turn.matcher(Files.readString(file, ISO_8859_1))
            .results()
            .forEach(r -> found.add(r.group()));
      }
    }
    return found;
  }

  @Test
  void append_diskFull_refusesTheTurnAndKeepsTheRest() throws Exception {
    // A limit on the size of a file fails the write half-way, as a full disk does.
    String command = "ulimit -f 24; exec \"$@\"";
    var shell = new ArrayList<>(List.of("bash", "-c", command, "bash"));
    shell.addAll(java(directory.toString(), "1", "1000"));
    Process writer = new ProcessBuilder(shell).start();
    List<String> said;
    try (BufferedReader out = reader(writer)) {
      said = out.lines().toList();
    }
    assertThat(writer.waitFor()).isZero();
    assertThat(said.getLast())
        // No sequence went with it: an index that follows must not be ahead of the next start.
        .startsWith("refused behind %d: ".formatted(said.size() - 1))
        .contains("not part of the history", "Make room");
    try (TurnLog log = TurnLog.open(directory, Clock.systemUTC())) {
      assertThat(whole(log, 0, 0)).isEqualTo(said.size() - 1).isPositive();
      assertThat(log.report().notes()).isEmpty();
    }
  }

  @Test
  void open_anotherProcessWrites_refusesNamingIt() throws Exception {
    Process writer = writer(directory, 1_000_000, "writing");
    try (BufferedReader out = reader(writer)) {
      assertThat(out.readLine()).isNotEmpty();
      assertThatThrownBy(() -> TurnLog.open(directory, Clock.systemUTC()))
          .isInstanceOf(LogException.class)
          .hasMessageContaining("in use by process " + writer.pid());
    } finally {
      writer.destroyForcibly().waitFor();
    }
  }

  /** The operating system lets go of a lock as soon as any descriptor of it is closed. */
  @Test
  void open_refusedInThisProcess_keepsOtherProcessesOut() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
    try (TurnLog log = TurnLog.open(directory, Clock.systemUTC())) {
      for (Path name : List.of(directory, link, link.resolve("."))) {
        assertThatThrownBy(() -> TurnLog.open(name, Clock.systemUTC()))
            .isInstanceOf(LogException.class)
            .hasMessageContaining("in use by process %d, this one", ProcessHandle.current().pid());
      }

      assertThat(wordsOfOneWriter())
          .anyMatch(line -> line.contains("in use by process " + ProcessHandle.current().pid()));
      assertThat(log.lastSequence()).isZero();
    }
    assertThat(wordsOfOneWriter()).containsExactly("0 0");
  }

  private List<String> wordsOfOneWriter() throws IOException, InterruptedException {
    Process writer =
        new ProcessBuilder(java(directory.toString(), "1", "1")).redirectErrorStream(true).start();
    try (BufferedReader out = reader(writer)) {
      return out.lines().toList();
    } finally {
      writer.waitFor();
    }
  }

  @Test
  void open_onAnInterruptedThread_opensAndLocks() throws Exception {
    try (TurnLog log = Interrupted.during(() -> TurnLog.open(directory, Clock.systemUTC()))) {
      assertThat(wordsOfOneWriter())
          .anyMatch(line -> line.contains("in use by process " + ProcessHandle.current().pid()));
      assertThat(log.lastSequence()).isZero();
    }
  }

  @Test
  void open_placeThatIsNoDirectory_saysWhereAndWhatToDo() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "in the way");

    assertThatThrownBy(() -> TurnLog.open(file.resolve("log"), Clock.systemUTC()))
        .isInstanceOf(LogException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("Choose another directory");
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "it has a device that is a full disk")
  void open_fullDisk_saysThatRoomIsNeeded() throws IOException {
    Files.createSymbolicLink(directory.resolve("lock"), Path.of("/dev/full"));

    assertThatThrownBy(() -> TurnLog.open(directory, Clock.systemUTC()))
        .isInstanceOf(LogException.class)
        .hasMessageContaining("No space left")
        .hasMessageContaining("make room");
  }

  private static void append(TurnLog log, int thread, int turns) {
    var key = ConversationKey.of("tenant", "thread-" + thread);
    var said = List.of(new LoggedMessage(Instant.EPOCH, new ChatMessage.User("x".repeat(400))));
    for (int i = 0; i < turns; i++) {
      log.append(key, said, Map.of());
    }
  }

  @Test
  void append_manyThreads_shareTheWaitForTheDisk() throws Exception {
    int threads = 64;
    int each = 100;
    try (TurnLog log = TurnLog.open(directory, Clock.systemUTC())) {
      long began = System.nanoTime();
      var running = new ArrayList<Thread>();
      for (int thread = 0; thread < threads; thread++) {
        int number = thread;
        running.add(Thread.ofPlatform().start(() -> append(log, number, each)));
      }
      for (Thread thread : running) {
        thread.join();
      }
      System.out.printf(
          "%,d turns in %,d ms with %,d waits for the disk%n",
          threads * each, (System.nanoTime() - began) / 1_000_000, log.flushes());
      assertThat(log.since(0)).hasSize(threads * each);
      assertThat(log.flushes()).isLessThan(threads * each / 4);
    }
  }
}
