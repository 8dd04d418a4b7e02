package io.madeleine.spring;

import io.madeleine.conversation.episodic.EpisodicCache;
import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.mind.MindOptions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.Transformer;

/**
 * How what {@code madeleine.kv} allows is shared out. Of the memory half is for working caches, a
 * quarter for episodes and a quarter for answers from messages; of the disk a quarter is for these,
 * the rest for episodes.
 *
 * @param memory bytes, of all together
 * @param disk bytes, of all together
 */
public record KvShares(long memory, long disk) {

  /** One part in so many. */
  private static final int WORKING = 2;

  private static final int EPISODES = 4;
  private static final int ANSWERS = 4;

  /** An instruction of a few words, and the least behind it. */
  private static final int SHORTEST_CONVERSATION =
      EpisodicOptions.LEAST_POSITIONS + KvType.PAGE_TOKENS;

  /**
   * {@return the shares where a model's questions can be answered with them}
   *
   * @throws TooLittleMemoryException if all would be refused
   */
  static KvShares of(MadeleineProperties.Kv kv, ReadyModel model) {
    var shares = new KvShares(kv.memory().toBytes(), kv.disk().toBytes());
    long least = least(model.transformer(), kv.type());
    if (shares.memory < least) {
      throw new TooLittleMemoryException(shares.memory, model.name(), least);
    }
    return shares;
  }

  private static long least(Transformer model, KvType answers) {
    int tokens = Math.min(SHORTEST_CONVERSATION, model.config().contextLength());
    KvType working = MindOptions.DEFAULT.layout().type();
    return Math.max(
        WORKING * EpisodicCache.poolBytes(model, working, tokens),
        memoryWithAnswersOf(model.kvShape().bytes(tokens, answers)));
  }

  /** {@return the memory of which answers from messages have so many bytes} */
  public static long memoryWithAnswersOf(long bytes) {
    return ANSWERS * bytes;
  }

  long working() {
    return memory / WORKING;
  }

  long episodes() {
    return memory / EPISODES;
  }

  long answers() {
    return memory / ANSWERS;
  }

  /** Without a disk a byte, in which nothing has room. */
  long answersOnDisk() {
    return Math.max(1, disk / ANSWERS);
  }

  /** Without a disk a byte, in which nothing has room. */
  long episodesOnDisk() {
    return Math.max(1, disk - disk / ANSWERS);
  }
}
