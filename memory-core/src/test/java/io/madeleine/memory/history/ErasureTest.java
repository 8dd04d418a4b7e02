package io.madeleine.memory.history;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ErasureTest {

  private static final ConversationKey ANN = ConversationKey.of("ann", "tea");
  private static final ConversationKey ANN_TOO = ConversationKey.of("ann", "coffee");
  private static final ConversationKey BEN = ConversationKey.of("ben", "tea");
  private static final Instant DAY = Instant.parse("2026-01-01T00:00:00Z");

  private final Path directory;

  ErasureTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private TurnLog open() {
    return TurnLog.open(
        directory, Clock.fixed(DAY, ZoneOffset.UTC), new LogOptions(4 << 10, 1 << 20));
  }

  /** 120 turns over many small files: ann's secrets 0 to 79 in two conversations, ben's between. */
  private static void fill(TurnLog log) {
    for (int i = 0; i < 40; i++) {
      for (ConversationKey key : List.of(ANN, BEN, ANN_TOO)) {
        var said =
            new ChatMessage.User("%s-%s-secret-%02d".formatted(key.tenant().id(), key.id(), i));
        log.append(
            key,
            List.of(
                new LoggedMessage(DAY.plusSeconds(i), said),
                new LoggedMessage(DAY.plusSeconds(i), new ChatMessage.Assistant("x".repeat(300)))),
            Map.of());
      }
    }
  }

  private boolean onDisk(String text) throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (Files.readString(file, ISO_8859_1).contains(text)) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void erase_oneTurn_goneForReadersAndFromDiskAndTheRestStays() throws IOException {
    try (TurnLog log = open()) {
      fill(log);
      LoggedTurn seventh = log.turns(ANN).get(7);
      Erasure.Receipt receipt = log.erase(new Erasure.OfTurn(ANN, seventh.sequence()));

      assertThat(receipt.turns()).isEqualTo(1);
      assertThat(receipt.messages()).isEqualTo(2);
      assertThat(receipt.sequences()).containsExactly(seventh.sequence());
      assertThat(receipt.bytes()).isGreaterThan(300);
      assertThat(onDisk("ann-tea-secret-07")).isFalse();
      assertThat(onDisk("ann-tea-secret-08")).isTrue();
      assertThat(log.turns(ANN)).hasSize(39);
      assertThat(log.turn(seventh.sequence())).isEmpty();
      assertThat(log.turns(BEN)).hasSize(40);
    }
    try (TurnLog log = open()) {
      assertThat(log.turns(ANN)).hasSize(39).extracting(LoggedTurn::index).doesNotContain(7);
      assertThat(log.report().notes()).isEmpty();
    }
  }

  @Test
  void erase_aTurnOfSomebodyElse_touchesNothing() {
    try (TurnLog log = open()) {
      fill(log);
      long bens = log.turns(BEN).getFirst().sequence();

      assertThat(log.erase(new Erasure.OfTurn(ANN, bens)).turns()).isZero();
      assertThat(log.turns(BEN)).hasSize(40);
    }
  }

  @Test
  void erase_conversationThenTenant_leavesOthersWhole() throws IOException {
    try (TurnLog log = open()) {
      fill(log);
      List<LoggedTurn> bens = log.turns(BEN);
      assertThat(log.erase(new Erasure.OfConversation(ANN)).turns()).isEqualTo(40);
      assertThat(log.conversations(ANN.tenant())).containsExactly(ANN_TOO);
      assertThat(log.erase(new Erasure.OfTenant(new Tenant("ann"))).conversations()).isEqualTo(1);
      assertThat(log.tenants()).containsExactly(BEN.tenant());
      assertThat(onDisk("ann")).isFalse();
      assertThat(log.turns(BEN)).isEqualTo(bens);
      assertThat(log.append(ANN, bens.getFirst().messages(), Map.of()).index()).isZero();
    }
  }

  @Test
  void erase_aTimeRange_takesThatTenantsTurnsWithin() throws IOException {
    try (TurnLog log = open()) {
      fill(log);
      var range = new Erasure.OfTime(ANN.tenant(), DAY.plusSeconds(10), DAY.plusSeconds(20));

      assertThat(log.erase(range).turns()).isEqualTo(20);
      assertThat(onDisk("ann-coffee-secret-09")).isTrue();
      assertThat(onDisk("ann-coffee-secret-10")).isFalse();
      assertThat(onDisk("ann-tea-secret-19")).isFalse();
      assertThat(onDisk("ann-tea-secret-20")).isTrue();
      assertThat(onDisk("ben-tea-secret-15")).isTrue();
    }
  }

  @Test
  void erasedSince_theSequenceAnIndexKnows_saysWhatItMustForget() {
    try (TurnLog log = open()) {
      fill(log);
    }
    long known;
    try (TurnLog log = open()) {
      known = log.lastSequence();
      log.erase(new Erasure.OfConversation(BEN));
    }
    try (TurnLog log = open()) {
      assertThat(log.erasedSince(known).count()).isEqualTo(40);
      assertThat(log.erasedSince(log.lastSequence())).isEmpty();
    }
  }

  @Test
  void open_killedBetweenTombstoneAndRewrite_finishesTheErasure() throws IOException {
    try (TurnLog log = open()) {
      fill(log);
    }
    Path first = Segment.path(directory, 1);
    byte[] before = Files.readAllBytes(first);
    try (TurnLog log = open()) {
      log.erase(new Erasure.OfConversation(ANN));
    }
    Files.write(first, before); // as if the process had died before this file was written anew
    Files.write(directory.resolve("turns-00000001.log.new"), before);
    assertThat(onDisk("ann-tea-secret-00")).isTrue();
    try (TurnLog log = open()) {
      assertThat(log.size(ANN)).isZero();
      assertThat(log.turns(BEN)).hasSize(40);
      assertThat(onDisk("ann-tea-secret")).isFalse();
    }
  }

  /** {@return what stands where a file is to be written anew, so that the copy fails} */
  private Path obstacle(String name) throws IOException {
    return Files.createFile(Files.createDirectory(directory.resolve(name)).resolve("in the way"));
  }

  private static void remove(Path obstacle) throws IOException {
    Files.delete(obstacle);
    Files.delete(obstacle.getParent());
  }

  @Test
  void erase_noRoomForTheCopy_failsUntilThereIsAndStopsNobodyElse() throws IOException {
    var forgetAnn = new Erasure.OfConversation(ANN);
    try (TurnLog log = open()) {
      fill(log);
      List<LoggedTurn> bens = log.turns(BEN);
      Path obstacle = obstacle("turns-00000001.log.new");

      assertThatThrownBy(() -> log.erase(forgetAnn))
          .isInstanceOfSatisfying(
              UnfinishedErasureException.class,
              e -> assertThat(e.receipt().sequences()).hasSize(40))
          .hasMessageContaining("still on the disk")
          .hasMessageContaining("Make room");
      assertThat(log.turns(ANN)).isEmpty();
      assertThat(log.turns(BEN)).isEqualTo(bens);
      assertThat(onDisk("ann-tea-secret-39")).as("every other file is done").isFalse();
      LoggedTurn after = log.append(BEN, bens.getFirst().messages(), Map.of());
      assertThat(log.turns(BEN)).hasSize(41).endsWith(after);

      assertThat(onDisk("ann-tea-secret-00")).isTrue();
      assertThatThrownBy(() -> log.erase(forgetAnn))
          .isInstanceOfSatisfying(
              UnfinishedErasureException.class, e -> assertThat(e.receipt().turns()).isZero());
      remove(obstacle);

      Erasure.Receipt receipt = log.erase(forgetAnn);
      assertThat(receipt.segments()).isEqualTo(1);
      assertThat(receipt.bytes()).isPositive();
      assertThat(onDisk("ann-tea-secret")).isFalse();
      assertThat(log.turns(BEN)).hasSize(41).startsWith(bens.toArray(LoggedTurn[]::new));
    }
    try (TurnLog log = open()) {
      assertThat(log.report().notes()).isEmpty();
      assertThat(log.turns(BEN)).hasSize(41);
    }
  }

  @Test
  void erase_noRoomToCopyTheFileThatGrows_turnsAreAddedToItAllTheSame() throws IOException {
    try (TurnLog log = TurnLog.open(directory, Clock.systemUTC())) {
      fill(log);
      Path file = Segment.path(directory, 1);
      byte[] before = Files.readAllBytes(file);
      Path obstacle = obstacle("turns-00000001.log.new");
      assertThatThrownBy(() -> log.erase(new Erasure.OfTurn(ANN, 1)))
          .isInstanceOf(UnfinishedErasureException.class);
      LoggedTurn after = log.append(BEN, log.turns(BEN).getFirst().messages(), Map.of());
      remove(obstacle);

      assertThat(Files.readAllBytes(file)).startsWith(before);
      assertThat(log.erase(new Erasure.OfConversation(ANN)).turns()).isEqualTo(39);
      assertThat(log.turns(BEN)).hasSize(41).endsWith(after);
      assertThat(onDisk("ann-tea-secret")).isFalse();
    }
    try (TurnLog log = open()) {
      assertThat(log.turns(BEN)).hasSize(41);
      assertThat(log.report().notes()).isEmpty();
    }
  }

  @Test
  void open_anErasureStillCannotBeFinished_opensAndSaysSoUntilItCan() throws IOException {
    Path obstacle = obstacle("turns-00000001.log.new");
    try (TurnLog log = open()) {
      fill(log);
      assertThatThrownBy(() -> log.erase(new Erasure.OfConversation(ANN)))
          .isInstanceOf(UnfinishedErasureException.class);
    }
    try (TurnLog log = open()) {
      assertThat(log.report().unfinished()).isEqualTo(1);
      assertThat(log.report().notes()).singleElement().asString().contains("make room on the disk");
      assertThat(log.turns(ANN)).isEmpty();
      assertThat(log.append(BEN, log.turns(BEN).getFirst().messages(), Map.of()).index())
          .isEqualTo(40);
      assertThat(onDisk("ann-tea-secret-00")).isTrue();
    }
    remove(obstacle);
    try (TurnLog log = open()) {
      assertThat(log.report().notes()).isEmpty();
      assertThat(onDisk("ann-tea-secret")).isFalse();
      assertThat(log.turns(BEN)).hasSize(41);
    }
  }

  @Test
  void erase_itCannotBeWrittenDown_nothingIsErasedAndNoSequenceIsTaken() throws IOException {
    try (TurnLog log = open()) {
      var said = List.of(new LoggedMessage(DAY, new ChatMessage.User("x".repeat(5_000))));
      log.append(ANN, said, Map.of()); // the file is full
      Path obstacle = obstacle("turns-00000002.log");
      assertThatThrownBy(() -> log.erase(new Erasure.OfConversation(ANN)))
          .isInstanceOf(LogException.class)
          .isNotInstanceOf(UnfinishedErasureException.class)
          .hasMessageContaining("nothing was erased");
      assertThat(log.size(ANN)).isOne();
      assertThat(log.lastSequence()).isOne();
      remove(obstacle);

      assertThat(log.erase(new Erasure.OfConversation(ANN)).turns()).isOne();
    }
  }

  /** Damages a text on the disk, all of which stands in the first file. */
  private void rot(String text) throws IOException {
    Path file = Segment.path(directory, 1);
    byte[] bytes = Files.readAllBytes(file);
    bytes[new String(bytes, ISO_8859_1).indexOf(text)] ^= 1;
    Files.write(file, bytes);
  }

  @Test
  void erase_aTurnRottedMeanwhile_nobodyReadsWhatNowLiesInItsPlace() throws IOException {
    try (TurnLog log = open()) {
      for (String tenant : List.of("tenx", "tena", "tenb", "tenc")) {
        var said = new LoggedMessage(DAY, new ChatMessage.User("secret of " + tenant));
        log.append(ConversationKey.of(tenant, "tea"), List.of(said), Map.of());
      }
      rot("secret of tena");
      List<LoggedTurn> ofTenC = log.turns(ConversationKey.of("tenc", "tea"));
      log.erase(new Erasure.OfTenant(new Tenant("tenx"))); // and what is damaged goes with it

      assertThat(log.turns(ConversationKey.of("tena", "tea"))).isEmpty();
      assertThat(log.turn(2)).isEmpty();
      assertThat(log.turns(ConversationKey.of("tenc", "tea"))).isEqualTo(ofTenC).hasSize(1);
      assertThat(log.since(0)).extracting(LoggedTurn::sequence).containsExactly(3L, 4L);
    }
  }

  @Test
  void erase_theLogIsClosed_saysSo() {
    TurnLog log = open();
    fill(log);
    log.close();
    assertThatThrownBy(() -> log.erase(new Erasure.OfConversation(ANN)))
        .isInstanceOf(LogException.class)
        .hasMessageContaining("the log is closed");
  }

  @Test
  void erase_readersAndWritersAtWork_noneOfTheOthersTurnsIsEverAway() throws Exception {
    try (TurnLog log = open();
        var others = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      fill(log);
      List<LoggedTurn> bens = log.turns(BEN);
      var over = new AtomicBoolean(); // or they would wait for ever for what failed
      Future<?> reading =
          others.submit(
              () -> {
                while (!over.get() && log.size(ANN) > 0) {
                  assertThat(log.turns(BEN)).startsWith(bens.toArray(LoggedTurn[]::new));
                  log.since(0).forEach(turn -> assertThat(turn.messages()).isNotEmpty());
                }
              });
      Future<?> writing =
          others.submit(
              () -> {
                while (!over.get() && log.size(ANN) > 0) {
                  LoggedTurn said = log.append(BEN, bens.getFirst().messages(), Map.of());
                  assertThat(log.turn(said.sequence())).contains(said);
                  assertThat(log.lastSequence()).isGreaterThanOrEqualTo(said.sequence());
                }
              });
      try {
        for (LoggedTurn turn : log.turns(ANN)) {
          log.erase(new Erasure.OfTurn(ANN, turn.sequence()));
          assertThat(log.turn(turn.sequence())).isEmpty();
        }
      } finally {
        over.set(true);
      }
      reading.get();
      writing.get();
      assertThat(onDisk("ann-tea-secret")).isFalse();
      assertThat(log.turns(ANN_TOO)).hasSize(40);
    }
  }
}
