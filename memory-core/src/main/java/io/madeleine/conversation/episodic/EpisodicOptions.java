package io.madeleine.conversation.episodic;

import io.madeleine.conversation.episodic.blending.Blending;
import io.madeleine.conversation.episodic.closing.EpisodeCompression;
import io.madeleine.engine.kv.KvType;
import io.madeleine.memory.placement.Placement;
import io.madeleine.memory.surprise.SurpriseSegmenter;

/**
 * How a working cache is laid out.
 *
 * @param recentTokens that stay in the cache from turn to turn, at least; whole episodes beyond
 *     them leave
 * @param recallTokens that recalled episodes may take together
 * @param placement which positions they get
 * @param segmenter where episodes end, beyond the ends of turns
 * @param type how the working cache stores numbers
 * @param compression what is kept of an episode when it closes
 * @param blending how recalled episodes are fitted in
 */
public record EpisodicOptions(
    int recentTokens,
    int recallTokens,
    Placement placement,
    SurpriseSegmenter segmenter,
    KvType type,
    EpisodeCompression compression,
    Blending blending) {

  private static final int SHORTEST_READING = 16;

  /** With what closes it, and the words of a stop text that are read after all. */
  private static final int SHORTEST_ANSWER = 48;

  private static final int LONGEST_ANSWER = 1024;

  /** Positions behind the prefix that {@link #within} needs for the least of everything. */
  public static final int LEAST_POSITIONS = 96;

  /** 256 recent and 1024 recalled tokens, compact positions, EM-LLM's boundaries, f32. */
  public static final EpisodicOptions DEFAULT =
      new EpisodicOptions(256, 1024, Placement.COMPACT, SurpriseSegmenter.EM_LLM, KvType.F32);

  /** Episodes that stay whole. */
  public EpisodicOptions(
      int recentTokens,
      int recallTokens,
      Placement placement,
      SurpriseSegmenter segmenter,
      KvType type) {
    this(recentTokens, recallTokens, placement, segmenter, type, EpisodeCompression.NONE);
  }

  /** Episodes that are placed as they are. */
  public EpisodicOptions(
      int recentTokens,
      int recallTokens,
      Placement placement,
      SurpriseSegmenter segmenter,
      KvType type,
      EpisodeCompression compression) {
    this(recentTokens, recallTokens, placement, segmenter, type, compression, Blending.NONE);
  }

  /**
   * @throws IllegalArgumentException if a count is negative, or the placement does not allow the
   *     blending
   */
  public EpisodicOptions {
    if (recentTokens < 0 || recallTokens < 0) {
      throw new IllegalArgumentException(
          "recent and recalled tokens must be 0 or more, but are %d and %d"
              .formatted(recentTokens, recallTokens));
    }
    blending.requireFits(placement);
  }

  /**
   * {@return the most tokens of a turn that are read at once: a half of what the context leaves
   * beside the prefix, the recalled and the recent tokens, but nothing of the room for the answer}
   *
   * @param context positions that the model has
   */
  int longestReading(int prefixTokens, int context) {
    int open = Math.min(segmenter.maximumLength(), recallTokens);
    int positions = context - prefixTokens;
    int half = (positions - recallTokens - recentTokens - open) / 2;
    return Math.max(SHORTEST_READING, Math.min(half, positions - memory() - answer(positions)));
  }

  /** Recent tokens end with a whole episode, and the open one grows behind them. */
  private int memory() {
    return recallTokens + recentTokens + 2 * segmenter.maximumLength();
  }

  /** Room for the answer: a quarter, as long as that is not more than answers are. */
  private static int answer(int positions) {
    return Math.clamp(positions / 4, SHORTEST_ANSWER, LONGEST_ANSWER);
  }

  /**
   * {@return the same where so many positions are enough; otherwise less of everything, in
   * proportion, so that an eighth is left for a question, and for its answer a quarter or 1,024
   * tokens, whichever is less}
   *
   * @param positions that there are behind the prefix, {@link #LEAST_POSITIONS} or more
   */
  public EpisodicOptions within(int positions) {
    int question = Math.max(SHORTEST_READING, positions / 8);
    int room = Math.max(0, positions - question - answer(positions));
    if (room >= memory()) {
      return this;
    }
    double share = (double) room / memory();
    int longest = Math.max(segmenter.minimumLength(), (int) (share * segmenter.maximumLength()));
    int rest = Math.max(0, room - 2 * longest); // no episode is shorter than the shortest
    double kept = Math.min(share, (double) rest / Math.max(1, recentTokens + recallTokens));
    return new EpisodicOptions(
        (int) (kept * recentTokens),
        (int) (kept * recallTokens),
        placement,
        segmenter.upTo(longest),
        type,
        compression,
        blending);
  }

  /** {@return the same with a working cache that stores numbers in another way} */
  public EpisodicOptions type(KvType other) {
    return new EpisodicOptions(
        recentTokens, recallTokens, placement, segmenter, other, compression, blending);
  }

  /** {@return the same with episodes that keep less, or more} */
  public EpisodicOptions compression(EpisodeCompression other) {
    return new EpisodicOptions(
        recentTokens, recallTokens, placement, segmenter, type, other, blending);
  }

  /** {@return the same with room for more tokens, or fewer} */
  public EpisodicOptions tokens(int recent, int recalled) {
    return new EpisodicOptions(recent, recalled, placement, segmenter, type, compression, blending);
  }

  /** {@return the same with recalled episodes fitted in in another way} */
  public EpisodicOptions blending(Blending other) {
    return new EpisodicOptions(
        recentTokens, recallTokens, placement, segmenter, type, compression, other);
  }
}
