package io.madeleine.memory.retrieval;

/** What can speak for a turn. BM25 values are shares of what the question could reach at most. */
public enum Signal {
  /** BM25 of the turn alone. */
  TURN,
  /** BM25 of the turn with the one before it. */
  PAIR,
  /** BM25 of the turn with one neighbour on each side. */
  NEAR,
  /** BM25 of the turn with two neighbours on each side. */
  AROUND,
  /** BM25 of the turn with four neighbours on each side. */
  SCENE,
  /** Share of the question's rarity that the turn mentions. */
  COVERS,
  /** Share of the question's rarity that the turn and its two neighbours mention. */
  COVERS_NEAR,
  /** Like {@link #NEAR}, counting speakers' names as words. */
  NEAR_NAMED,
  /** BM25 of the first letters of words, of the turn alone. */
  HEADS,
  /** BM25 of the first letters of words, with one neighbour on each side. */
  HEADS_NEAR,
  /**
   * Share of the rarity of the question's words, by their first letters, that the turn mentions.
   */
  COVERS_HEADS,
  /** Its square: what the first word tells is more than what the last one adds. */
  COVERS_HEADS_SQUARED,
  /** Like {@link #COVERS_HEADS}, of the turn and its two neighbours. */
  COVERS_HEADS_NEAR,
  /** The question names the speaker of this turn, and nobody else. */
  SPEAKER,
  /** The question names somebody, and somebody else said this. */
  OTHER_SPEAKER,
  /** Logarithm of the length: a "Thanks!" answers nothing. */
  LENGTH,
  /** Its square, a tenth of it: a page does not answer more than a paragraph. */
  LENGTH_SQUARED,
  /** The turn ends by asking. */
  ENDS_ASKING,
  /** The turn before it asks. */
  ANSWERS,
  /** The turn names a time. */
  NAMES_A_TIME,
  /** The question asks when, and the turn names a time. */
  TELLS_WHEN,
  /** The question names a time, and the turn was said about then. */
  DATE,
  /** The turn is the first after a pause. */
  OPENS,
  /** Cosine of the turn, in standard deviations. */
  VECTOR,
  /** Cosine of the turn before. */
  VECTOR_BEFORE,
  /** Cosine of the turn after. */
  VECTOR_AFTER,
  /** Cosine of the turn two before. */
  VECTOR_BEFORE_2,
  /** Cosine of the turn two after. */
  VECTOR_AFTER_2
}
