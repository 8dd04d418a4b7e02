package io.madeleine.engine.tokenizer;

import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.token.Vocabulary.Kind;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * SentencePiece's byte-pair encoding: spaces become ▁, neighbours merge into the piece with the
 * best score, and what is no piece is spelled in bytes.
 *
 * <p>Source: Kudo and Richardson, <a href="https://arxiv.org/abs/1808.06226">SentencePiece</a>,
 * 2018.
 */
final class SentencePieceTokenizer extends PieceTokenizer {
  private static final char SPACE = '\u2581';

  private final Map<String, Integer> pieces = new HashMap<>();
  private final int longestPiece;
  private final int[] byteIds = new int[256];
  private final OptionalInt unknown;
  private final boolean spaceFirst;

  /**
   * @throws IllegalArgumentException if there is not one score for every piece
   */
  SentencePieceTokenizer(Vocabulary vocabulary) {
    super(vocabulary);
    if (vocabulary.scores().size() != vocabulary.size()) {
      throw new IllegalArgumentException(
          "a SentencePiece vocabulary needs a score for every piece: %,d pieces, %,d scores"
              .formatted(vocabulary.size(), vocabulary.scores().size()));
    }
    this.unknown = vocabulary.special().unknown();
    this.spaceFirst = vocabulary.special().addSpacePrefix();
    Arrays.fill(byteIds, -1);
    int longest = 0;
    for (int id = 0; id < vocabulary.size(); id++) {
      String piece = vocabulary.pieces().get(id);
      Kind kind = vocabulary.kinds().get(id);
      if (kind == Kind.BYTE) {
        byteIds[byteValue(piece, id)] = id;
      } else if (kind != Kind.CONTROL && kind != Kind.UNKNOWN) {
        pieces.putIfAbsent(piece, id);
        longest = Math.max(longest, piece.length());
      }
    }
    this.longestPiece = longest;
  }

  private static int byteValue(String piece, int id) {
    if (!piece.matches("<0x[0-9A-Fa-f]{2}>")) {
      throw new IllegalArgumentException(
          "piece %,d is a byte and must look like <0x0A>, but was '%s'".formatted(id, piece));
    }
    return Integer.parseInt(piece.substring(3, 5), 16);
  }

  @Override
  void encodeText(String text, IntStream.Builder ids) {
    String marked = (spaceFirst ? " " + text : text).replace(' ', SPACE);
    int[] starts = starts(marked);
    int length = starts.length - 1;
    var merger =
        new PairMerger(length, (start, middle, end) -> order(marked, starts[start], starts[end]));
    merger.merge();
    for (int at = 0; at < length; at = merger.end(at)) {
      emit(marked.substring(starts[at], starts[merger.end(at)]), ids);
    }
  }

  /** {@return where each character of {@code text} starts, and its length at the end} */
  private static int[] starts(String text) {
    int[] starts = new int[text.codePointCount(0, text.length()) + 1];
    int at = 0;
    for (int i = 0; i < starts.length; i++) {
      starts[i] = at;
      at = at < text.length() ? text.offsetByCodePoints(at, 1) : at;
    }
    return starts;
  }

  /** A better score is merged earlier; nothing longer than the longest piece is looked up. */
  private long order(String text, int start, int end) {
    if (end - start > longestPiece) {
      return PairMerger.NONE;
    }
    Integer id = pieces.get(text.substring(start, end));
    return id == null ? PairMerger.NONE : descending(vocabulary().scores().get(id));
  }

  /** {@return 0 to 2³² − 1, lower for a higher {@code score}} */
  private static long descending(float score) {
    int bits = Float.floatToIntBits(score + 0f); // −0 becomes 0: the two are equal scores
    int ascending = bits >= 0 ? bits ^ 0x8000_0000 : ~bits;
    return ~ascending & 0xFFFF_FFFFL;
  }

  private void emit(String piece, IntStream.Builder ids) {
    Integer id = pieces.get(piece);
    if (id != null) {
      ids.add(id);
      return;
    }
    for (byte b : Utf8.encode(piece)) {
      int byteId = byteIds[b & 0xFF];
      ids.add(byteId >= 0 ? byteId : unknownOr(b));
    }
  }

  private int unknownOr(byte missing) {
    return unknown.orElseThrow(
        () ->
            new IllegalArgumentException(
                "the vocabulary has no piece for byte 0x%02X and no unknown token"
                    .formatted(missing)));
  }

  @Override
  byte[] spell(String piece) {
    return Utf8.encode(piece.replace(SPACE, ' '));
  }

  @Override
  boolean dropsFirstSpace() {
    return spaceFirst;
  }
}
