package io.madeleine.memory.surprise;

import io.madeleine.engine.token.TokenSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Moves a boundary to where the keys on its two sides differ most. Every cut costs constant time on
 * the prefix sums of {@link KeySimilarity}.
 *
 * <p>With {@code S₁, S₂} the similarity inside each side, {@code V₁, V₂} the row sums of each side,
 * {@code C} the similarity across the cut and {@code W = V₁ + V₂}.
 *
 * <p>Source: Fountas et al., <a href="https://arxiv.org/abs/2407.09450">EM-LLM</a>, 2024.
 */
public enum Refinement {
  /** Leaves every boundary where it is. */
  NONE {
    @Override
    double quality(KeySimilarity keys, int cut) {
      return 0;
    }
  },

  /** The greatest {@code (S₁ + S₂ − (V₁² + V₂²)/W) / 2W}. */
  MODULARITY {
    @Override
    double quality(KeySimilarity keys, int cut) {
      int n = keys.tokens();
      double first = keys.sum(0, cut, 0, n);
      double second = keys.sum(cut, n, 0, n);
      double total = first + second;
      double inside = keys.sum(0, cut, 0, cut) + keys.sum(cut, n, cut, n);
      return (inside - (first * first + second * second) / total) / (2 * total);
    }
  },

  /** The least {@code C / min(V₁, V₂)}, the standard definition. */
  CONDUCTANCE {
    @Override
    double quality(KeySimilarity keys, int cut) {
      int n = keys.tokens();
      return -share(
          keys.sum(0, cut, cut, n), Math.min(keys.sum(0, cut, 0, n), keys.sum(cut, n, 0, n)));
    }
  },

  /**
   * The least of both {@code C / min(Sᵢ, W − Sᵢ)}: what EM-LLM's code computes, which leaves the
   * cut out of a side's volume.
   */
  INNER_CONDUCTANCE {
    @Override
    double quality(KeySimilarity keys, int cut) {
      int n = keys.tokens();
      double across = keys.sum(0, cut, cut, n);
      double total = keys.sum(0, n, 0, n);
      double first = keys.sum(0, cut, 0, cut);
      double second = keys.sum(cut, n, cut, n);
      return -Math.min(
          share(across, Math.min(first, total - first)),
          share(across, Math.min(second, total - second)));
    }
  };

  private static final double NO_WEIGHT = 1e-9;

  /** {@return how good {@code cut} is; higher is better; {@code W} is known to be positive} */
  abstract double quality(KeySimilarity keys, int cut);

  /**
   * Moves every boundary between two events to the best cut between half an event before and half
   * an event after it. Works from left to right on what is already moved.
   *
   * <p>Where the similarities of a window do not add up to something positive (raw dot products may
   * cancel out) the boundary stays, and among equal cuts the nearest to the old one wins.
   *
   * @param events in order and without gaps
   * @param minimumLength tokens that both sides must keep, at least 1
   * @param keysOf the keys of a span of the same stream
   * @return as many events, in order and without gaps
   */
  public List<TokenSpan> refine(
      List<TokenSpan> events, int minimumLength, Function<TokenSpan, KeySimilarity> keysOf) {
    if (minimumLength < 1) {
      throw new IllegalArgumentException("minimumLength must be at least 1, was " + minimumLength);
    }
    if (this == NONE || events.size() < 2) {
      return List.copyOf(events);
    }
    List<TokenSpan> refined = new ArrayList<>();
    int start = events.getFirst().start();
    for (int i = 1; i < events.size(); i++) {
      int boundary = moved(start, events.get(i), minimumLength, keysOf);
      refined.add(new TokenSpan(start, boundary));
      start = boundary;
    }
    refined.add(new TokenSpan(start, events.getLast().end()));
    return List.copyOf(refined);
  }

  private int moved(
      int start, TokenSpan next, int minimumLength, Function<TokenSpan, KeySimilarity> keysOf) {
    int boundary = next.start();
    int from = boundary - (boundary - start) / 2;
    int to = boundary + next.length() / 2;
    int first = Math.max(from + 1, start + minimumLength);
    int last = Math.min(to - 1, next.end() - minimumLength);
    if (first > last) {
      return boundary;
    }
    KeySimilarity keys = keysOf.apply(new TokenSpan(from, to));
    return from + best(keys, first - from, last - from, boundary - from);
  }

  /**
   * {@return the best cut in {@code [first, last]}, or {@code old} where there is nothing to tell}
   */
  int best(KeySimilarity keys, int first, int last, int old) {
    int n = keys.tokens();
    if (keys.sum(0, n, 0, n) <= NO_WEIGHT) {
      return old;
    }
    int best = old;
    double highest = Double.NEGATIVE_INFINITY;
    for (int cut = first; cut <= last; cut++) {
      double quality = quality(keys, cut);
      boolean nearer = quality == highest && Math.abs(cut - old) < Math.abs(best - old);
      if (quality > highest || nearer) {
        highest = quality;
        best = cut;
      }
    }
    return best;
  }

  /** A side without weight makes the worst of all cuts. */
  private static double share(double across, double volume) {
    return volume <= NO_WEIGHT ? Double.POSITIVE_INFINITY : across / volume;
  }
}
