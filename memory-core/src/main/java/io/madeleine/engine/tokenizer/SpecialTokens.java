package io.madeleine.engine.tokenizer;

import io.madeleine.engine.token.TextTrie;
import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.token.Vocabulary.Kind;
import java.util.BitSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * Finds the tokens that are cut out of a text before anything else: those that a model's authors
 * defined, always, and control tokens, where the caller asks for them. The longest wins, then the
 * lowest id, then the leftmost.
 */
final class SpecialTokens {

  /**
   * A special token in a text.
   *
   * @param start first character
   * @param end behind the last one
   * @param id the token
   */
  record Occurrence(int start, int end, int id) {}

  /** What white space stays behind where others strip it. */
  private static final Set<String> NEVER_STRIP = Set.of("<unk>", "<s>", "<|endoftext|>");

  /** White space to C, as in llama.cpp. */
  private static final String WHITE_SPACE = " \t\n\u000B\f\r";

  private final Vocabulary vocabulary;
  private final TextTrie always = new TextTrie();
  private final TextTrie all = new TextTrie();

  SpecialTokens(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    for (int id = 0; id < vocabulary.size(); id++) {
      String piece = vocabulary.pieces().get(id);
      Kind kind = vocabulary.kinds().get(id);
      if (piece.isEmpty()) {
        continue;
      }
      if (kind == Kind.USER_DEFINED) {
        always.add(piece, id);
        all.add(piece, id);
      } else if (kind == Kind.CONTROL || kind == Kind.UNKNOWN) {
        all.add(piece, id);
      }
    }
  }

  /**
   * {@return the special tokens of {@code text}, from left to right, without overlap} They are
   * taken length by length, out of what longer ones left: where a model has tokens for whole runs
   * of white space, all that lie in one run would be many times its length.
   */
  List<Occurrence> in(String text, boolean parseSpecial) {
    TextTrie tokens = parseSpecial ? all : always;
    var taken = new TreeMap<Integer, Occurrence>();
    BitSet lengths = tokens.lengthsIn(text);
    for (int length = lengths.length() - 1;
        length > 0;
        length = lengths.previousSetBit(length - 1)) {
      int at = 0;
      while (at < text.length()) {
        var next = taken.ceilingEntry(at);
        take(tokens, text, at, next == null ? text.length() : next.getKey(), length, taken);
        at = next == null ? text.length() : next.getValue().end();
      }
    }
    return List.copyOf(taken.values());
  }

  /** Takes the tokens of one length between two characters, the lowest id first. */
  private static void take(
      TextTrie tokens,
      String text,
      int from,
      int to,
      int length,
      NavigableMap<Integer, Occurrence> taken) {
    var found = LongStream.builder();
    for (int start = from; start <= to - length; start++) {
      int id = tokens.at(text, start, length);
      if (id >= 0) {
        found.add((long) id << Integer.SIZE | start);
      }
    }
    found
        .build()
        .sorted()
        .forEach(
            each -> {
              int start = (int) each;
              var before = taken.lowerEntry(start + length);
              if (before == null || before.getValue().end() <= start) {
                taken.put(
                    start, new Occurrence(start, start + length, (int) (each >> Integer.SIZE)));
              }
            });
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
}
