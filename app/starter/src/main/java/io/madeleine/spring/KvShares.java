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
   * {@return the shares where the shortest conversation has room in them}
   *
   * @throws TooLittleMemoryException if every conversation would be refused
   */
  static KvShares forConversations(MadeleineProperties.Kv kv, ReadyModel model) {
    Transformer transformer = model.transformer();
    int tokens = Math.min(SHORTEST_CONVERSATION, transformer.config().contextLength());
    KvType working = MindOptions.DEFAULT.layout().type();
    long least = WORKING * EpisodicCache.poolBytes(transformer, working, tokens);
    return withAtLeast(least, "every conversation", kv, model);
  }

  /**
   * {@return the shares where an answer from messages has a page in them}
   *
   * @throws TooLittleMemoryException if every such answer would be refused
   */
  static KvShares forAnswers(MadeleineProperties.Kv kv, ReadyModel model) {
    long page = model.transformer().kvShape().bytes(KvType.PAGE_TOKENS, kv.type());
    return withAtLeast(memoryWithAnswersOf(page), "every answer from messages", kv, model);
  }

  private static KvShares withAtLeast(
      long least, String refused, MadeleineProperties.Kv kv, ReadyModel model) {
    var shares = new KvShares(kv.memory().toBytes(), kv.disk().toBytes());
    if (shares.memory < least) {
      throw new TooLittleMemoryException(shares.memory, least, refused, model.name());
    }
    return shares;
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
