package io.madeleine.memory.tier;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/** A map that never weighs more than its budget; the least recently used leave first. */
final class ByteLru<K, V> {

  /** What had to leave. */
  record Left<K, V>(K key, V value) {}

  private final long budget;
  private final ToLongFunction<V> weight;
  private final LinkedHashMap<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  ByteLru(long budget, ToLongFunction<V> weight) {
    this.budget = budget;
    this.weight = weight;
  }

  /** {@return what left, oldest first; the new one itself when it alone is too heavy} */
  List<Left<K, V>> put(K key, V value) {
    remove(key);
    List<Left<K, V>> left = new ArrayList<>();
    long heavy = weight.applyAsLong(value);
    if (heavy > budget) {
      left.add(new Left<>(key, value));
      return left;
    }
    while (bytes + heavy > budget) {
      Map.Entry<K, V> oldest = entries.entrySet().iterator().next();
      left.add(new Left<>(oldest.getKey(), oldest.getValue()));
      remove(oldest.getKey());
    }
    entries.put(key, value);
    bytes += heavy;
    return left;
  }

  /** {@return whether it is here} Does not count as a use. */
  boolean contains(K key) {
    return entries.containsKey(key);
  }

  Optional<V> get(K key) {
    return Optional.ofNullable(entries.get(key));
  }

  void remove(K key) {
    V before = entries.remove(key);
    bytes -= before == null ? 0 : weight.applyAsLong(before);
  }

  void removeIf(Predicate<K> which) {
    entries.keySet().stream().filter(which).toList().forEach(this::remove);
  }

  long bytes() {
    return bytes;
  }
}
