package io.madeleine.engine.token;

import java.util.List;
import java.util.OptionalInt;

/**
 * What a tokenizer knows: pieces by id, and the ids with a meaning of their own.
 *
 * @param pieces text of every id, as stored in the model file
 * @param kinds kind of every id, same length as {@code pieces}
 * @param scores merge scores of a SentencePiece vocabulary, same length, or empty
 * @param merges byte-pair merges in rank order ({@code "a b"}), or empty
 * @param special the ids with a meaning of their own
 */
public record Vocabulary(
    List<String> pieces,
    List<Kind> kinds,
    List<Float> scores,
    List<String> merges,
    SpecialIds special) {

  /** What an id is, under GGUF's numbers. */
  public enum Kind {
    NORMAL,
    UNKNOWN,
    CONTROL,
    USER_DEFINED,
    UNUSED,
    BYTE
  }

  /**
   * Ids with a meaning of their own, empty where the model has none.
   *
   * @param begin begin of sequence
   * @param end end of sequence
   * @param endOfTurn end of one message, where the model has such a token
   * @param unknown stands for what cannot be spelled
   * @param pad fills up
   * @param addBegin whether a prompt starts with {@code begin}
   * @param addSpacePrefix whether a text starts with a space (SentencePiece)
   * @param stripsRight whether white space behind a special token is left out (Phi 3), behind all
   *     but {@code <s>}, {@code <unk>} and {@code <|endoftext|>}
   */
  public record SpecialIds(
      OptionalInt begin,
      OptionalInt end,
      OptionalInt endOfTurn,
      OptionalInt unknown,
      OptionalInt pad,
      boolean addBegin,
      boolean addSpacePrefix,
      boolean stripsRight) {}

  public Vocabulary {
    pieces = List.copyOf(pieces);
    kinds = List.copyOf(kinds);
    scores = List.copyOf(scores);
    merges = List.copyOf(merges);
    if (kinds.size() != pieces.size()) {
      throw new IllegalArgumentException(
          "every piece needs a kind: %,d pieces, %,d kinds".formatted(pieces.size(), kinds.size()));
    }
  }

  /** {@return the number of ids} */
  public int size() {
    return pieces.size();
  }
}
