package io.madeleine.conversation.mind;

import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.memory.tier.TierLimits;

/** Options under which a few sentences fill a working cache. */
final class SmallMinds {

  static final MindOptions SMALL =
      new MindOptions(
          EpisodicOptions.DEFAULT.tokens(24, 96),
          32 << 20,
          TierLimits.within(4 << 20),
          64 << 20,
          4,
          6);

  private SmallMinds() {}
}
