package io.madeleine.memory.index.match;

import io.madeleine.memory.index.schema.Traits;
import java.util.List;

/**
 * What the index knows about the turns that may answer a question, and about those around them: raw
 * counts and cosines, in columns, for somebody else to weigh. Rows are ordered by conversation and
 * place, so that neighbours stand side by side; a row that is only a neighbour, and does not pass
 * the filter, is not {@link #eligible}.
 *
 * <p>Immutable once returned.
 */
public final class Matches {

  private final Columns columns;
  private final Lexicon stems;
  private final Lexicon heads;
  private final VectorScale scale;

  Matches(Columns columns, Lexicon stems, Lexicon heads, VectorScale scale) {
    this.columns = columns;
    this.stems = stems;
    this.heads = heads;
    this.scale = scale;
  }

  /** {@return how many rows there are} */
  public int size() {
    return columns.size;
  }

  /** {@return whether row {@code i} passes the filter and may be returned} */
  public boolean eligible(int i) {
    return columns.eligible[i];
  }

  /** {@return the log's sequence of row {@code i}} */
  public long sequence(int i) {
    return columns.sequence[i];
  }

  /** {@return which conversation row {@code i} is from: equal numbers, equal conversations} */
  public int conversation(int i) {
    return columns.conversation[i];
  }

  /** {@return the place of row {@code i} in its conversation} */
  public int place(int i) {
    return columns.place[i];
  }

  /** {@return when row {@code i} was said, in milliseconds since 1970} */
  public long at(int i) {
    return columns.at[i];
  }

  /** {@return the length of row {@code i}'s text in characters} */
  public int characters(int i) {
    return columns.characters[i];
  }

  /** {@return who spoke first in row {@code i}} */
  public String speaker(int i) {
    return columns.speaker[i];
  }

  /** {@return whether row {@code i} contains a question} */
  public boolean asks(int i) {
    return (columns.traits[i] & Traits.ASKS) != 0;
  }

  /** {@return whether row {@code i} ends with a question} */
  public boolean endsAsking(int i) {
    return (columns.traits[i] & Traits.ENDS_ASKING) != 0;
  }

  /** {@return whether row {@code i} names a day, a month or a span of time} */
  public boolean namesATime(int i) {
    return (columns.traits[i] & Traits.NAMES_A_TIME) != 0;
  }

  /** {@return whether row {@code i} has a vector and the question had one} */
  public boolean hasCosine(int i) {
    return columns.hasCosine[i];
  }

  /**
   * {@return the cosine of row {@code i} to the question, in standard deviations above the mean of
   * all turns; 0 where there is none}
   */
  public float cosine(int i) {
    return columns.hasCosine[i] ? scale.standard(columns.cosine[i]) : 0;
  }

  /** {@return the question's English stems, and how often each row says them} */
  public Lexicon stems() {
    return stems;
  }

  /** {@return the first letters of the question's words, and how often each row says them} */
  public Lexicon heads() {
    return heads;
  }

  /**
   * The terms of a question in one field.
   *
   * @see Matches
   */
  public static final class Lexicon {
    private final List<String> terms;
    private final float[] rarity;
    private final float averageLength;
    final float[][] counts;
    final float[] lengths;

    Lexicon(
        List<String> terms,
        float[] rarity,
        float averageLength,
        float[][] counts,
        float[] lengths) {
      this.terms = List.copyOf(terms);
      this.rarity = rarity;
      this.averageLength = averageLength;
      this.counts = counts;
      this.lengths = lengths;
    }

    /** {@return the question's terms, in its order} */
    public List<String> terms() {
      return terms;
    }

    /** {@return BM25's inverse document frequency of term {@code t}, in nats} */
    public float rarity(int t) {
      return rarity[t];
    }

    /** {@return how many terms a turn has on average} */
    public float averageLength() {
      return averageLength;
    }

    /** {@return how often row {@code i} says term {@code t}} */
    public float count(int t, int i) {
      return counts[t][i];
    }

    /** {@return how many terms row {@code i} has} */
    public float length(int i) {
      return lengths[i];
    }
  }
}
