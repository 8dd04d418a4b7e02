package io.madeleine.memory.compression.budget;

/**
 * Shares a total over layers by weight, with a floor and a cap for each, so that the sum is exact.
 *
 * <p>Shares that fall below a floor or above a cap are frozen there, the side with the larger
 * violation first, and the rest is shared again; fractions are rounded by largest remainder, ties
 * to the lower layer.
 */
public final class WaterFilling {

  private final long[] floors;
  private final long[] caps;

  /**
   * @throws IllegalArgumentException if a floor exceeds its cap
   */
  public WaterFilling(long[] floors, long[] caps) {
    for (int layer = 0; layer < floors.length; layer++) {
      if (floors[layer] > caps[layer] || floors[layer] < 0) {
        throw new IllegalArgumentException(
            "layer %d: the floor %d must lie between 0 and the cap %d"
                .formatted(layer, floors[layer], caps[layer]));
      }
    }
    this.floors = floors.clone();
    this.caps = caps.clone();
  }

  /**
   * {@return whole numbers that add up to {@code total}, or to all caps when those are less}
   *
   * @param weights not negative; all zero shares evenly
   * @throws BudgetTooSmallException if the floors exceed {@code total}
   */
  public long[] share(double[] weights, long total) {
    long floor = sum(floors);
    if (floor > total) {
      throw new BudgetTooSmallException("the layers together", floor, total);
    }
    if (total >= sum(caps)) {
      return caps.clone();
    }
    return rounded(fill(weights, total), total);
  }

  private double[] fill(double[] weights, long total) {
    int layers = weights.length;
    var fixed = new boolean[layers];
    var shares = new double[layers];
    while (true) {
      spread(weights, total, fixed, shares);
      double below = 0;
      double above = 0;
      for (int layer = 0; layer < layers; layer++) {
        if (!fixed[layer]) {
          below += Math.max(0, floors[layer] - shares[layer]);
          above += Math.max(0, shares[layer] - caps[layer]);
        }
      }
      if (below <= 0 && above <= 0) {
        return shares;
      }
      freeze(shares, fixed, below >= above);
    }
  }

  private static void spread(double[] weights, long total, boolean[] fixed, double[] shares) {
    double rest = total;
    double weight = 0;
    int free = 0;
    for (int layer = 0; layer < shares.length; layer++) {
      rest -= fixed[layer] ? shares[layer] : 0;
      weight += fixed[layer] ? 0 : weights[layer];
      free += fixed[layer] ? 0 : 1;
    }
    for (int layer = 0; layer < shares.length; layer++) {
      if (!fixed[layer]) {
        shares[layer] = weight > 0 ? weights[layer] / weight * rest : rest / free;
      }
    }
  }

  private void freeze(double[] shares, boolean[] fixed, boolean atFloor) {
    for (int layer = 0; layer < shares.length; layer++) {
      if (fixed[layer]) {
        continue;
      }
      if (atFloor && shares[layer] < floors[layer]) {
        shares[layer] = floors[layer];
        fixed[layer] = true;
      } else if (!atFloor && shares[layer] > caps[layer]) {
        shares[layer] = caps[layer];
        fixed[layer] = true;
      }
    }
  }

  private long[] rounded(double[] shares, long total) {
    var whole = new long[shares.length];
    for (int layer = 0; layer < whole.length; layer++) {
      whole[layer] = (long) Math.floor(shares[layer] + 1e-9);
    }
    long rest = total - sum(whole);
    while (rest > 0) {
      int next = largestFraction(shares, whole);
      whole[next]++;
      rest--;
    }
    return whole;
  }

  private int largestFraction(double[] shares, long[] whole) {
    int best = 0;
    double largest = Double.NEGATIVE_INFINITY;
    for (int layer = 0; layer < shares.length; layer++) {
      double fraction = shares[layer] - whole[layer];
      if (whole[layer] < caps[layer] && fraction > largest + 1e-9) {
        largest = fraction;
        best = layer;
      }
    }
    return best;
  }

  private static long sum(long[] values) {
    long sum = 0;
    for (long value : values) {
      sum += value;
    }
    return sum;
  }
}
