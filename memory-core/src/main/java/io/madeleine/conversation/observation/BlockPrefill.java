package io.madeleine.conversation.observation;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Transformer;
import io.madeleine.memory.compression.Compressor;
import io.madeleine.memory.compression.KeptSlots;
import io.madeleine.memory.compression.Policy;
import io.madeleine.memory.compression.Protection;
import io.madeleine.memory.compression.SignalSource;
import io.madeleine.memory.compression.budget.Budget;
import io.madeleine.memory.compression.signal.HeadSignals;
import io.madeleine.memory.compression.signal.QueryWindow;
import io.madeleine.memory.compression.signal.Signal;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Reads a text of any length in bounded memory: block by block, and after each block everything
 * that is in the cache, old and new, is scored by a prompt and cut down to the budget. Positions
 * stay as they were read, so the text must not be longer than what the model was trained for.
 *
 * <p>Source: the block prefill of Kim et al., <a
 * href="https://arxiv.org/abs/2509.17396">EpiCache</a>, 2025. Deviation: what stands in front is
 * protected, where their code trusts that attention keeps it. Later blocks are read behind a cache
 * that has lost something already, so errors add up: where the keys are stored anyway, views over
 * them are exact and cheaper.
 */
public final class BlockPrefill {

  private static final Set<Signal> OBSERVED =
      EnumSet.of(Signal.KEYS, Signal.VALUES, Signal.PROBE_QUERIES);

  private final Transformer model;
  private final Compressor compressor;
  private final int budget;
  private final int block;

  /**
   * @param policy reads keys, values and a probe at most
   * @param budget tokens that a head keeps on average, the protected ones included
   * @param block tokens read at once
   * @throws IllegalArgumentException if the policy reads other signals, or a count is below 1
   */
  public BlockPrefill(Transformer model, Policy policy, int budget, int block) {
    if (budget < 1 || block < 1) {
      throw new IllegalArgumentException(
          "budget and block must be at least 1 token, but are %d and %d".formatted(budget, block));
    }
    this.model = model;
    this.compressor = new Compressor(policy, OBSERVED);
    this.budget = budget;
    this.block = block;
  }

  /** What a block is read for. */
  @FunctionalInterface
  public interface Prompt {
    /**
     * {@return the tokens that score the cache behind a block of the text}
     *
     * @param from the block's first token
     * @param to behind its last
     */
    int[] behind(int from, int to);
  }

  /** Reads, and scores every block by the same prompt. */
  public void read(KvCache cache, int[] tokens, int[] prompt) {
    read(cache, tokens, (from, to) -> prompt);
  }

  /**
   * Reads.
   *
   * @param cache what it holds already is protected; holds no more than budget and one block on the
   *     way, besides the prompt, and no more than the budget at the end
   * @param prompt says what the text is read for; its keys do not stay
   */
  public void read(KvCache cache, int[] tokens, Prompt prompt) {
    Protection before = Protection.none().and(0, cache.length());
    for (int from = 0; from < tokens.length; from += block) {
      int to = Math.min(tokens.length, from + block);
      model.prefill(cache, Arrays.copyOfRange(tokens, from, to), Observe.nothing());
      if (slots(cache) > (long) budget * cache.shape().heads()) {
        evict(cache, before, prompt.behind(from, to));
      }
    }
  }

  private void evict(KvCache cache, Protection before, int[] prompt) {
    KeptSlots kept =
        compressor.select(new Probed(model, cache, prompt), before, new Budget.Tokens(budget), 1);
    KvShape shape = cache.shape();
    for (int head = 0; head < shape.heads(); head++) {
      int layer = head / shape.kvHeads();
      cache.keep(layer, head % shape.kvHeads(), kept.of(layer, head % shape.kvHeads()));
    }
  }

  private static long slots(KvCache cache) {
    long slots = 0;
    KvShape shape = cache.shape();
    for (int head = 0; head < shape.heads(); head++) {
      slots += cache.slots(head / shape.kvHeads(), head % shape.kvHeads());
    }
    return slots;
  }

  /** A cache, and what a prompt behind it looks at. */
  private static final class Probed implements SignalSource {
    private final KvCache cache;
    private final HeadSignals[] heads;

    Probed(Transformer model, KvCache cache, int[] prompt) {
      this.cache = cache;
      KvShape shape = cache.shape();
      int[] at = IntStream.range(cache.length(), cache.length() + prompt.length).toArray();
      this.heads = new HeadSignals[shape.heads()];
      try (KvCache fork = cache.fork()) {
        Reading said = Reading.of(model, fork, prompt);
        for (int head = 0; head < heads.length; head++) {
          int layer = head / shape.kvHeads();
          int kvHead = head % shape.kvHeads();
          int slots = cache.slots(layer, kvHead);
          var keys = new float[slots * shape.headDim()];
          var values = new float[slots * shape.headDim()];
          cache.readKeys(layer, kvHead, 0, slots, keys);
          cache.readValues(layer, kvHead, 0, slots, values);
          heads[head] =
              HeadSignals.of(layer, kvHead, shape.headDim(), cache.positions(layer, kvHead))
                  .keys(keys)
                  .values(values)
                  .probe(QueryWindow.of(at, said.queries(layer, kvHead), shape.headDim()))
                  .build();
        }
      }
    }

    @Override
    public int layers() {
      return cache.shape().layers();
    }

    @Override
    public int kvHeads() {
      return cache.shape().kvHeads();
    }

    @Override
    public Set<Signal> supplied() {
      return OBSERVED;
    }

    @Override
    public HeadSignals head(int layer, int kvHead) {
      return heads[layer * kvHeads() + kvHead];
    }
  }
}
