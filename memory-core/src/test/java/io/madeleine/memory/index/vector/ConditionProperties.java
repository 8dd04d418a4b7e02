package io.madeleine.memory.index.vector;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.vector.Condition.Order;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conditions find exactly what a plain comparison of every entry's metadata finds. */
final class ConditionProperties {

  private static final List<Object> VALUES =
      List.of(
          "",
          "a",
          "ab",
          "b",
          "Z",
          "\uD83D\uDE00",
          "\uFFFD",
          "a\uD83D\uDE00b",
          0,
          1,
          -1,
          Integer.MAX_VALUE,
          Integer.MIN_VALUE,
          1L,
          1L << 53,
          (1L << 53) + 1,
          Long.MAX_VALUE,
          Long.MIN_VALUE,
          1746714878034235396L,
          0f,
          -0f,
          1.23f,
          0.1f,
          Float.MAX_VALUE,
          Float.MIN_VALUE,
          Float.NaN,
          Float.NEGATIVE_INFINITY,
          0d,
          -0d,
          1.23d,
          0.1d,
          1e300,
          9.007199254740992E15,
          Double.MIN_VALUE,
          Double.NaN,
          Double.POSITIVE_INFINITY,
          0.5d,
          -0.5d);

  @TempDir Path directory;

  @Test
  void everyOrderOfEveryValue_findsWhatAPlainComparisonFinds() {
    try (var store = store()) {
      for (Object limit : VALUES) {
        for (Order order : Order.values()) {
          check(store, new Condition.Compares("key", order, limit));
        }
      }
    }
  }

  @Test
  void partsOfText_findWhatAPlainSearchFinds() {
    try (var store = store()) {
      for (String part : List.of("", "a", "b", "ab", "\uD83D\uDE00", "\uDE00", "\u6100", "zz")) {
        check(store, new Condition.Contains("key", part));
        check(store, new Condition.Not(new Condition.Contains("key", part)));
      }
    }
  }

  @Test
  void randomTrees_findWhatAPlainComparisonFinds() {
    var random = new SplittableRandom(42);
    try (var store = store()) {
      for (int i = 0; i < 300; i++) {
        check(store, tree(random, 3));
      }
    }
  }

  private VectorStore store() {
    var store = VectorStore.open(directory, new Tenant("acme"), VectorStoreOptions.DEFAULT);
    var entries = new ArrayList<VectorEntry>();
    entries.add(entry(VALUES.size(), Map.of()));
    for (int i = 0; i < VALUES.size(); i++) {
      entries.add(entry(i, Map.of("key", VALUES.get(i), "other", i)));
    }
    store.addAll(entries);
    return store;
  }

  private static VectorEntry entry(int id, Map<String, Object> metadata) {
    return new VectorEntry("" + id, new float[] {1, id}, Optional.empty(), new HashMap<>(metadata));
  }

  private static final List<Order> ORDERS = List.of(Order.values());

  private static Condition tree(SplittableRandom random, int depth) {
    return switch (random.nextInt(depth == 0 ? 1 : 4)) {
      case 0 ->
          new Condition.Compares(
              random.nextInt(4) == 0 ? "other" : "key",
              ORDERS.get(random.nextInt(ORDERS.size())),
              VALUES.get(random.nextInt(VALUES.size())));
      case 1 -> new Condition.Not(tree(random, depth - 1));
      case 2 -> new Condition.All(List.of(tree(random, depth - 1), tree(random, depth - 1)));
      default -> new Condition.Any(List.of(tree(random, depth - 1), tree(random, depth - 1)));
    };
  }

  private static void check(VectorStore store, Condition condition) {
    var found = new TreeSet<String>();
    store
        .search(new VectorQuery(new float[] {1, 1}, 1_000, 0, Optional.of(condition)))
        .forEach(match -> found.add(match.entry().id()));
    var wanted = new TreeSet<String>();
    store
        .search(new VectorQuery(new float[] {1, 1}, 1_000, 0, Optional.empty()))
        .forEach(
            match -> {
              if (holds(condition, match.entry().metadata())) {
                wanted.add(match.entry().id());
              }
            });
    assertThat(found).as(condition.toString()).isEqualTo(wanted);
  }

  private static boolean holds(Condition condition, Map<String, Object> metadata) {
    return switch (condition) {
      case Condition.Compares(String key, Order order, Object limit) ->
          metadata.containsKey(key) && stands(metadata.get(key), order, limit);
      case Condition.Contains(String key, String part) ->
          metadata.get(key) instanceof String text && text.contains(part);
      case Condition.All(List<Condition> all) ->
          all.stream().allMatch(each -> holds(each, metadata));
      case Condition.Any(List<Condition> any) ->
          any.stream().anyMatch(each -> holds(each, metadata));
      case Condition.Not(Condition wrong) -> !holds(wrong, metadata);
    };
  }

  private static boolean stands(Object value, Order order, Object limit) {
    if (value instanceof Number a && limit instanceof Number b) {
      return !isNaN(a) && !isNaN(b) && stands(compare(a, b), order);
    }
    return value instanceof String a && limit instanceof String b && stands(a.compareTo(b), order);
  }

  private static boolean stands(int comparison, Order order) {
    return switch (order) {
      case EQUAL -> comparison == 0;
      case ABOVE -> comparison > 0;
      case AT_LEAST -> comparison >= 0;
      case BELOW -> comparison < 0;
      case AT_MOST -> comparison <= 0;
    };
  }

  private static int compare(Number a, Number b) {
    if (Double.isInfinite(a.doubleValue()) || Double.isInfinite(b.doubleValue())) {
      return Double.compare(a.doubleValue(), b.doubleValue());
    }
    return new BigDecimal(a.toString()).compareTo(new BigDecimal(b.toString()));
  }

  private static boolean isNaN(Number number) {
    return Double.isNaN(number.doubleValue());
  }
}
