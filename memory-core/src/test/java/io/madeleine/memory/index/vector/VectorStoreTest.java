package io.madeleine.memory.index.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.memory.identity.Tenant;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VectorStoreTest {

  private static final Tenant ACME = new Tenant("acme");

  @TempDir Path directory;

  @Test
  void search_addedBefore_isFoundAtOnceWithItsVectorTextAndMetadata() {
    var entry = new VectorEntry("a", new float[] {3, 4}, Optional.of("five"), Map.of("n", 5));
    try (var store = open()) {
      store.addAll(List.of(entry));
      VectorMatch match = nearest(store, 3, 4).getFirst();

      assertThat(match.score()).isCloseTo(1, within(1e-6f));
      assertThat(match.entry().vector()).containsExactly(3, 4);
      assertThat(match.entry().text()).contains("five");
      assertThat(match.entry().metadata()).containsExactly(Map.entry("n", 5));
      assertThat(nearest(store, -3, -4).getFirst().score()).isCloseTo(0, within(1e-6f));
    }
  }

  @Test
  void open_closedBefore_holdsWhatWasAdded() {
    try (var store = open()) {
      store.addAll(List.of(entry("a", 1, 0), entry("b", 0, 1)));
      store.remove(List.of("b"));
    }
    try (var store = open()) {
      assertThat(store.size()).isEqualTo(1);
      assertThat(nearest(store, 0, 1)).extracting(match -> match.entry().id()).containsExactly("a");
      assertThatThrownBy(() -> store.addAll(List.of(entry("c", 1, 2, 3))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("3 dimensions");
    }
  }

  @Test
  void open_commitEveryChange_survivesACrash() throws Exception {
    var immediate = new VectorStoreOptions(Duration.ZERO, 10);
    var copy = directory.resolve("copy");
    try (var store = VectorStore.open(directory.resolve("live"), ACME, immediate)) {
      store.addAll(List.of(entry("a", 1, 0)));
      Files.createDirectories(copy);
      try (var files = Files.list(directory.resolve("live"))) {
        for (Path file : files.filter(file -> !file.endsWith("write.lock")).toList()) {
          Files.copy(file, copy.resolve(file.getFileName()));
        }
      }
    }
    try (var store = VectorStore.open(copy, ACME, immediate)) {
      assertThat(store.size()).isEqualTo(1);
    }
  }

  @Test
  void open_anotherTenantsOrInUse_isRefused() {
    try (var store = open()) {
      assertThat(store.size()).isZero();
      assertThatThrownBy(this::open)
          .isInstanceOf(VectorStoreException.class)
          .hasMessageContaining("another process");
    }
    assertThatThrownBy(
            () -> VectorStore.open(directory, new Tenant("umbrella"), VectorStoreOptions.DEFAULT))
        .isInstanceOf(VectorStoreException.class)
        .hasMessageContaining("umbrella");
  }

  @Test
  void addAll_fullStore_isRefusedWhole() {
    var two = new VectorStoreOptions(Duration.ofSeconds(5), 2);
    try (var store = VectorStore.open(directory, ACME, two)) {
      store.addAll(List.of(entry("a", 1, 0)));

      assertThatThrownBy(() -> store.addAll(List.of(entry("b", 1, 0), entry("c", 1, 0))))
          .isInstanceOf(VectorStoreException.class)
          .hasMessageContaining("1 of at most 2");
      assertThat(store.size()).isEqualTo(1);
    }
  }

  @Test
  void addAll_tooManyKeys_isRefused() {
    try (var store = open()) {
      List<VectorEntry> many =
          IntStream.rangeClosed(0, VectorStore.MOST_KEYS)
              .mapToObj(
                  i ->
                      new VectorEntry(
                          "" + i, new float[] {1}, Optional.empty(), Map.of("k" + i, i)))
              .toList();

      assertThatThrownBy(() -> store.addAll(many))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("1,001 different keys");
    }
  }

  @Test
  void entry_withoutDirectionOrWithALongValue_isRefused() {
    assertThatThrownBy(() -> entry("a", 0, 0)).hasMessageContaining("direction");
    assertThatThrownBy(() -> entry("a", Float.NaN)).hasMessageContaining("direction");
    String page = "x".repeat(VectorEntry.LONGEST_VALUE + 1);
    assertThatThrownBy(
            () -> new VectorEntry("a", new float[] {1}, Optional.empty(), Map.of("page", page)))
        .hasMessageContaining("'page' has 8,001");
  }

  @Test
  void purge_removedEntry_leavesNoByteOfIt() throws Exception {
    try (var store = open()) {
      store.addAll(List.of(entry("a secret word", 1, 0), entry("b", 0, 1)));
      store.commit();
      assertThat(filesWith("a secret word")).isNotEmpty();
      store.remove(List.of("a secret word"));
      store.purge();

      assertThat(filesWith("a secret word")).isEmpty();
      assertThat(store.size()).isEqualTo(1);
    }
  }

  @Test
  void clear_thenOtherVectors_takesTheirLength() {
    try (var store = open()) {
      store.addAll(List.of(entry("a", 1, 0)));
      store.clear();
      assertThat(nearest(store, 1, 0)).isEmpty();
      float[] longer = new float[1_536];
      longer[7] = 1;
      store.addAll(List.of(entry("a", longer)));
      assertThat(nearest(store, longer)).hasSize(1);
    }
  }

  @Test
  void search_thousandEntriesAndACondition_isExact() {
    var entries = new ArrayList<VectorEntry>();
    for (int i = 0; i < 1_000; i++) {
      float angle = i * 0.001f;
      entries.add(
          new VectorEntry(
              "" + i,
              new float[] {(float) Math.cos(angle), (float) Math.sin(angle)},
              Optional.empty(),
              Map.of("even", i % 2 == 0 ? "yes" : "no")));
    }
    try (var store = open()) {
      store.addAll(entries);
      var even = new Condition.Compares("even", Condition.Order.EQUAL, "yes");
      var query = new VectorQuery(new float[] {1, 0}, 3, 0, Optional.of(even));

      assertThat(store.search(query))
          .extracting(match -> match.entry().id())
          .containsExactly("0", "2", "4");
      store.removeAll(new Condition.Not(even));
      assertThat(store.size()).isEqualTo(500);
    }
  }

  private List<String> filesWith(String words) throws Exception {
    var found = new ArrayList<String>();
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(words)) {
          found.add(file.getFileName().toString());
        }
      }
    }
    return found;
  }

  private VectorStore open() {
    return VectorStore.open(directory, ACME, VectorStoreOptions.DEFAULT);
  }

  private static VectorEntry entry(String id, float... vector) {
    return new VectorEntry(id, vector, Optional.empty(), Map.of());
  }

  private static List<VectorMatch> nearest(VectorStore store, float... vector) {
    return store.search(new VectorQuery(vector, 10, 0, Optional.empty()));
  }
}
