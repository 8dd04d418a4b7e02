package io.madeleine.memory.recall;

import static io.madeleine.memory.recall.RememberingProcess.HOME;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LogException;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.history.UnfinishedErasureException;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.IndexException;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.WordEmbedder;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.retrieval.RecallRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole memory, log and index together, when things go wrong. */
final class MemoryFaultsTest {

  private static final int ASKED = 100;
  private static final int WRITERS = 32;

  private final Path directory;

  MemoryFaultsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void kill_betweenLogAndIndexCommit_findsEveryAcknowledgedTurnAgain() throws Exception {
    campaign(3);
  }

  @Test
  @Tag("long")
  void kill_twoHundredTimes_findsEveryAcknowledgedTurnAgain() throws Exception {
    campaign(200);
  }

  private void campaign(int kills) throws IOException, InterruptedException {
    var random = new Random(kills);
    int behind = 0;
    for (int kill = 0; kill < kills; kill++) {
      int acknowledged = kill(random);
      try (var memory = open()) {
        int there = memory.log().size(HOME);
        assertThat(there).isGreaterThanOrEqualTo(acknowledged);
        assertThat(memory.report().turns()).isEqualTo(there);
        assertThat(memory.report().notes()).allMatch(note -> note.contains("no index"));
        for (int place = Math.max(0, there - 20); place < there; place++) {
          assertFound(memory, place);
        }
        behind += there - acknowledged;
      }
    }
    System.out.printf("%d kills, %d turns beyond those acknowledged%n", kills, behind);
  }

  /** {@return how many turns a process said that it had remembered before it was killed} */
  private int kill(Random random) throws IOException, InterruptedException {
    Process process = process(List.of(), 1_000_000);
    int enough = 1 + random.nextInt(80);
    int acknowledged = 0;
    try (BufferedReader out = reader(process)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        acknowledged = Integer.parseInt(line) + 1;
        if (--enough == 0) {
          for (long spin = random.nextLong(2_000_000); spin > 0; spin--) {
            Thread.onSpinWait();
          }
          process.toHandle().destroyForcibly();
        }
      }
    }
    process.waitFor();
    return acknowledged;
  }

  @Test
  void remember_noRoomForTheIndex_keepsEveryTurnAndFindsThemOnceThereIs() throws Exception {
    // No file may grow over 24 KB: the log's are smaller, the index's merged ones are not.
    Process process =
        process(List.of("bash", "-c", "ulimit -f 24; exec \"$@\" 2>/dev/null", "bash"), 200);
    List<String> said;
    try (BufferedReader out = reader(process)) {
      said = out.lines().toList();
    }
    process.waitFor();
    assertThat(said).hasSize(200).noneMatch(line -> line.startsWith("refused"));
    try (var memory = open()) {
      assertThat(memory.report().turns()).isEqualTo(200);
      for (int place = 0; place < 200; place += 13) {
        assertFound(memory, place);
      }
    }
  }

  @Test
  void open_anotherProcessHasIt_isRefusedNamingTheProcess() throws Exception {
    Process process = process(List.of(), 1_000_000);
    try (BufferedReader out = reader(process)) {
      assertThat(out.readLine()).isNotEmpty();
      assertThatThrownBy(this::open)
          .isInstanceOf(LogException.class)
          .hasMessageContaining("in use by process " + process.pid());
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void forget_nobodyCallsPurge_noByteIsLeftAfterTheDeadline() throws Exception {
    var embedder = new WordEmbedder("words", 32);
    try (var memory =
        Memory.open(directory, Clock.systemUTC(), RememberingProcess.options().with(embedder))) {
      for (int i = 0; i < 30; i++) {
        remember(memory, i == 11 ? "the canary xyzzyplugh sings" : "the dog number " + i);
      }
      while (memory.report().vectorsWaiting() > 0) {
        Thread.onSpinWait();
      }
      assertThat(grep("xyzzyplugh")).isNotEmpty();

      ForgetReceipt receipt =
          memory.forget(new Erasure.OfTurn(HOME, memory.log().turns(HOME).get(11).sequence()));

      while (!grep("xyzzyplugh").isEmpty() && Instant.now().isBefore(receipt.goneBy())) {
        Thread.sleep(5);
      }
      while (Instant.now().isBefore(receipt.goneBy())) {
        Thread.sleep(5);
      }
      // A loaded machine may merge late; that it happens by itself is what is tested.
      for (int tries = 0; !grep("xyzzyplugh").isEmpty() && tries < 1_000; tries++) {
        Thread.sleep(10);
      }
      assertThat(grep("xyzzyplugh")).isEmpty();
      assertThat(memory.report().turns()).isEqualTo(29);
    }
  }

  @Test
  void forget_closedBeforeThePurge_noByteIsLeftAfterTheDeadlineOfTheNextStart() throws Exception {
    MemoryOptions usual = RememberingProcess.options();
    try (var memory =
        Memory.open(directory, Clock.systemUTC(), usual.with(purging(Duration.ofHours(1))))) {
      for (int i = 0; i < 30; i++) {
        remember(memory, i == 11 ? "the canary xyzzyplugh sings" : "the dog number " + i);
      }
      memory.forget(new Erasure.OfTurn(HOME, memory.log().turns(HOME).get(11).sequence()));
    }
    assertThat(grep("xyzzyplugh")).as("what the purge is for").isNotEmpty();

    try (var memory =
        Memory.open(directory, Clock.systemUTC(), usual.with(purging(Duration.ofMillis(1))))) {
      List<Path> left = grep("xyzzyplugh");
      for (int tries = 0; !left.isEmpty() && tries < 1_000; tries++) {
        Thread.sleep(10);
        left = grep("xyzzyplugh");
      }
      assertThat(left).isEmpty();
      assertThat(memory.report().turns()).isEqualTo(29);
    }
  }

  private static IndexOptions purging(Duration within) {
    IndexOptions usual = RememberingProcess.options().index();
    return new IndexOptions(
        usual.vectors(),
        usual.commitEvery(),
        within,
        usual.exhaustive(),
        usual.depth(),
        usual.questionWithin(),
        usual.vectorQueueBytes());
  }

  @Test
  void forget_noRoomForTheLogsCopy_asksEveryOtherPlaceAndGivesNoReceiptUntilThereIs()
      throws IOException {
    List<Long> asked = new ArrayList<>();
    try (var memory = open()) {
      remember(memory, "the canary xyzzyplugh sings");
      remember(memory, "the dog barks");
      memory.alsoErase(
          receipt -> {
            asked.addAll(receipt.sequences());
            return new ForgetReceipt.Erased("elsewhere", 1, "all of it", receipt.at());
          });
      Path file = directory.resolve("log").resolve("turns-00000001.log");
      Path inTheWay = Files.createDirectory(file.resolveSibling("turns-00000001.log.new"));
      Path child = Files.createFile(inTheWay.resolve("in the way"));
      var request = new Erasure.OfTurn(HOME, memory.log().turns(HOME).getFirst().sequence());

      assertThatThrownBy(() -> memory.forget(request))
          .isInstanceOf(UnfinishedErasureException.class);
      assertThat(asked).containsExactly(request.sequence());
      assertThat(memory.report().turns()).isEqualTo(1);
      assertThat(texts(memory, "xyzzyplugh?")).containsExactly("the dog barks");
      remember(memory, "the cat purrs");
      assertThatThrownBy(() -> memory.forget(request))
          .isInstanceOf(UnfinishedErasureException.class);
      assertThat(contains(file, "xyzzyplugh")).isTrue();
      Files.delete(child);
      Files.delete(inTheWay);

      assertThat(memory.forget(request).places())
          .extracting(ForgetReceipt.Erased::place)
          .containsExactly("log", "index", "elsewhere");
      assertThat(contains(file, "xyzzyplugh")).isFalse();
      assertThat(memory.log().size(HOME)).isEqualTo(2);
    }
  }

  @Test
  void open_theLogCannotBeFollowed_letsGoOfTheIndexToo() throws IOException {
    Path file = directory.resolve("log").resolve("turns-00000001.log");
    Path aside = directory.resolve("aside");
    try (var log = TurnLog.open(directory.resolve("log"), Clock.systemUTC())) {
      log.append(
          HOME,
          List.of(new LoggedMessage(Instant.EPOCH, new ChatMessage.User("the dog barks"))),
          Map.of());
    }
    // An index asks for its name when the log is open already.
    Embedder takingTheLogAway =
        new Embedder() {
          @Override
          public String fingerprint() {
            try {
              Files.move(file, aside);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            return "words";
          }

          @Override
          public int dimension() {
            return 32;
          }

          @Override
          public List<float[]> embed(List<String> texts) {
            throw new IllegalStateException("nothing to embed");
          }
        };
    MemoryOptions failing = RememberingProcess.options().with(takingTheLogAway);

    assertThatThrownBy(() -> Memory.open(directory, Clock.systemUTC(), failing))
        .isInstanceOf(IndexException.class)
        .hasMessageContaining("could not be followed");
    Files.move(aside, file);
    try (var memory = open()) {
      assertThat(texts(memory, "dog?")).containsExactly("the dog barks");
    }
  }

  @Test
  void remember_emptyAndMegabyteAndEveryPlane_comeBackWhole() throws IOException {
    var planes = new StringBuilder("planes ");
    for (int plane = 0; plane <= 16; plane++) {
      planes.appendCodePoint(plane * 0x10000 + 0x1234).append(' ');
    }
    String megabyte = "lorem ipsum dolor ".repeat(60_000) + "needle";
    var exported = new StringBuilder();
    try (var memory = open()) {
      remember(memory, "");
      remember(memory, planes.toString());
      remember(memory, megabyte);

      assertThat(texts(memory, "planes?")).contains(planes.toString());
      assertThat(texts(memory, "needle?")).contains(megabyte);
      assertThat(texts(memory, megabyte)).contains(megabyte);
      assertThat(texts(memory, "")).isNotEmpty();
      memory.export(HOME.tenant(), exported);
    }
    var again = new StringBuilder();
    try (var copy =
        Memory.open(directory.resolve("copy"), Clock.systemUTC(), RememberingProcess.options())) {
      copy.importFrom(new BufferedReader(new StringReader(exported.toString())));
      copy.export(HOME.tenant(), again);
    }
    assertThat(again.toString()).isEqualTo(exported.toString());
  }

  @Test
  void recall_moreTurnsThanAreReadWhole_findsTheOneThatSaysIt() throws InterruptedException {
    findsTheOneAmong(6_000);
  }

  @Test
  @Tag("long")
  void recall_aMillionTurnsInOneConversation_findsTheOneThatSaysIt() throws InterruptedException {
    findsTheOneAmong(1_000_000);
  }

  /** Every turn says a word of its own and a dozen that others say as well. */
  private void findsTheOneAmong(int turns) throws InterruptedException {
    long began = System.nanoTime();
    try (var memory = Memory.open(directory, Clock.systemUTC(), MemoryOptions.DEFAULT)) {
      var writers = new ArrayList<Thread>();
      for (int thread = 0; thread < WRITERS; thread++) {
        int first = thread;
        writers.add(Thread.ofPlatform().start(() -> append(memory, first, turns)));
      }
      for (Thread writer : writers) {
        writer.join();
      }
      memory.catchUp();
      double built = (System.nanoTime() - began) / 1e9;
      var random = new Random(turns);
      var took = new ArrayList<Double>();
      for (int i = 0; i < ASKED; i++) {
        String word = "number" + random.nextInt(turns);
        long asked = System.nanoTime();
        Recall recall = ask(memory, word + " w" + i, 300);
        took.add((System.nanoTime() - asked) / 1e6);
        assertThat(recall.excerpts())
            .anyMatch(
                found -> found.turn().messages().getFirst().body().text().contains(word + " "));
      }
      took.sort(null);
      System.out.printf(
          "%,d turns in one conversation: built in %.0f s, recall p50 %.1f ms, p99 %.1f ms, %d bytes"
              + " of index a turn%n",
          turns,
          built,
          took.get(ASKED / 2),
          took.get(ASKED * 99 / 100),
          memory.report().bytes() / turns);
    }
  }

  private static void append(Memory memory, int first, int turns) {
    var random = new Random(first);
    for (int i = first; i < turns; i += WRITERS) {
      var words = new StringBuilder("number").append(i);
      for (int word = 0; word < 12; word++) {
        words.append(" w").append((int) (5_000 * random.nextDouble() * random.nextDouble()));
      }
      var said = new LoggedMessage(Instant.EPOCH, new ChatMessage.User(words.toString()));
      memory.log().append(HOME, List.of(said), Map.of());
    }
  }

  private static void assertFound(Memory memory, int place) {
    assertThat(ask(memory, "number" + place, 5_000).excerpts())
        .as("turn %d", place)
        .anyMatch(found -> found.turn().index() == place);
  }

  private static List<String> texts(Memory memory, String question) {
    return ask(memory, question, 3_000_000).excerpts().stream()
        .map(found -> found.turn().messages().getFirst().body().text())
        .toList();
  }

  private static Recall ask(Memory memory, String question, int budget) {
    return memory.recall(new RecallRequest(TurnFilter.in(HOME), question, Instant.EPOCH), budget);
  }

  private static void remember(Memory memory, String text) {
    memory.remember(HOME, List.of(new LoggedMessage(Instant.EPOCH, new ChatMessage.User(text))));
  }

  private Memory open() {
    return Memory.open(directory, Clock.systemUTC(), RememberingProcess.options());
  }

  private Process process(List<String> before, int turns) throws IOException {
    var command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx96m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(RememberingProcess.class.getName());
    command.addAll(List.of(directory.toString(), Integer.toString(turns)));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  private static BufferedReader reader(Process process) {
    return new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
  }

  private List<Path> grep(String canary) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).filter(file -> contains(file, canary)).toList();
    } catch (UncheckedIOException e) {
      return List.of(directory); // a file was merged away under our eyes: look again
    }
  }

  private static boolean contains(Path file, String canary) {
    try {
      String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      return bytes.contains(canary);
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
