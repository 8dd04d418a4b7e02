package io.madeleine.memory.segmentation;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** An utterance, read once: its words and what they do. */
final class ReadTurn {

  final Utterance said;
  final Set<String> content = new HashSet<>();
  final double logLength;
  final boolean asks;
  final boolean endsAsking;
  final boolean speaksOfItself;

  /** 1 or 0 per kind: openers first, then words anywhere. */
  final double[] phrases;

  ReadTurn(Utterance said) {
    this.said = said;
    List<String> words = Phrases.split(said.text());
    for (String word : words) {
      if (Phrases.isContent(word)) {
        content.add(Phrases.stem(word));
      }
    }
    Set<String> all = Set.copyOf(words);
    logLength = Math.log1p(words.size());
    asks = said.text().indexOf('?') >= 0;
    endsAsking = said.text().stripTrailing().endsWith("?");
    speaksOfItself = meets(all, Phrases.FIRST_PERSON);
    phrases = phrases(Set.copyOf(words.subList(0, Math.min(2, words.size()))), all);
  }

  private static double[] phrases(Set<String> opening, Set<String> all) {
    double[] found = new double[Phrases.OPENERS.size() + Phrases.ANYWHERE.size()];
    int i = 0;
    for (Set<String> kind : Phrases.OPENERS) {
      found[i++] = meets(opening, kind) ? 1 : 0;
    }
    for (Set<String> kind : Phrases.ANYWHERE) {
      found[i++] = meets(all, kind) ? 1 : 0;
    }
    return found;
  }

  private static boolean meets(Set<String> words, Set<String> kind) {
    for (String word : words) {
      if (kind.contains(word)) {
        return true;
      }
    }
    return false;
  }

  /** {@return the share of this turn's content words that {@code others} have; NaN without any} */
  double sharedWith(Set<String> others) {
    if (content.isEmpty()) {
      return Double.NaN;
    }
    return (double) content.stream().filter(others::contains).count() / content.size();
  }

  /** {@return the cosine; NaN where a vector is missing or zero} */
  static double cosine(float[] a, float[] b) {
    if (a.length == 0 || a.length != b.length) {
      return Double.NaN;
    }
    double dot = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      squaresA += (double) a[i] * a[i];
      squaresB += (double) b[i] * b[i];
    }
    double lengths = Math.sqrt(squaresA * squaresB);
    return lengths > 0 ? dot / lengths : Double.NaN;
  }
}
