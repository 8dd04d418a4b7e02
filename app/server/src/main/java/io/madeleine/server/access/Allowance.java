package io.madeleine.server.access;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How much each key has left: requests in the running window, and answers at once. Remembers at
 * most {@value #KEYS} keys, the least recently seen out first. Thread-safe.
 */
final class Allowance {

  private static final int KEYS = 10_000;

  private static final class Usage {
    private long windowStart;
    private int requests;
    private int streams;
  }

  private final int requests;
  private final long windowNanos;
  private final int streams;
  private final LongSupplier nanoClock;
  private final Map<String, Usage> byKey = new LinkedHashMap<>(16, 0.75f, true);

  Allowance(int requests, Duration window, int streams, LongSupplier nanoClock) {
    this.requests = requests;
    this.windowNanos = window.toNanos();
    this.streams = streams;
    this.nanoClock = nanoClock;
  }

  /**
   * {@return seconds to wait before the next request; 0 if this one may go ahead, and is counted}
   */
  synchronized long secondsUntilNext(String keyId) {
    Usage usage = of(keyId);
    long now = nanoClock.getAsLong();
    if (usage.requests == 0 || now - usage.windowStart >= windowNanos) {
      usage.windowStart = now;
      usage.requests = 0;
    }
    if (usage.requests < requests) {
      usage.requests++;
      return 0;
    }
    long left = windowNanos - (now - usage.windowStart);
    return Math.max(1, (left + 999_999_999) / 1_000_000_000);
  }

  /** {@return how many answers a key may have running} */
  int streams() {
    return streams;
  }

  /** {@return whether one more answer may run; if so it is counted until {@link #ended}} */
  synchronized boolean started(String keyId) {
    Usage usage = of(keyId);
    if (usage.streams == streams) {
      return false;
    }
    usage.streams++;
    return true;
  }

  /** An answer ended, however it did. */
  synchronized void ended(String keyId) {
    of(keyId).streams--;
  }

  private Usage of(String keyId) {
    Usage known = byKey.get(keyId);
    if (known != null) {
      return known;
    }
    if (byKey.size() >= KEYS) {
      // A key with running answers must not be forgotten, or its count would go wrong.
      byKey.entrySet().stream()
          .filter(entry -> entry.getValue().streams == 0)
          .findFirst()
          .map(Map.Entry::getKey)
          .ifPresent(byKey::remove);
    }
    var fresh = new Usage();
    byKey.put(keyId, fresh);
    return fresh;
  }
}
