package io.madeleine.memory.retention;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeSet;

/**
 * Remembers how long pauses took, per tool and over all tools. A pause lasts from the end of the
 * answer that calls tools to the arrival of the request that brings their results: tool, client,
 * network and thinking time together, as Continuum measures it; the tool's own time stands beside
 * it for diagnosis.
 *
 * <p>Failures are kept apart under {@code name!err}: a tool that fails at once says nothing about
 * one that works. Calls made together count once, under the sorted names joined by {@code +}.
 *
 * <p>Bounded: the last {@value #HISTORY} pauses per key and overall, {@value #KEYS} keys, least
 * recently used key first out. Thread-safe.
 */
public final class GapRecorder {

  /** Samples kept per key. */
  public static final int HISTORY = 4096;

  /** Keys kept. */
  public static final int KEYS = 512;

  private final Map<String, Durations> byKey = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<String, Durations> toolTimes = new LinkedHashMap<>(16, 0.75f, true);
  private final Durations pooled = new Durations(HISTORY);

  /** {@return the key of tools that were called together} */
  public static String key(List<String> tools) {
    if (tools.isEmpty()) {
      throw new IllegalArgumentException("a pause needs at least one tool, but none was named");
    }
    return String.join("+", new TreeSet<>(tools));
  }

  /**
   * A pause that ended.
   *
   * @param key from {@link #key}
   * @param gapSeconds from the end of the answer to the next request
   * @param toolSeconds what the tool itself took, at most {@code gapSeconds}
   * @param failed whether a tool failed
   */
  public synchronized void returned(
      String key, double gapSeconds, double toolSeconds, boolean failed) {
    var sample = new Durations.Sample(notNegative(gapSeconds), true);
    of(byKey, failed ? key + "!err" : key).add(sample);
    of(toolTimes, key).add(new Durations.Sample(notNegative(toolSeconds), true));
    if (!failed) {
      pooled.add(sample);
    }
  }

  /** A pause that was given up on after {@code waitedSeconds}: it would have taken longer. */
  public synchronized void hung(String key, double waitedSeconds) {
    var sample = new Durations.Sample(notNegative(waitedSeconds), false);
    of(byKey, key).add(sample);
    pooled.add(sample);
  }

  /** {@return how many pauses of all tools are remembered} */
  public synchronized int pauses() {
    return pooled.count();
  }

  /** {@return how many pauses of {@code key} are remembered} */
  public synchronized int pauses(String key) {
    Durations durations = byKey.get(key);
    return durations == null ? 0 : durations.count();
  }

  /** {@return steps of the distribution of {@code key}; empty if nothing is known} */
  synchronized List<Durations.Step> steps(String key) {
    Durations durations = byKey.get(key);
    return durations == null ? List.of() : durations.steps();
  }

  /** {@return steps of the distribution over all tools, pooled per call} */
  synchronized List<Durations.Step> pooledSteps() {
    return pooled.steps();
  }

  /**
   * {@return seconds within which {@code share} of the pauses of {@code key} ended; empty if so
   * many never ended}
   */
  public OptionalDouble quantile(String key, double share) {
    return steps(key).stream()
        .filter(step -> step.returnedBy() >= share)
        .mapToDouble(Durations.Step::seconds)
        .findFirst();
  }

  /** {@return the share of the pauses of {@code key} that last longer; 1 if nothing is known} */
  public double outlasts(String key, double seconds) {
    List<Durations.Step> steps = steps(key);
    int from = 0;
    int to = steps.size();
    while (from < to) {
      int middle = (from + to) / 2;
      if (steps.get(middle).seconds() > seconds) {
        to = middle;
      } else {
        from = middle + 1;
      }
    }
    return from == 0 ? 1 : 1 - steps.get(from - 1).returnedBy();
  }

  /** {@return median seconds of the tool itself, without client and network; 0 if unknown} */
  public synchronized double medianToolSeconds(String key) {
    Durations durations = toolTimes.get(key);
    if (durations == null) {
      return 0;
    }
    return durations.steps().stream()
        .filter(step -> step.returnedBy() >= 0.5)
        .findFirst()
        .map(Durations.Step::seconds)
        .orElse(0.0);
  }

  /** Which of the three lists a sample belongs to. */
  enum Part {
    PAUSE,
    TOOL,
    POOLED
  }

  /**
   * One sample, to be kept elsewhere.
   *
   * @param key the tools; empty for what is pooled
   */
  record Kept(Part part, String key, Durations.Sample sample) {

    private static final int COLUMNS = 4;

    String line() {
      return String.join(
          "\t",
          part.name(),
          Double.toString(sample.seconds()),
          sample.returned() ? "returned" : "hung",
          key.replaceAll("[\\t\\r\\n]", " "));
    }

    /**
     * {@return what {@link #line} wrote}
     *
     * @throws IllegalArgumentException if it did not
     */
    static Kept parse(String line) {
      String[] columns = line.split("\t", COLUMNS);
      if (columns.length < COLUMNS) {
        throw new IllegalArgumentException("'%s' has too few columns".formatted(line));
      }
      double seconds = Double.parseDouble(columns[1]);
      if (!(seconds >= 0) || Double.isInfinite(seconds)) {
        throw new IllegalArgumentException("'%s' is no duration".formatted(columns[1]));
      }
      return new Kept(
          Part.valueOf(columns[0]),
          columns[3],
          new Durations.Sample(seconds, columns[2].equals("returned")));
    }
  }

  /** {@return at most {@code most} samples of each list, oldest first} */
  synchronized List<Kept> newest(int most) {
    List<Kept> all = new ArrayList<>();
    byKey.forEach((key, known) -> keep(Part.PAUSE, key, known, most, all));
    toolTimes.forEach((key, known) -> keep(Part.TOOL, key, known, most, all));
    keep(Part.POOLED, "", pooled, most, all);
    return all;
  }

  private static void keep(Part part, String key, Durations known, int most, List<Kept> to) {
    known.newest(most).forEach(sample -> to.add(new Kept(part, key, sample)));
  }

  /** Adds a sample that was kept elsewhere. */
  synchronized void add(Kept kept) {
    Durations to =
        switch (kept.part()) {
          case PAUSE -> of(byKey, kept.key());
          case TOOL -> of(toolTimes, kept.key());
          case POOLED -> pooled;
        };
    to.add(kept.sample());
  }

  private static Durations of(Map<String, Durations> map, String key) {
    Durations known = map.get(key);
    if (known != null) {
      return known;
    }
    if (map.size() == KEYS) {
      map.remove(map.keySet().iterator().next());
    }
    var fresh = new Durations(HISTORY);
    map.put(key, fresh);
    return fresh;
  }

  private static double notNegative(double seconds) {
    if (!(seconds >= 0) || Double.isInfinite(seconds)) {
      throw new IllegalArgumentException(
          "a duration must be finite and at least 0 s, but was " + seconds);
    }
    return seconds;
  }
}
