package io.madeleine.engine.generation;

import java.util.SplittableRandom;

/** Chooses a token from a row of logits. Not thread-safe: a sampler belongs to one sequence. */
public sealed interface Sampler {

  /**
   * {@return the id of the chosen token}
   *
   * @param logits one for each id; {@link Float#NEGATIVE_INFINITY} for those that must not be
   *     chosen. Not changed
   * @throws IllegalArgumentException if no token may be chosen
   */
  int choose(float[] logits);

  /** {@return the sampler for {@code options}; its dice start at the seed} */
  static Sampler of(SamplingOptions options) {
    return options.temperature() == 0 ? new Greedy() : new Dice(options);
  }

  /** Takes the likeliest token, the lowest id among equals. */
  record Greedy() implements Sampler {
    @Override
    public int choose(float[] logits) {
      int best = -1;
      float most = Float.NEGATIVE_INFINITY;
      for (int id = 0; id < logits.length; id++) {
        if (logits[id] > most) {
          best = id;
          most = logits[id];
        }
      }
      if (best < 0) {
        throw nothing(logits);
      }
      return best;
    }
  }

  private static IllegalArgumentException nothing(float[] logits) {
    return new IllegalArgumentException(
        "none of %,d tokens may be chosen: every logit is −∞ or no number"
            .formatted(logits.length));
  }

  /**
   * Draws from what temperature, top-k, top-p and min-p leave, in that order. Only as many tokens
   * are put in order as are looked at: a heap of the candidates, O(n + k log n).
   */
  final class Dice implements Sampler {
    private final SamplingOptions options;
    private final SplittableRandom random;
    private int[] ids = new int[0];
    private double[] weights = new double[0];
    private int count;

    private Dice(SamplingOptions options) {
      this.options = options;
      this.random = new SplittableRandom(options.seed());
    }

    @Override
    public int choose(float[] logits) {
      double total = weigh(logits);
      boolean inOrder = options.topP() < 1 || (options.topK() > 0 && options.topK() < count);
      if (inOrder) {
        return draw(withoutUnlikely(takeLikeliest(total)));
      }
      return draw(new Taken(0, count, total));
    }

    /** A range of the arrays and the weight in it. */
    private record Taken(int from, int to, double weight) {}

    /** Fills the arrays with the candidates; the likeliest has weight 1. {@return their sum} */
    private double weigh(float[] logits) {
      float most = Float.NEGATIVE_INFINITY;
      for (float logit : logits) {
        most = Math.max(most, Float.isNaN(logit) ? Float.NEGATIVE_INFINITY : logit);
      }
      if (most == Float.NEGATIVE_INFINITY) {
        throw nothing(logits);
      }
      if (ids.length < logits.length) {
        ids = new int[logits.length];
        weights = new double[logits.length];
      }
      count = 0;
      double total = 0;
      // Min-p comes last; where no share is taken before it, the unlikely are left out at once.
      double least = options.topP() < 1 ? 0 : options.minP();
      for (int id = 0; id < logits.length; id++) {
        double weight =
            logits[id] == most ? 1 : Math.exp((logits[id] - most) / options.temperature());
        if (weight > 0 && weight >= least) {
          ids[count] = id;
          weights[count++] = weight;
          total += weight;
        }
      }
      return total;
    }

    /** Moves the likeliest candidates to the end of the arrays, best last. */
    private Taken takeLikeliest(double total) {
      for (int i = count / 2 - 1; i >= 0; i--) {
        siftDown(i, count);
      }
      int most = options.topK() > 0 ? Math.min(options.topK(), count) : count;
      double available = most < count ? heaviest(most) : total;
      double enough = options.topP() * available;
      int from = most < count ? count - most : count;
      if (most < count) {
        return cut(from, enough);
      }
      double weight = 0;
      while (from > 0 && weight < enough) {
        weight += pop(--from);
      }
      return new Taken(from, count, weight);
    }

    /** {@return the range without what min-p drops} The likeliest, of weight 1, always stays. */
    private Taken withoutUnlikely(Taken taken) {
      int from = taken.from();
      double weight = taken.weight();
      while (weights[from] < options.minP()) {
        weight -= weights[from++];
      }
      return new Taken(from, taken.to(), weight);
    }

    /** Pops the {@code most} likeliest to the end of the arrays and {@return their weight}. */
    private double heaviest(int most) {
      double weight = 0;
      for (int size = count - 1; size >= count - most; size--) {
        weight += pop(size);
      }
      return weight;
    }

    private Taken cut(int first, double enough) {
      double weight = 0;
      int from = count;
      while (from > first && weight < enough) {
        weight += weights[--from];
      }
      return new Taken(from, count, weight);
    }

    /** Swaps the heap's top with position {@code last}, behind the heap that remains. */
    private double pop(int last) {
      swap(0, last);
      siftDown(0, last);
      return weights[last];
    }

    private void siftDown(int start, int size) {
      int parent = start;
      while (2 * parent + 1 < size) {
        int child = 2 * parent + 1;
        if (child + 1 < size && isBefore(child + 1, child)) {
          child++;
        }
        if (!isBefore(child, parent)) {
          return;
        }
        swap(child, parent);
        parent = child;
      }
    }

    private boolean isBefore(int a, int b) {
      return weights[a] > weights[b] || (weights[a] == weights[b] && ids[a] < ids[b]);
    }

    private void swap(int a, int b) {
      int id = ids[a];
      double weight = weights[a];
      ids[a] = ids[b];
      weights[a] = weights[b];
      ids[b] = id;
      weights[b] = weight;
    }

    private int draw(Taken taken) {
      double dart = random.nextDouble() * taken.weight();
      for (int i = taken.to() - 1; i > taken.from(); i--) {
        dart -= weights[i];
        if (dart < 0) {
          return ids[i];
        }
      }
      return ids[taken.from()];
    }
  }
}
