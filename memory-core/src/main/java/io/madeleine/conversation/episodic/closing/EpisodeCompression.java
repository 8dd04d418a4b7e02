package io.madeleine.conversation.episodic.closing;

import io.madeleine.memory.compression.Policies;

/**
 * How an episode is made smaller when it closes. It is done once, for good: what was kept is never
 * scored again, only moved to slower tiers.
 *
 * @param policy a name of {@link Policies}, or {@code none}
 * @param kept share of the episode's slots that stay, above 0, at most 1
 * @param wholeUpTo episodes of at most so many tokens stay whole whatever the policy
 */
public record EpisodeCompression(String policy, double kept, int wholeUpTo) {

  /** Episodes stay whole. */
  public static final EpisodeCompression NONE = new EpisodeCompression("none", 1, 0);

  private static final long SEED = 42;

  /**
   * @throws IllegalArgumentException if there is no such policy, {@code kept} does not lie in (0,
   *     1], or {@code wholeUpTo} is negative
   */
  public EpisodeCompression {
    if (!policy.equals("none")) {
      Policies.named(policy, 1, SEED);
    }
    if (!(kept > 0 && kept <= 1) || wholeUpTo < 0) {
      throw new IllegalArgumentException(
          "the share kept lies above 0 and at most at 1, and tokens that stay whole are 0 or more, but are %s and %d"
              .formatted(kept, wholeUpTo));
    }
  }

  /** {@return whether an episode of so many tokens stays as it is} */
  boolean spares(int tokens) {
    return policy.equals("none") || kept == 1 || tokens <= wholeUpTo;
  }

  io.madeleine.memory.compression.Policy policyFor(int layers) {
    var chosen = Policies.named(policy, layers, SEED);
    var always = chosen.always();
    return chosen.with(
        new io.madeleine.memory.compression.Policy.Always(
            0, always.recent(), always.recentShare()));
  }
}
