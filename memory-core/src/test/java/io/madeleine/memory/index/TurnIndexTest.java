package io.madeleine.memory.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.match.Matches;
import io.madeleine.memory.index.schema.IndexedTurn;
import io.madeleine.memory.index.schema.TurnFilter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TurnIndexTest {

  private static final ConversationKey HOME = ConversationKey.of("ann", "home");
  private static final Instant MAY = Instant.parse("2023-05-08T13:56:00Z");

  @TempDir Path directory;

  @Test
  void search_turnJustAdded_isFound() {
    try (var index = open(Optional.empty())) {
      index.addAll(List.of(turn(HOME, 1, 0, "Ann", "My dog is called Rex.")));

      assertThat(found(index, TurnFilter.in(HOME), "dog")).containsExactly(1L);
    }
  }

  @Test
  void search_everyFilter_keepsOutWhatItNames() {
    try (var index = open(Optional.empty())) {
      var other = ConversationKey.of("ann", "work");
      index.addAll(
          List.of(
              turn(HOME, 1, 0, "Ann", "the dog one"),
              turn(HOME, 2, 1, "Bob", "the dog two").withTopic("pets"),
              new IndexedTurn(
                  HOME, 3, 2, "t3", MAY.plusSeconds(3600), "Ann", "tool", "", "the dog three"),
              turn(other, 4, 0, "Ann", "the dog four")));
      TurnFilter home = TurnFilter.in(HOME);

      assertThat(found(index, home, "dog")).containsExactly(1L, 2L, 3L);
      assertThat(found(index, TurnFilter.of(new Tenant("ann")), "dog")).hasSize(4);
      assertThat(found(index, home.saidBy(Set.of("BOB")), "dog")).containsExactly(2L);
      assertThat(found(index, home.about(Set.of("pets")), "dog")).containsExactly(2L);
      assertThat(found(index, home.kinds(Set.of("tool")), "dog")).containsExactly(3L);
      assertThat(found(index, home.between(MAY, MAY.plusSeconds(60)), "dog"))
          .containsExactly(1L, 2L);
      assertThat(found(index, home.between(MAY, MAY), "dog")).isEmpty();
      assertThat(found(index, home.before(2), "dog")).containsExactly(1L);
      assertThat(found(index, home.before(1), "dog")).isEmpty();
      assertThat(found(index, home.before(3).saidBy(Set.of("Ann")), "dog")).containsExactly(1L);
      assertThatThrownBy(() -> home.before(0)).hasMessageContaining("at least 1");
    }
  }

  @Test
  void filter_conversationOfAnotherTenant_isRefused() {
    assertThatThrownBy(
            () ->
                new TurnFilter(
                    new Tenant("bob"),
                    Optional.of(HOME),
                    Optional.empty(),
                    Optional.empty(),
                    Set.of(),
                    Set.of(),
                    Set.of()))
        .hasMessageContaining("ask for one's own");
  }

  @Test
  void search_twoTenantsWithEqualIds_neverMeet() {
    // Ids chosen so that naive concatenations, prefixes and hashes collide.
    var keys =
        List.of(
            ConversationKey.of("a", "bc"),
            ConversationKey.of("ab", "c"),
            ConversationKey.of("a", "b:c"),
            ConversationKey.of("1:a", "bc"),
            ConversationKey.of("Aa", "x"),
            ConversationKey.of("BB", "x"),
            ConversationKey.of("a*", "bc"),
            ConversationKey.of("a OR b", "bc"));
    try (var index = open(Optional.of(new WordEmbedder("words", 32)))) {
      List<IndexedTurn> turns = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        for (ConversationKey key : keys) {
          turns.add(
              turn(key, turns.size() + 1, i, "Ann", "the secret number " + i + " of the dog"));
        }
      }
      index.addAll(turns);
      for (int k = 0; k < keys.size(); k++) {
        ConversationKey key = keys.get(k);
        for (TurnFilter filter : List.of(TurnFilter.in(key), TurnFilter.of(key.tenant()))) {
          for (String question :
              List.of("secret dog", "*:*", "tenant:a OR where:*", "number 7", "\u0000")) {
            Matches matches = index.search(filter, question);
            for (int i = 0; i < matches.size(); i++) {
              ConversationKey of = turns.get((int) matches.sequence(i) - 1).conversation();
              assertThat(of.tenant()).isEqualTo(key.tenant());
              assertThat(filter.conversation().isEmpty() || of.equals(key)).isTrue();
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void search_largeConversation_findsWhatTheWholeReadFinds(IndexOptions.Vectors layout)
      throws InterruptedException {
    var options = IndexOptions.DEFAULT.with(layout);
    var small =
        new IndexOptions(
            layout,
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            64,
            32,
            Duration.ofSeconds(2),
            1 << 20);
    var embedder = new WordEmbedder("words", 64);
    try (var whole = TurnIndex.open(directory.resolve("a"), options, Optional.of(embedder));
        var drawn = TurnIndex.open(directory.resolve("b"), small, Optional.of(embedder))) {
      List<IndexedTurn> turns =
          IntStream.range(0, 1_000)
              .mapToObj(i -> turn(HOME, i + 1, i, "Ann", "word" + i + " and word" + i % 7))
              .toList();
      for (TurnIndex index : List.of(whole, drawn)) {
        index.addAll(turns);
        assertThat(index.awaitVectors(60_000)).isTrue();
      }
      for (int i = 0; i < 1_000; i += 97) {
        Matches all = whole.search(TurnFilter.in(HOME), "word" + i);
        Matches some = drawn.search(TurnFilter.in(HOME), "word" + i);
        assertThat(all.size()).isEqualTo(1_000);
        assertThat(some.size()).isBetween(5, 950);
        assertThat(best(some)).isEqualTo(best(all)).isEqualTo(i + 1);
      }
    }
  }

  @Test
  void search_codesThatBeginAlike_areKeptApart() {
    try (var index = open(Optional.empty())) {
      index.addAll(
          List.of(
              turn(HOME, 1, 0, "Ann", "Invoice INV2023001 is paid."),
              turn(HOME, 2, 1, "Ann", "Invoice INV2023002 is not.")));
      Matches matches = index.search(TurnFilter.in(HOME), "INV2023002");

      assertThat(matches.heads().terms()).containsExactly("inv2023002");
      assertThat(matches.heads().count(0, 0)).isZero();
      assertThat(matches.heads().count(0, 1)).isEqualTo(1);
    }
  }

  @Test
  void search_oddTexts_breakNothing() {
    var planes = new StringBuilder();
    for (int plane = 0; plane <= 16; plane++) {
      planes.appendCodePoint(plane * 0x10000 + 0x1234).append(' ');
    }
    String page = "lorem ipsum ".repeat(90_000);
    try (var index = open(Optional.of(new WordEmbedder("words", 32)))) {
      index.addAll(
          List.of(
              turn(HOME, 1, 0, "", ""),
              turn(HOME, 2, 1, "Ann", planes.toString()),
              turn(HOME, 3, 2, "Ann", page + "needle"),
              turn(HOME, 4, 3, "Ann", "\uD800 a lone half")));
      for (String question :
          List.of("", " ", planes.toString(), page, "\uDC00", "a AND (b OR", "needle")) {
        index.search(TurnFilter.in(HOME), question);
      }

      assertThat(found(index, TurnFilter.in(HOME), "needle")).containsExactly(3L);
      assertThat(found(index, TurnFilter.in(HOME), "half")).containsExactly(4L);
    }
  }

  @Test
  void tenThreads_writingAndSearching_loseNothing() throws Exception {
    try (var index = open(Optional.of(new WordEmbedder("words", 32)));
        var threads = Executors.newFixedThreadPool(10)) {
      List<Callable<Boolean>> work = new ArrayList<>();
      for (int thread = 0; thread < 10; thread++) {
        int t = thread;
        work.add(
            () -> {
              var key = ConversationKey.of("tenant" + t % 2, "c" + t);
              for (int i = 0; i < 60; i++) {
                long sequence = 1 + t + 10L * i;
                index.addAll(List.of(turn(key, sequence, i, "Ann", "token" + sequence)));
                assertThat(found(index, TurnFilter.in(key), "token" + sequence))
                    .containsExactly(sequence);
              }
              return true;
            });
      }
      for (var done : threads.invokeAll(work)) {
        assertThat(done.get()).isTrue();
      }
      assertThat(index.report().turns()).isEqualTo(600);
      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(index.report().turns()).isEqualTo(600);
    }
  }

  @Test
  void open_secondTime_isRefused() {
    try (var first = open(Optional.empty())) {
      assertThat(first.report().turns()).isZero();
      assertThatThrownBy(() -> open(Optional.empty()))
          .isInstanceOf(IndexException.class)
          .hasMessageContaining("another process has the index");
    }
  }

  private TurnIndex open(Optional<Embedder> embedder) {
    return TurnIndex.open(directory, IndexOptions.DEFAULT, embedder);
  }

  static IndexedTurn turn(ConversationKey key, long sequence, int index, String who, String text) {
    return new IndexedTurn(
        key, sequence, index, "t" + sequence, MAY.plusSeconds(index), who, "talk", "", text);
  }

  /** The eligible rows that say a word of the question. */
  static Set<Long> found(TurnIndex index, TurnFilter filter, String question) {
    Matches matches = index.search(filter, question);
    return IntStream.range(0, matches.size())
        .filter(matches::eligible)
        .filter(
            i ->
                IntStream.range(0, matches.stems().terms().size())
                    .anyMatch(t -> matches.stems().count(t, i) > 0))
        .mapToObj(matches::sequence)
        .collect(java.util.stream.Collectors.toCollection(TreeSet::new));
  }

  private static long best(Matches matches) {
    return LongStream.range(0, matches.size())
        .boxed()
        .max(
            java.util.Comparator.comparingDouble(
                i -> matches.stems().count(0, i.intValue()) + matches.cosine(i.intValue()) / 100))
        .map(i -> matches.sequence(i.intValue()))
        .orElseThrow();
  }
}
