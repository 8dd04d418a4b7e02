package io.madeleine.evaluation.lab.reader;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * How much of an answer's words was said, and how little else: the harmonic mean of recall and
 * precision over words in lower case, without punctuation and articles (Rajpurkar et al., <a
 * href="https://arxiv.org/abs/1606.05250">SQuAD</a>, 2016; LoCoMo's table uses it).
 */
final class TokenF1 {

  private static final Set<String> ARTICLES = Set.of("a", "an", "the");

  private TokenF1() {}

  /** {@return the mean, in [0, 1]} */
  static double of(String expected, String said) {
    List<String> wanted = words(expected);
    List<String> left = new ArrayList<>(words(said));
    int spoken = left.size();
    long common = wanted.stream().filter(left::remove).count();
    return common == 0 ? 0 : 2.0 * common / (wanted.size() + spoken);
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+"))
        .filter(word -> !word.isEmpty() && !ARTICLES.contains(word))
        .toList();
  }
}
