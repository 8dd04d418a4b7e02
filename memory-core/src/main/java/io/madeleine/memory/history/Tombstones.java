package io.madeleine.memory.history;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
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
    return entry;
  }

  boolean hold(long sequence) {
    return entries.stream().anyMatch(entry -> entry.holds(sequence));
  }

  LongStream since(long sequence) {
    return List.copyOf(entries).stream()
        .filter(entry -> entry.at() > sequence)
        .flatMapToLong(Entry::sequences);
  }
}
