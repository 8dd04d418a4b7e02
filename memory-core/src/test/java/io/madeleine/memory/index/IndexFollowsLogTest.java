package io.madeleine.memory.index;

import static io.madeleine.memory.index.TurnIndexTest.found;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.schema.IndexedTurn;
import io.madeleine.memory.index.schema.Schema;
import io.madeleine.memory.index.schema.TurnFilter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a crash, a damaged file, another embedder or an erasure leaves of the index. */
final class IndexFollowsLogTest {

  private static final ConversationKey HOME = ConversationKey.of("ann", "home");

  /** Nothing is committed but by the test. */
  private static final IndexOptions RARELY =
      new IndexOptions(
          IndexOptions.Vectors.FLOAT,
          Duration.ofHours(1),
          Duration.ofHours(1),
          4_096,
          96,
          Duration.ofSeconds(2),
          16L << 20);

  @TempDir Path directory;
  private TurnLog log;

  @BeforeEach
  void openLog() {
    log = TurnLog.open(directory.resolve("log"), Clock.systemUTC());
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  @Test
  void open_killedBetweenLogAndCommit_replaysTheRest() throws IOException {
    say("the first dog");
    Path copy = directory.resolve("copy");
    try (var index = open("index")) {
      index.follow(log);
      index.commit();
      say("the second cat");
      index.follow(log);
      copyTree(directory.resolve("index"), copy);
    }
    try (var index = TurnIndex.open(copy, IndexOptions.DEFAULT, Optional.empty())) {
      assertThat(index.report().sequence()).isEqualTo(1);
      index.follow(log);

      assertThat(found(index, TurnFilter.in(HOME), "dog")).containsExactly(1L);
      assertThat(found(index, TurnFilter.in(HOME), "cat")).containsExactly(2L);
      assertThat(index.report().turns()).isEqualTo(2);
    }
  }

  @Test
  void open_committedFurtherThanItSays_doublesNothing() throws IOException {
    try (var index = open("index")) {
      for (int i = 0; i < 5; i++) {
        say("dog number " + i);
      }
      index.addAll(log.since(0).map(IndexedTurn::of).toList());
      index.commit();
    }
    try (var index = open("index")) {
      assertThat(index.report().sequence()).isZero();
      index.follow(log);
      assertThat(index.report().turns()).isEqualTo(5);
    }
  }

  @Test
  void open_directoryDeleted_isRebuiltAndSaysSo() throws IOException {
    say("the first dog");
    try (var index = open("index")) {
      index.follow(log);
    }
    deleteTree(directory.resolve("index"));
    try (var index = open("index")) {
      index.follow(log);

      assertThat(found(index, TurnFilter.in(HOME), "dog")).containsExactly(1L);
      assertThat(index.report().notes()).containsExactly("built from the log: there was no index");
    }
  }

  @Test
  void open_writtenInAnOlderFormat_isRebuiltAndSaysSo() throws IOException {
    say("the first dog");
    try (var index = open("index")) {
      index.follow(log);
    }
    try (var files = FSDirectory.open(directory.resolve("index"));
        var writer = new IndexWriter(files, new IndexWriterConfig())) {
      Map<String, String> stamp = new HashMap<>();
      writer.getLiveCommitData().forEach(entry -> stamp.put(entry.getKey(), entry.getValue()));
      assertThat(stamp.replace("format", "2")).isEqualTo(Schema.FORMAT);
      writer.setLiveCommitData(stamp.entrySet());
    }
    try (var index = open("index")) {
      index.follow(log);

      assertThat(found(index, TurnFilter.in(HOME), "dog")).containsExactly(1L);
      assertThat(index.report().notes())
          .anyMatch(note -> note.contains("written in format 2 and this is " + Schema.FORMAT));
    }
  }

  @Test
  void open_anyFileDamaged_isRebuiltAndSaysSo() throws IOException {
    for (int i = 0; i < 50; i++) {
      say("the dog number " + i);
    }
    try (var index = open("index")) {
      index.follow(log);
    }
    List<Path> files;
    try (Stream<Path> all = Files.list(directory.resolve("index"))) {
      files = all.filter(file -> !file.endsWith("write.lock")).toList();
    }
    for (int f = 0; f < files.size(); f++) {
      Path copy = directory.resolve("damaged" + f);
      copyTree(directory.resolve("index"), copy);
      Path damaged = copy.resolve(files.get(f).getFileName());
      byte[] bytes = Files.readAllBytes(damaged);
      bytes[bytes.length / 2] ^= 0x55;
      Files.write(damaged, bytes);
      try (var index = TurnIndex.open(copy, IndexOptions.DEFAULT, Optional.empty())) {
        index.follow(log);

        assertThat(found(index, TurnFilter.in(HOME), "dog")).hasSize(50);
        assertThat(index.report().notes())
            .as(damaged.toString())
            .anyMatch(note -> note.startsWith("rebuilt from the log: the index could not be read"));
      }
    }
  }

  @Test
  void open_otherEmbedder_isRebuiltWithItsVectors() throws InterruptedException {
    say("the first dog");
    try (var index = open("index", new WordEmbedder("one", 32))) {
      index.follow(log);
      assertThat(index.awaitVectors(60_000)).isTrue();
    }
    try (var index = open("index", new WordEmbedder("two", 16))) {
      index.follow(log);

      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(index.search(TurnFilter.in(HOME), "dog").hasCosine(0)).isTrue();
      assertThat(index.report().notes()).anyMatch(note -> note.contains("'one'"));
    }
  }

  @Test
  void open_vectorsWereStillToCome_fillsThemIn() throws InterruptedException {
    say("the first dog");
    var embedder = new WordEmbedder("one", 32);
    embedder.failing(true);
    try (var index = open("index", embedder)) {
      index.follow(log);
    }
    embedder.failing(false);
    try (var index = open("index", embedder)) {
      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(index.report().vectorsWaiting()).isZero();
      assertThat(index.search(TurnFilter.in(HOME), "dog").hasCosine(0)).isTrue();
    }
  }

  @Test
  void follow_erasedInTheLogWhileTheIndexWasAway_isForgotten() {
    say("the secret dog");
    say("the loud cat");
    try (var index = open("index")) {
      index.follow(log);
    }
    var unused = log.erase(new Erasure.OfTurn(HOME, 1));
    try (var index = open("index")) {
      index.follow(log);

      assertThat(found(index, TurnFilter.in(HOME), "dog")).isEmpty();
      assertThat(found(index, TurnFilter.in(HOME), "cat")).containsExactly(2L);
    }
    assertThat(unused.turns()).isEqualTo(1);
  }

  @Test
  void follow_turnsThatNoTermAndNoMillisecondHolds_findsThemAndWhatCameAfter() {
    String name = "Ann".repeat(14_000);
    String topic = "ä".repeat(20_000);
    append(name, Instant.EPOCH, "the first dog", Map.of("topic", topic));
    append("Ann", Instant.parse("+300000000-01-01T00:00:00Z"), "the second dog", Map.of());
    append("Ann", Instant.parse("-300000000-01-01T00:00:00Z"), "the third dog", Map.of());
    say("the fourth cat");
    TurnFilter home = TurnFilter.in(HOME);
    for (int opened = 0; opened < 2; opened++) {
      try (var index = open("index")) {
        index.follow(log);

        assertThat(found(index, home, "cat")).containsExactly(4L);
        assertThat(found(index, home.saidBy(Set.of(name)), "dog")).containsExactly(1L);
        assertThat(found(index, home.about(Set.of(topic)), "dog")).containsExactly(1L);
        Instant late = Instant.parse("+200000000-01-01T00:00:00Z");
        assertThat(found(index, home.between(late, Instant.MAX), "dog")).containsExactly(2L);
        assertThat(found(index, home.between(Instant.MIN, late), "dog")).containsExactly(1L, 3L);
      }
    }
  }

  @Test
  void addAll_oneTurnIsRefusedByLucene_theOthersAreFound() {
    say("the first dog");
    IndexedTurn dog = IndexedTurn.of(log.turn(1).orElseThrow());
    var refused =
        new IndexedTurn(HOME, 2, 1, "t2", Instant.EPOCH, "Ann", "x".repeat(40_000), "", "no dog");
    try (var index = open("index")) {
      index.addAll(List.of(refused, dog));

      assertThat(found(index, TurnFilter.in(HOME), "dog")).containsExactly(1L);
    }
  }

  @Test
  void purge_afterErasing_leavesNoByteInAnyFile() throws Exception {
    for (int i = 0; i < 40; i++) {
      say(i == 17 ? "the canary xyzzyplugh sings" : "the dog number " + i);
    }
    try (var index = open("index", new WordEmbedder("one", 32))) {
      index.follow(log);
      assertThat(index.awaitVectors(60_000)).isTrue();
      index.commit();
      assertThat(grep("xyzzyplugh")).isNotEmpty();
      long erased = log.turns(HOME).get(17).sequence();
      var receipt = log.erase(new Erasure.OfTurn(HOME, erased));
      assertThat(index.erase(receipt.sequences())).isEqualTo(1);
      index.follow(log);
      index.purge();

      assertThat(grep("xyzzyplugh")).isEmpty();
      assertThat(found(index, TurnFilter.in(HOME), "dog")).hasSize(39);
    }
  }

  @Test
  void follow_diskFullForAWhile_answersFromWhatItHasAndCatchesUpByItself() throws Exception {
    var full = new FullDisk(FSDirectory.open(directory.resolve("index")));
    try (var index = TurnIndex.open(full, RARELY, Optional.of(new WordEmbedder("one", 32)))) {
      say("the first dog");
      index.follow(log);
      assertThat(index.awaitVectors(60_000)).isTrue();
      index.commit();
      full.full = true;
      say("the second cat");
      assertThatThrownBy(
              () -> {
                index.follow(log);
                index.commit();
              })
          .isInstanceOf(IndexException.class)
          .hasMessageContaining("it follows from the log");
      assertThat(found(index, TurnFilter.in(HOME), "dog")).containsExactly(1L);
      full.full = false;

      index.follow(log);

      assertThat(found(index, TurnFilter.in(HOME), "cat")).containsExactly(2L);
      assertThat(found(index, TurnFilter.in(HOME), "dog")).containsExactly(1L);
      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(index.report().notes())
          .anyMatch(note -> note.startsWith("opened again after a failed write"));
    }
  }

  @Test
  void report_vectorsThatAFullDiskKeptOut_blamesTheIndexAndNotTheEmbedder() throws Exception {
    var full = new FullDisk(FSDirectory.open(directory.resolve("index")));
    var opened = new CompletableFuture<TurnIndex>();
    var told = new CompletableFuture<List<String>>();
    var embedder = new WordEmbedder("one", 32);
    embedder.first(
        texts -> {
          TurnIndex index = opened.join();
          List<String> notes = index.report().notes(); // from now on what was added is visible
          if (full.full) {
            full.full = false;
            told.complete(notes);
          } else if (!told.isDone()) {
            full.full = true;
            assertThatThrownBy(index::commit).isInstanceOf(IndexException.class);
          }
        });
    try (var index = TurnIndex.open(full, RARELY, Optional.of(embedder))) {
      say("the first dog");
      index.follow(log);
      opened.complete(index); // what was added must be visible before the disk is full

      assertThat(told.get(60, TimeUnit.SECONDS))
          .anyMatch(note -> note.contains("the index could not be written"))
          .noneMatch(note -> note.contains("the embedder failed"));
      assertThat(index.awaitVectors(60_000)).isTrue(); // the index has opened itself again
    }
  }

  @Test
  void open_diskFull_leavesWhatIsThere() throws IOException {
    say("the first dog");
    try (var index = open("index")) {
      index.follow(log);
    }
    var full = new FullDisk(FSDirectory.open(directory.resolve("index")));
    full.full = true;
    assertThatThrownBy(() -> TurnIndex.open(full, IndexOptions.DEFAULT, Optional.empty()))
        .isInstanceOf(IndexException.class)
        .hasMessageContaining("make room");
    try (var index = open("index")) {
      assertThat(index.report().turns()).isEqualTo(1);
      assertThat(index.report().notes()).isEmpty();
    }
  }

  private void say(String text) {
    append("Ann", Instant.EPOCH, text, Map.of());
  }

  private void append(String speaker, Instant at, String text, Map<String, String> attributes) {
    var unused =
        log.append(
            HOME,
            List.of(new LoggedMessage("", at, speaker, new ChatMessage.User(text), Map.of())),
            attributes);
    assertThat(unused.messages()).hasSize(1);
  }

  private TurnIndex open(String name) {
    return TurnIndex.open(directory.resolve(name), IndexOptions.DEFAULT, Optional.empty());
  }

  private TurnIndex open(String name, Embedder embedder) {
    return TurnIndex.open(directory.resolve(name), IndexOptions.DEFAULT, Optional.of(embedder));
  }

  private List<Path> grep(String canary) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).filter(file -> contains(file, canary)).toList();
    }
  }

  static boolean contains(Path file, String canary) {
    try {
      String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      return bytes.contains(canary);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void copyTree(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private static void deleteTree(Path path) throws IOException {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** A disk that can run full. */
  private static final class FullDisk extends FilterDirectory {
    private volatile boolean full;

    FullDisk(org.apache.lucene.store.Directory in) {
      super(in);
    }

    @Override
    public IndexOutput createOutput(String name, IOContext context) throws IOException {
      if (full) {
        throw new IOException("No space left on device");
      }
      return super.createOutput(name, context);
    }

    @Override
    public IndexOutput createTempOutput(String prefix, String suffix, IOContext context)
        throws IOException {
      if (full) {
        throw new IOException("No space left on device");
      }
      return super.createTempOutput(prefix, suffix, context);
    }
  }
}
