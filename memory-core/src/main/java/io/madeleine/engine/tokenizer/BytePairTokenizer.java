package io.madeleine.engine.tokenizer;

import static java.util.Objects.requireNonNull;

import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.token.Vocabulary.Kind;
import io.madeleine.engine.tokenizer.word.WordRule;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Byte-level byte-pair encoding: text is cut into words, a word into bytes, and bytes are merged in
 * the order of the merge list.
 *
 * <p>Source: Sennrich et al., <a href="https://arxiv.org/abs/1508.07909">Subword Units</a>, 2015,
 * over the byte alphabet of GPT-2.
 */
final class BytePairTokenizer extends PieceTokenizer {

  /** What two symbols become, and how early. */
  private record Merge(int rank, int symbol) {}

  private static final ByteAlphabet ALPHABET = new ByteAlphabet();

  private final WordRule rule;
  private final Map<String, Integer> symbols = new HashMap<>();
  private final Map<Long, Merge> merges = new HashMap<>();
  private final int[] byteSymbols = new int[256];
  private final int pieces;

  /**
   * @throws IllegalArgumentException if a merge is not two pieces and a space between them
   */
  BytePairTokenizer(Vocabulary vocabulary, WordRule rule) {
    super(vocabulary);
    this.rule = rule;
    this.pieces = vocabulary.size();
    for (int id = 0; id < pieces; id++) {
      if (vocabulary.kinds().get(id) != Kind.CONTROL) {
        symbols.putIfAbsent(vocabulary.pieces().get(id), id);
      }
    }
    for (int b = 0; b < 256; b++) {
      byteSymbols[b] = symbol(String.valueOf(ALPHABET.letter(b)));
    }
    List<String> list = vocabulary.merges();
    for (int rank = 0; rank < list.size(); rank++) {
      addMerge(list.get(rank), rank);
    }
  }

  private void addMerge(String merge, int rank) {
    int space = merge.indexOf(' ', 1);
    if (space < 0 || space == merge.length() - 1) {
      throw new IllegalArgumentException(
          "merge %,d must be two pieces with a space between them, but was '%s'"
              .formatted(rank, merge));
    }
    String left = merge.substring(0, space);
    String right = merge.substring(space + 1);
    merges.putIfAbsent(
        pair(symbol(left), symbol(right)), new Merge(rank, symbol(left.concat(right))));
  }

  /** {@return the id of {@code text}, or a number above all ids where it is only a way-station} */
  private int symbol(String text) {
    Integer known = symbols.get(text);
    if (known != null) {
      return known;
    }
    int fresh = pieces + symbols.size();
    symbols.put(text, fresh);
    return fresh;
  }

  private static long pair(int left, int right) {
    return (long) left << 32 | right;
  }

  @Override
  void encodeText(String text, IntStream.Builder ids) {
    int[] points = text.codePoints().toArray();
    int start = 0;
    for (int end : rule.wordEnds(points)) {
      encodeWord(Utf8.encode(new String(points, start, end - start)), ids);
      start = end;
    }
  }

  private void encodeWord(byte[] word, IntStream.Builder ids) {
    if (rule.wholeWordFirst()) {
      Integer whole = symbols.get(letters(word, 0, word.length));
      if (whole != null && whole < pieces) {
        ids.add(whole);
        return;
      }
    }
    int[] symbolAt = new int[word.length];
    for (int i = 0; i < word.length; i++) {
      symbolAt[i] = byteSymbols[word[i] & 0xFF];
    }
    var merger = new PairMerger(word.length, new WordPairs(symbolAt));
    merger.merge();
    for (int at = 0; at < word.length; at = merger.end(at)) {
      emit(symbolAt[at], word, at, merger.end(at), ids);
    }
  }

  /** A merge may lead to a text that is no piece; then its bytes stand for it. */
  private void emit(int symbol, byte[] word, int start, int end, IntStream.Builder ids) {
    if (symbol < pieces) {
      ids.add(symbol);
      return;
    }
    for (int i = start; i < end; i++) {
      int id = byteSymbols[word[i] & 0xFF];
      if (id >= pieces) {
        throw new IllegalArgumentException(
            "the vocabulary has no piece for byte 0x%02X; the model file is incomplete"
                .formatted(word[i]));
      }
      ids.add(id);
    }
  }

  private static String letters(byte[] word, int start, int end) {
    char[] letters = new char[end - start];
    for (int i = start; i < end; i++) {
      letters[i - start] = ALPHABET.letter(word[i] & 0xFF);
    }
    return new String(letters);
  }

  @Override
  byte[] spell(String piece) {
    return ALPHABET.bytes(piece);
  }

  @Override
  boolean dropsFirstSpace() {
    return false;
  }

  /** The merges of one word; the symbol of a pair is written over its first byte. */
  private final class WordPairs implements PairMerger.Pairs {
    private final int[] symbolAt;

    WordPairs(int[] symbolAt) {
      this.symbolAt = symbolAt;
    }

    @Override
    public long order(int start, int middle, int end) {
      Merge merge = merges.get(pair(symbolAt[start], symbolAt[middle]));
      return merge == null ? PairMerger.NONE : merge.rank();
    }

    @Override
    public void joined(int start, int middle, int end) {
      Merge merge = merges.get(pair(symbolAt[start], symbolAt[middle]));
      symbolAt[start] = requireNonNull(merge).symbol();
    }
  }
}
