package io.madeleine.engine.tokenizer;

import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.token.Vocabulary.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tokens that are cut out of a text before anything else: those that a model's authors
 * defined, always, and control tokens, where the caller asks for them. The longest wins, then the
 * lowest id, then the leftmost.
 */
final class SpecialTokens {

  /** A letter of the tokens' texts; a token ends here if {@code id} is not −1. */
  private static final class Node {
    final Map<Character, Node> next = new HashMap<>(2);
    int id = -1;
  }

  /**
   * A special token in a text.
   *
   * @param start first character
   * @param end behind the last one
   * @param id the token
   */
  record Occurrence(int start, int end, int id) {}

  private static final Comparator<Occurrence> LONGEST_FIRST =
      Comparator.comparingInt((Occurrence o) -> o.start() - o.end())
          .thenComparingInt(Occurrence::id)
          .thenComparingInt(Occurrence::start);

  /** What white space stays behind where others strip it. */
  private static final Set<String> NEVER_STRIP = Set.of("<unk>", "<s>", "<|endoftext|>");

  /** White space to C, as in llama.cpp. */
  private static final String WHITE_SPACE = " \t\n\u000B\f\r";

  private final Vocabulary vocabulary;
  private final Node always = new Node();
  private final Node all = new Node();

  SpecialTokens(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    for (int id = 0; id < vocabulary.size(); id++) {
      String piece = vocabulary.pieces().get(id);
      Kind kind = vocabulary.kinds().get(id);
      if (piece.isEmpty()) {
        continue;
      }
      if (kind == Kind.USER_DEFINED) {
        add(always, piece, id);
        add(all, piece, id);
      } else if (kind == Kind.CONTROL || kind == Kind.UNKNOWN) {
        add(all, piece, id);
      }
    }
  }

  private static void add(Node root, String piece, int id) {
    Node node = root;
    for (int i = 0; i < piece.length(); i++) {
      node = node.next.computeIfAbsent(piece.charAt(i), c -> new Node());
    }
    if (node.id < 0) {
      node.id = id;
    }
  }

  /** {@return the special tokens of {@code text}, from left to right, without overlap} */
  List<Occurrence> in(String text, boolean parseSpecial) {
    List<Occurrence> found = candidates(text, parseSpecial ? all : always);
    if (found.size() < 2) {
      return found;
    }
    found.sort(LONGEST_FIRST);
    TreeMap<Integer, Occurrence> taken = new TreeMap<>();
    for (Occurrence candidate : found) {
      var before = taken.lowerEntry(candidate.end());
      if (before == null || before.getValue().end() <= candidate.start()) {
        taken.put(candidate.start(), candidate);
      }
    }
    return List.copyOf(taken.values());
  }

  /** {@return where the text goes on behind {@code token}} */
  int behind(String text, Occurrence token) {
    int at = token.end();
    if (vocabulary.special().stripsRight()
        && !NEVER_STRIP.contains(vocabulary.pieces().get(token.id()))) {
      while (at < text.length() && WHITE_SPACE.indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }
    return at;
  }

  private static List<Occurrence> candidates(String text, Node root) {
    List<Occurrence> found = new ArrayList<>();
    for (int start = 0; start < text.length(); start++) {
      @Nullable Node node = root.next.get(text.charAt(start));
      for (int end = start + 1; node != null; end++) {
        if (node.id >= 0) {
          found.add(new Occurrence(start, end, node.id));
        }
        node = end < text.length() ? node.next.get(text.charAt(end)) : null;
      }
    }
    return found;
  }
}
