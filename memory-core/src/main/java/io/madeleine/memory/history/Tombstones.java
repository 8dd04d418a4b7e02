package io.madeleine.memory.history;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * Which sequences were erased, and when in the order of the log: ranges of numbers, no text. They
 * stay for good, so that whatever was derived from the log can follow. Guarded by its owner.
 */
final class Tombstones {

  /**
   * One erasure.
   *
   * @param at its own sequence
   * @param ranges {@code from, to, from, to, …}, both ends included, growing
   */
  record Entry(long at, List<Long> ranges) {

    boolean holds(long sequence) {
      int low = 0;
      int high = ranges.size() / 2 - 1;
      while (low <= high) {
        int middle = (low + high) >>> 1;
        if (sequence < ranges.get(2 * middle)) {
          high = middle - 1;
        } else if (sequence > ranges.get(2 * middle + 1)) {
          low = middle + 1;
        } else {
          return true;
        }
      }
      return false;
    }

    LongStream sequences() {
      return LongStream.range(0, ranges.size() / 2)
          .flatMap(i -> LongStream.rangeClosed(range(2 * i), range(2 * i + 1)));
    }

    private long range(long place) {
      return ranges.get((int) place);
    }
  }

  private final List<Entry> entries = new ArrayList<>();

  /** First to last of every stretch that one or several erasures took, with a gap between two. */
  private final NavigableMap<Long, Long> merged = new TreeMap<>();

  static byte[] encode(List<Long> sequences) {
    var ranges = new ArrayList<Long>();
    for (long sequence : sequences) {
      if (!ranges.isEmpty() && ranges.getLast() == sequence - 1) {
        ranges.set(ranges.size() - 1, sequence);
      } else {
        ranges.add(sequence);
        ranges.add(sequence);
      }
    }
    ByteBuffer bytes = ByteBuffer.allocate(4 + 8 * ranges.size()).putInt(ranges.size());
    ranges.forEach(bytes::putLong);
    return bytes.array();
  }

  Entry add(long at, ByteBuffer body) {
    int count = body.getInt();
    var ranges = new ArrayList<Long>(count);
    for (int i = 0; i < count; i++) {
      ranges.add(body.getLong());
    }
    var entry = new Entry(at, List.copyOf(ranges));
    entries.add(entry);
    for (int i = 0; i < count; i += 2) {
      merge(ranges.get(i), ranges.get(i + 1));
    }
    return entry;
  }

  private void merge(long from, long to) {
    Map.Entry<Long, Long> before = merged.lowerEntry(from);
    long first = before != null && before.getValue() >= from - 1 ? before.getKey() : from;
    long last = to;
    for (var next = merged.ceilingEntry(first);
        next != null && next.getKey() <= last + 1;
        next = merged.higherEntry(first)) {
      last = Math.max(last, next.getValue());
      merged.remove(next.getKey());
    }
    merged.put(first, last);
  }

  /** {@return how many stretches there are; {@link #hold} costs the logarithm of it} */
  int ranges() {
    return merged.size();
  }

  boolean hold(long sequence) {
    Map.Entry<Long, Long> range = merged.floorEntry(sequence);
    return range != null && sequence <= range.getValue();
  }

  /** {@return what was erased after {@code sequence}} Costs no more for what was erased before. */
  LongStream since(long sequence) {
    int from = entries.size();
    while (from > 0 && entries.get(from - 1).at() > sequence) {
      from--;
    }
    return List.copyOf(entries.subList(from, entries.size())).stream()
        .flatMapToLong(Entry::sequences);
  }
}
