package io.madeleine.engine.tokenizer;

import io.madeleine.engine.token.TextTrie;
import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.token.Vocabulary.Kind;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
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
    BitSet lengths = tokens.lengthsIn(text);
    var search = new Search(text, tokens);
    for (int length = lengths.length() - 1;
        length > 0;
        length = lengths.previousSetBit(length - 1)) {
      search.takeAll(length);
    }
    search.taken.sort(Comparator.comparingInt(Occurrence::start));
    return search.taken;
  }

  /** What was found in a text so far. */
  private static final class Search {
    final List<Occurrence> taken = new ArrayList<>();
    private final BitSet covered = new BitSet();
    private final String text;
    private final TextTrie tokens;

    Search(String text, TextTrie tokens) {
      this.text = text;
      this.tokens = tokens;
    }

    void takeAll(int length) {
      for (int at = 0; at < text.length(); ) {
        int from = covered.nextClearBit(at);
        int next = covered.nextSetBit(from);
        int to = next < 0 ? text.length() : next;
        take(from, to, length);
        at = to;
      }
    }

    /** Takes the tokens of one length between two characters, the lowest id first. */
    private void take(int from, int to, int length) {
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
          .forEach(each -> takeIfFree((int) (each >> Integer.SIZE), (int) each, length));
    }

    private void takeIfFree(int id, int start, int length) {
      int next = covered.nextSetBit(start);
      if (next < 0 || next >= start + length) {
        covered.set(start, start + length);
        taken.add(new Occurrence(start, start + length, id));
      }
    }
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
