package io.madeleine.evaluation.segmentation;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Forward;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Observe.Signal;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.segmentation.Utterance;
import io.madeleine.memory.surprise.KeySimilarity;
import io.madeleine.memory.surprise.Refinement;
import io.madeleine.memory.surprise.Surprisal;
import io.madeleine.memory.surprise.SurpriseSegmenter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code madeleine eval refinement}: EM-LLM's boundaries on a live model's own surprise and keys.
 * How near do they come to where turns begin, and how much more alike are keys within events than
 * across, beside as many random cuts?
 */
@Command(
    name = "refinement",
    mixinStandardHelpOptions = true,
    description = "surprise boundaries and their refinement on a model's own keys")
public final class RefinementCommand implements Callable<Integer> {

  private static final int NEAR = 2;
  private static final int SHORTEST = 8;
  private static final double UPPER_LAYERS = 0.4;

  @Option(names = "--data", required = true)
  private Path data = Path.of("");

  @Option(names = "--model", required = true)
  private Path model = Path.of("");

  @Option(names = "--dialogues", defaultValue = "100")
  private int dialogues = 100;

  private final PrintStream out = System.out;

  /** What one way to cut adds up to. */
  private static final class Sum {
    private int boundaries;
    private int atTurns;
    private double modularity;
    private double contrast;
    private int cuts;
  }

  private final Map<Refinement, Sum> sums = new EnumMap<>(Refinement.class);
  private final Sum random = new Sum();
  private int tokens;
  private int turns;

  @Override
  public Integer call() throws IOException {
    try (ReadyModel ready =
        ReadyModel.open(
            model,
            Clock.systemUTC(),
            new EngineOptions(1, /* warmUp= */ false),
            256 << 20,
            Runtime.getRuntime().maxMemory())) {
      for (SegmentedDialogue each :
          SegmentationData.read(data).dialogues().stream().limit(dialogues).toList()) {
        measure(each, ready);
      }
    }
    out.printf(
        "%,d tokens, %,d turns after the first%n%-18s %10s %16s %12s %10s%n",
        tokens, turns, "boundaries", "count", "at a turn's start", "modularity", "contrast");
    sums.forEach((how, sum) -> print(how == Refinement.NONE ? "surprise" : "+ " + how, sum));
    print("random", random);
    return 0;
  }

  private void print(String name, Sum sum) {
    out.printf(
        "%-18s %10d %15.1f%% %12.5f %10.4f%n",
        name.toLowerCase(java.util.Locale.ROOT),
        sum.boundaries,
        100.0 * sum.atTurns / Math.max(1, sum.boundaries),
        sum.modularity / Math.max(1, sum.cuts),
        sum.contrast / Math.max(1, sum.cuts));
  }

  private void measure(SegmentedDialogue dialogue, ReadyModel ready) {
    List<Integer> starts = new ArrayList<>();
    int[] ids = ready.words().encode("");
    for (Utterance turn : dialogue.turns()) {
      starts.add(ids.length);
      int[] more =
          ready.words().tokenizer().encode(turn.speaker() + ": " + turn.text() + "\n", false);
      int[] all = Arrays.copyOf(ids, ids.length + more.length);
      System.arraycopy(more, 0, all, ids.length, more.length);
      ids = all;
    }
    ids = Arrays.copyOf(ids, Math.min(ids.length, ready.contextLength() - 1));
    int length = ids.length;
    starts.removeIf(start -> start >= length);
    tokens += length;
    turns += starts.size() - 1;
    var shape = ready.transformer().kvShape();
    try (var pool = new PagePool(shape.bytes(length + 64, KvType.F32));
        var cache = new KvCache(shape, KvType.F32, pool)) {
      Forward forward =
          ready.transformer().prefill(cache, ids, Observe.of(Signal.SURPRISAL, Signal.KEYS));
      float[] nats = forward.surprisal();
      nats[0] = Surprisal.UNKNOWN;
      List<TokenSpan> events = SurpriseSegmenter.EM_LLM.segment(Surprisal.of(nats));
      for (Refinement how : Refinement.values()) {
        add(
            sums.computeIfAbsent(how, h -> new Sum()),
            how.refine(events, SHORTEST, span -> keys(forward, span, shape.headDim())),
            starts,
            forward,
            shape.headDim());
      }
      add(
          random,
          scattered(events, length, dialogue.id().hashCode()),
          starts,
          forward,
          shape.headDim());
    }
  }

  private static List<TokenSpan> scattered(List<TokenSpan> events, int length, int seed) {
    var random = new Random(seed);
    int[] cuts = random.ints(1, length).distinct().limit(events.size() - 1L).sorted().toArray();
    List<TokenSpan> spans = new ArrayList<>();
    int start = 0;
    for (int cut : cuts) {
      spans.add(new TokenSpan(start, cut));
      start = cut;
    }
    spans.add(new TokenSpan(start, length));
    return spans;
  }

  private void add(
      Sum sum, List<TokenSpan> events, List<Integer> starts, Forward forward, int headDim) {
    for (int i = 1; i < events.size(); i++) {
      int cut = events.get(i).start();
      sum.boundaries++;
      sum.atTurns += starts.stream().anyMatch(start -> Math.abs(start - cut) <= NEAR) ? 1 : 0;
      var both = new TokenSpan(events.get(i - 1).start(), events.get(i).end());
      judge(sum, keys(forward, both, headDim), cut - both.start());
    }
  }

  /** The modularity of one cut, and the mean likeness within sides less that across them. */
  private static void judge(Sum sum, KeySimilarity keys, int cut) {
    int n = keys.tokens();
    double first = keys.sum(0, cut, 0, cut);
    double second = keys.sum(cut, n, cut, n);
    double across = keys.sum(0, cut, cut, n);
    double total = first + second + 2 * across;
    double pairs = (double) cut * cut + (double) (n - cut) * (n - cut);
    if (total > 0 && cut > 0 && cut < n) {
      double volumes = (first + across) * (first + across) + (second + across) * (second + across);
      sum.modularity += (first + second - volumes / total) / (2 * total);
      sum.contrast += (first + second) / pairs - across / ((double) cut * (n - cut));
      sum.cuts++;
    }
  }

  /** Keys before RoPE of the upper layers, as cosines: no head outweighs another. */
  private static KeySimilarity keys(Forward forward, TokenSpan span, int headDim) {
    List<float[][]> heads = new ArrayList<>();
    float[][][] all = forward.keys();
    int from = (int) Math.floor(all.length * (1 - UPPER_LAYERS));
    for (int layer = from; layer < all.length; layer++) {
      for (float[] head : all[layer]) {
        var keys = new float[span.length()][];
        for (int i = 0; i < keys.length; i++) {
          int at = (span.start() + i) * headDim;
          keys[i] = Arrays.copyOfRange(head, at, at + headDim);
        }
        heads.add(keys);
      }
    }
    return KeySimilarity.ofCosines(heads);
  }
}
