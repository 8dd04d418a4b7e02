package io.madeleine.memory.topic;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How often each word was said, the long ones only: short words characterise nothing. */
final class Words {

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}'’-]*");
  private static final int LEAST_LENGTH = 4;
  private static final int MOST_WORDS = 2_000;

  private final Map<String, Integer> counts = new TreeMap<>();
  private int total;

  static Map<String, Integer> count(String text) {
    Map<String, Integer> counts = new HashMap<>();
    var words = WORD.matcher(text.toLowerCase(Locale.ROOT));
    while (words.find()) {
      if (words.end() - words.start() >= LEAST_LENGTH || !isAscii(words.group())) {
        counts.merge(words.group(), 1, Integer::sum);
      }
    }
    return counts;
  }

  /** Scripts without spaces or with short words keep theirs. */
  private static boolean isAscii(String word) {
    return word.chars().allMatch(c -> c < 128);
  }

  void add(Map<String, Integer> more) {
    more.forEach((word, count) -> counts.merge(word, count, Integer::sum));
    total += more.values().stream().mapToInt(Integer::intValue).sum();
    if (counts.size() > MOST_WORDS) {
      forgetTheRarest();
    }
  }

  private void forgetTheRarest() {
    List<String> rarest =
        counts.entrySet().stream()
            .sorted(Map.Entry.comparingByValue())
            .limit(counts.size() - MOST_WORDS / 2)
            .map(Map.Entry::getKey)
            .toList();
    rarest.forEach(counts::remove);
  }

  /**
   * {@return the {@code count} words that are most said here beyond what {@code everywhere} lets
   * expect: frequency times the logarithm of how much more frequent they are here}
   */
  List<String> characteristic(Words everywhere, int count) {
    return counts.keySet().stream()
        .sorted(
            Comparator.comparingDouble((String word) -> -weight(word, everywhere))
                .thenComparing(Comparator.naturalOrder()))
        .limit(count)
        .collect(Collectors.toList());
  }

  private double weight(String word, Words everywhere) {
    double here = (double) counts.getOrDefault(word, 0) / total;
    double there = (everywhere.counts.getOrDefault(word, 0) + 1.0) / (everywhere.total + 1.0);
    return here * Math.log(here / there);
  }
}
