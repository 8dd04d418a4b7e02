package io.madeleine.conversation.episodic.view;

import io.madeleine.conversation.observation.SpanObserver;
import io.madeleine.conversation.observation.SpanSignals;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.model.Transformer;
import io.madeleine.memory.compression.Compressor;
import io.madeleine.memory.compression.KeptSlots;
import io.madeleine.memory.compression.Policies;
import io.madeleine.memory.compression.Policy;
import io.madeleine.memory.compression.Protection;
import io.madeleine.memory.compression.budget.Budget;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.store.KvSpan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Makes views of topics, block by block: what is left so far and the next episodes are laid out
 * behind the prefix, the topic's words are said behind them, and what those look at stays. So no
 * more than the budget and one block is ever in memory, however long the topic is, and a topic that
 * grows costs its new episodes only.
 *
 * <p>Source: Kim et al., <a href="https://arxiv.org/abs/2509.17396">EpiCache</a>, 2025, its block
 * prefill with eviction. Deviation: blocks are stored episodes, placed and not read again.
 */
public final class TopicViews {

  /** Tokens after which a block is full. */
  private static final int BLOCK = 512;

  /** Of the model's positions, what the tokens of a view may take that some head keeps. */
  private static final double MOST_POSITIONS = 0.25;

  private final Transformer model;
  private final Function<Episode, KvSpan> stored;
  private final Compressor compressor;
  private final SpanObserver observer;

  /**
   * @param stored gives what is kept of an episode, wherever it lies
   */
  public TopicViews(Transformer model, Function<Episode, KvSpan> stored) {
    this.model = model;
    this.stored = stored;
    this.observer = new SpanObserver(model);
    Policy policy =
        Policies.named("epicache", model.kvShape().layers(), 0).with(new Policy.Always(0, 0, 0));
    this.compressor = new Compressor(policy, SpanSignals.observable());
  }

  /**
   * {@return a view that has taken in more episodes}
   *
   * @param before the prefix; left as it is
   * @param added behind those of {@code view}, oldest first
   * @param prompt the topic's own words
   * @param tokens that each head keeps on average, at most
   */
  public TopicView grown(
      KvCache before, TopicView view, List<Episode> added, int[] prompt, int tokens) {
    TopicView now = view;
    List<Episode> block = new ArrayList<>();
    int size = 0;
    for (Episode episode : added) {
      block.add(episode);
      size += episode.kept();
      if (size >= BLOCK) {
        now = withBlock(before, now, block, prompt, tokens);
        block.clear();
        size = 0;
      }
    }
    return block.isEmpty() ? now : withBlock(before, now, block, prompt, tokens);
  }

  private TopicView withBlock(
      KvCache before, TopicView view, List<Episode> block, int[] prompt, int tokens) {
    List<TopicView.Part> parts = new ArrayList<>();
    List<KvSpan> spans = new ArrayList<>();
    for (TopicView.Part part : view.parts()) {
      KvSpan span = stored.apply(part.episode());
      KvSpan left = span.keep(part.slotsIn(span));
      if (left.tokens() > 0) {
        spans.add(left);
        parts.add(TopicView.Part.of(part.episode(), left));
      }
    }
    for (Episode episode : block) {
      KvSpan span = stored.apply(episode);
      spans.add(span);
      parts.add(TopicView.Part.of(episode, span));
    }
    List<Episode> seen = new ArrayList<>(view.seen());
    seen.addAll(block);
    KvSpan together = KvSpan.inARow(spans);
    if (together.tokensPerHead() <= tokens || prompt.length == 0) {
      return new TopicView(parts, seen);
    }
    var signals =
        observer.observe(before, together, new int[0], prompt, compressor.policy().needs());
    KeptSlots kept =
        compressor.select(signals, Protection.none(), new Budget.Tokens(Math.max(1, tokens)), 1);
    return new TopicView(mostShared(divided(parts, kept)), seen);
  }

  /**
   * Heads keep different tokens, and each of these takes a position, however many heads keep it.
   * Where together they would take too many, those that fewest heads keep go.
   */
  private List<TopicView.Part> mostShared(List<TopicView.Part> parts) {
    int most = (int) (MOST_POSITIONS * model.config().contextLength());
    return new SharedTokens(parts).most(most);
  }

  /** Hands the kept slots of the whole row back to the episodes that they came from. */
  private List<TopicView.Part> divided(List<TopicView.Part> parts, KeptSlots kept) {
    int kvHeads = model.kvShape().kvHeads();
    var from = new int[model.kvShape().heads()];
    List<TopicView.Part> left = new ArrayList<>();
    for (TopicView.Part part : parts) {
      var tokens = new int[from.length][];
      boolean any = false;
      for (int head = 0; head < from.length; head++) {
        int[] own = part.tokens()[head];
        int first = from[head];
        tokens[head] =
            Arrays.stream(kept.of(head / kvHeads, head % kvHeads))
                .filter(slot -> slot >= first && slot < first + own.length)
                .map(slot -> own[slot - first])
                .toArray();
        any |= tokens[head].length > 0;
        from[head] += own.length;
      }
      if (any) {
        left.add(new TopicView.Part(part.episode(), tokens));
      }
    }
    return left;
  }
}
