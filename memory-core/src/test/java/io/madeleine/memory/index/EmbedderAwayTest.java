package io.madeleine.memory.index;

import static io.madeleine.memory.index.TurnIndexTest.found;
import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.match.Matches;
import io.madeleine.memory.index.schema.TurnFilter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two programs share an index, and one of them has no embedder. */
final class EmbedderAwayTest {

  private static final ConversationKey HOME = ConversationKey.of("ann", "home");

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
  void open_withoutTheEmbedderForAWhile_keepsVectorsAndEmbedsOnlyWhatWasSaidMeanwhile()
      throws InterruptedException {
    say("the first dog");
    say("the secret bird");
    var embedder = new WordEmbedder("one", 32);
    try (var index = open(embedder)) {
      index.follow(log);
      assertThat(index.awaitVectors(60_000)).isTrue();
    }
    try (var index = open()) {
      say("the second cat");
      var erased = log.erase(new Erasure.OfTurn(HOME, 2));
      index.follow(log);

      assertThat(erased.turns()).isOne();
      assertThat(found(index, TurnFilter.in(HOME), "dog cat bird")).containsExactly(1L, 3L);
      assertThat(index.search(TurnFilter.in(HOME), "dog").hasCosine(0)).isFalse();
      assertThat(index.report().vectorsWaiting()).isOne();
      assertThat(index.report().notes()).isEmpty();
    }
    var texts = new CopyOnWriteArrayList<String>();
    embedder.first(texts::addAll);
    try (var index = open(embedder)) {
      index.follow(log);

      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(texts).containsExactly("Ann: the second cat");
      assertThat(index.report().vectorsWaiting()).isZero();
      assertThat(index.report().notes()).isEmpty();
      Matches both = index.search(TurnFilter.in(HOME), "dog");
      assertThat(List.of(both.hasCosine(0), both.hasCosine(1))).containsOnly(true);
    }
  }

  @Test
  void open_otherEmbedderAfterNone_isRebuiltWithItsVectors() throws InterruptedException {
    say("the first dog");
    try (var index = open(new WordEmbedder("one", 32))) {
      index.follow(log);
      assertThat(index.awaitVectors(60_000)).isTrue();
    }
    try (var index = open()) {
      say("the second cat");
      index.follow(log);
    }
    try (var index = open(new WordEmbedder("two", 16))) {
      index.follow(log);

      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(index.report().turns()).isEqualTo(2);
      assertThat(index.search(TurnFilter.in(HOME), "dog").hasCosine(0)).isTrue();
      assertThat(index.report().notes()).anyMatch(note -> note.contains("'one'"));
    }
  }

  @Test
  void open_embedderWhereThereNeverWasOne_isRebuiltWithItsVectors() throws InterruptedException {
    say("the first dog");
    try (var index = open()) {
      index.follow(log);
      assertThat(index.report().vectorsWaiting()).isZero();
    }
    try (var index = open(new WordEmbedder("one", 32))) {
      index.follow(log);

      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(index.search(TurnFilter.in(HOME), "dog").hasCosine(0)).isTrue();
      assertThat(index.report().notes()).anyMatch(note -> note.contains("'none'"));
    }
  }

  private void say(String text) {
    var said = new LoggedMessage("", Instant.EPOCH, "Ann", new ChatMessage.User(text), Map.of());
    assertThat(log.append(HOME, List.of(said), Map.of()).messages()).hasSize(1);
  }

  private TurnIndex open() {
    return TurnIndex.open(directory.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
  }

  private TurnIndex open(Embedder embedder) {
    return TurnIndex.open(directory.resolve("index"), IndexOptions.DEFAULT, Optional.of(embedder));
  }
}
