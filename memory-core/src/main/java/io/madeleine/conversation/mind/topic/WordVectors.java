package io.madeleine.conversation.mind.topic;

import java.util.Locale;
import java.util.Set;

/**
 * What a text says, as a direction: its words, folded into a fixed number of places by their hash,
 * each weighing the root of how often it is said. Words that any text has do not count.
 */
public final class WordVectors {

  public static final int DIMENSION = 512;

  private static final Set<String> PLAIN =
      Set.of(
          "the", "and", "that", "this", "with", "have", "has", "for", "are", "was", "you", "your",
          "what", "where", "when", "who", "does", "did", "not", "but", "they", "she", "her", "his",
          "him", "its", "our", "from", "there", "which", "will", "would", "can", "could", "called",
          "about", "into", "been", "were", "had", "how", "why", "all", "any", "some", "yes");

  private WordVectors() {}

  public static float[] of(String text) {
    var vector = new float[DIMENSION];
    for (String word : text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+", -1)) {
      if (word.length() > 2 && !PLAIN.contains(word)) {
        vector[Math.floorMod(stem(word).hashCode() * 0x9E3779B1, DIMENSION)]++;
      }
    }
    double squares = 0;
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) Math.sqrt(vector[i]);
      squares += vector[i] * vector[i];
    }
    if (squares == 0) {
      // A text without words points somewhere of its own, for a direction must not be nothing.
      vector[0] = 1;
      return vector;
    }
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] /= (float) Math.sqrt(squares);
    }
    return vector;
  }

  private static String stem(String word) {
    return word.length() > 4 && word.endsWith("s") ? word.substring(0, word.length() - 1) : word;
  }
}
