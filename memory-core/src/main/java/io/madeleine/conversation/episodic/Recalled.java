package io.madeleine.conversation.episodic;

import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.tier.Tier;
import java.util.List;

/**
 * What a turn found in its cache before it began.
 *
 * @param pieces that came back, whole or in part, in the order of time
 * @param leftOut that did not fit into the tokens for recall, or were in the cache already
 * @param tokens placed that need no prefill
 * @param reread tokens that were read again instead
 * @param bytesMoved from slower tiers
 */
public record Recalled(
    List<Piece> pieces, List<Episode> leftOut, int tokens, int reread, long bytesMoved) {

  /** Copies the lists. */
  public Recalled {
    pieces = List.copyOf(pieces);
    leftOut = List.copyOf(leftOut);
  }

  /**
   * One recalled episode.
   *
   * @param episode which
   * @param from where its keys and values were; {@link Tier#REBUILT} also where it was read again
   *     as it was said
   * @param nanos that it took to get them from there; 0 where it was read again as it was said
   */
  public record Piece(Episode episode, Tier from, long nanos) {}
}
