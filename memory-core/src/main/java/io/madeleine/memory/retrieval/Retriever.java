package io.madeleine.memory.retrieval;

import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.match.Matches;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongToIntFunction;
import java.util.stream.IntStream;

/**
 * Ranks the turns of a memory for a question. Thread-safe.
 *
 * @see Signals
 * @see SecondQuestions
 */
public final class Retriever {

  static final int RETURNED = 1_000;

  private final TurnIndex index;
  private final ZoneId zone;
  private final SecondQuestions second;

  /**
   * A retriever over {@code index}.
   *
   * @param zone whose days "yesterday" and "7 May" are
   * @param words what people said in a turn, to know whom they call their sister
   */
  public Retriever(TurnIndex index, ZoneId zone, UserWords words) {
    this.index = index;
    this.zone = zone;
    this.second = new SecondQuestions(this, words);
  }

  /**
   * {@return the turns that may answer, best first, at most 1,000} Where the question calls
   * somebody by what they are to the asker, it is asked by their name as well.
   */
  public List<RankedTurn> rank(RecallRequest request) {
    Optional<float[]> vector = vectorOf(request.question());
    return second.joined(request, rank(request, vector), vector.isPresent());
  }

  Optional<float[]> vectorOf(String question) {
    return index.vectorOf(question);
  }

  /** {@return what the question's own words find, its vector known already, or none} */
  public List<RankedTurn> rank(RecallRequest request, Optional<float[]> vector) {
    Matches matches =
        index.search(request.filter(), request.question(), vector, Times.intervals(request, zone));
    Signals signals = Signals.of(matches, request, zone);
    Weights weights = vector.isPresent() ? Weights.withVectors() : Weights.wordsAlone();
    float[] scores = weights.scores(signals);
    Sayers.first(signals, scores);
    return best(matches, signals, scores);
  }

  private static List<RankedTurn> best(Matches matches, Signals signals, float[] scores) {
    long[] order =
        IntStream.range(0, scores.length)
            .filter(matches::eligible)
            .mapToLong(i -> ascendingAs(-scores[i]) << Integer.SIZE | i)
            .sorted()
            .limit(RETURNED)
            .toArray();
    var reasons = new Reasons(signals);
    List<RankedTurn> ranked = new ArrayList<>(order.length);
    for (long each : order) {
      int i = (int) each;
      ranked.add(new RankedTurn(matches.sequence(i), scores[i], reasons.of(i)));
    }
    return ranked;
  }

  /** {@return a whole number that orders as {@code value} does} */
  private static long ascendingAs(float value) {
    int bits = Float.floatToIntBits(value);
    return bits ^ ((bits >> 31) & 0x7fffffff);
  }

  /**
   * {@return the best of {@code ranked} that fit into {@code budget} tokens together, best first; a
   * turn too long for what is left is passed over}
   *
   * @param tokens how many tokens the turn of a sequence takes
   */
  public static List<RankedTurn> pack(
      List<RankedTurn> ranked, int budget, LongToIntFunction tokens) {
    if (budget < 0) {
      throw new IllegalArgumentException(
          "the budget is %d tokens: give 0 or more".formatted(budget));
    }
    List<RankedTurn> packed = new ArrayList<>();
    int left = budget;
    for (RankedTurn turn : ranked) {
      int cost = tokens.applyAsInt(turn.sequence());
      if (cost <= left) {
        packed.add(turn);
        left -= cost;
      }
      if (left <= 0) {
        break;
      }
    }
    return packed;
  }
}
