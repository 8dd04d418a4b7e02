package io.madeleine.memory.compression;

import io.madeleine.memory.compression.Policy.Always;
import io.madeleine.memory.compression.budget.LayerAllocator;
import io.madeleine.memory.compression.eviction.Evictor;
import io.madeleine.memory.compression.scorer.AttentionScorer;
import io.madeleine.memory.compression.scorer.KeyScorer;
import io.madeleine.memory.compression.scorer.Pooling;
import io.madeleine.memory.compression.scorer.PositionScorer;
import io.madeleine.memory.compression.scorer.ProbeScorer;
import io.madeleine.memory.compression.selection.HeadSelector;
import java.util.List;

/**
 * The policies of the literature under their own names, with defaults that suit small models and
 * caches of a few thousand tokens. {@link #all} is the one list that tests and measurements go
 * through.
 */
public final class Policies {

  private static final Always SINKS = new Always(4, 1, 0);
  private static final Always WINDOW = new Always(4, 32, 0);
  private static final Always HALF_RECENT = new Always(4, 1, 0.5);
  private static final Evictor DROP = new Evictor.Drop();
  private static final HeadSelector PER_HEAD = new HeadSelector.PerHead();
  private static final LayerAllocator UNIFORM = new LayerAllocator.Uniform();
  private static final Pooling POOLING = new Pooling(Pooling.Kind.AVERAGE, 5);

  private Policies() {}

  /**
   * {@return every policy for a model of {@code layers} layers}
   *
   * @param seed of those that draw
   */
  public static List<Policy> all(int layers, long seed) {
    Policy snap =
        policy("snapkv", new AttentionScorer.ObservationWindow(32, POOLING), PER_HEAD, WINDOW);
    Policy expected =
        policy("expected", new AttentionScorer.ExpectedAttention(512, 0), PER_HEAD, SINKS);
    var joint = new HeadSelector.Joint(0.2);
    Policy epicache =
        policy("epicache", new ProbeScorer.PatchedPrompt(), new HeadSelector.Joint(0), SINKS);
    return List.of(
        policy("random", new PositionScorer.Random(seed), PER_HEAD, SINKS),
        policy("streaming", new PositionScorer.SinksAndRecent(4), PER_HEAD, SINKS),
        policy("lacache", new PositionScorer.Ladder(4, 16, layers), PER_HEAD, WINDOW),
        policy("keynorm", new KeyScorer.KeyNorm(), PER_HEAD, SINKS),
        policy("keydiff", new KeyScorer.KeyDifference(), PER_HEAD, SINKS),
        policy("lagkv", new KeyScorer.Lag(4, 128), PER_HEAD, SINKS),
        policy("h2o", new AttentionScorer.HeavyHitters(), PER_HEAD, HALF_RECENT),
        policy("scissorhands", new AttentionScorer.Persistence(), PER_HEAD, HALF_RECENT),
        policy("tova", new AttentionScorer.LastQuery(), new HeadSelector.Shared(), SINKS),
        snap,
        snap.with("windowkv", new AttentionScorer.SemanticWindows(32, 8)),
        snap.with("pyramidkv", new LayerAllocator.Pyramid(32, 20)),
        snap.with("adakv", joint),
        snap.with("prefixkv", new LayerAllocator.PrefixMass()),
        snap.with("uncomp", new LayerAllocator.EntropyGroups(0.1, 0.85)),
        snap.with("kvcrush", new HeadSelector.DiverseBlocks(8, 0.5)),
        snap.with("razor", new HeadSelector.RetrievalHeads(0.5, 0.4)),
        snap.with("rkv", new AttentionScorer.NotRedundant(8, 0.1)),
        policy("lazyeviction", new AttentionScorer.Recurring(), PER_HEAD, WINDOW),
        expected,
        expected.with("criticalkv", new HeadSelector.Critical(PER_HEAD, 0.5)),
        expected.with("criticaladakv", new HeadSelector.Critical(joint, 0.5)),
        policy("kvzip", new ProbeScorer.Replay(), new HeadSelector.Joint(0), SINKS)
            .with("kvzip", new LayerAllocator.Global()),
        policy("infinipot", new ProbeScorer.Summary(), PER_HEAD, SINKS),
        epicache,
        epicache.with("oracle", new ProbeScorer.Question()),
        snap.with("valuemerge", new Evictor.MergeValues(0, 4)),
        snap.with("d2o", new Evictor.MergeNearest()),
        snap.with("kvmerger", new Evictor.MergeRuns(0.8)),
        snap.with("ems", new Evictor.MergeClasses(0.5, 0.6)),
        policy("cam", new PositionScorer.SinksAndRecent(4), PER_HEAD, SINKS)
            .with("cam", new Evictor.MergeRandomly(32, seed)));
  }

  /**
   * {@return the policy called {@code name}}
   *
   * @throws IllegalArgumentException if there is none; the message lists them
   */
  public static Policy named(String name, int layers, long seed) {
    List<Policy> all = all(layers, seed);
    return all.stream()
        .filter(policy -> policy.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no policy '%s'; there are %s"
                        .formatted(name, all.stream().map(Policy::name).toList())));
  }

  private static Policy policy(
      String name,
      io.madeleine.memory.compression.scorer.KvScorer scorer,
      HeadSelector selector,
      Always always) {
    return new Policy(name, scorer, UNIFORM, selector, always, DROP);
  }
}
