package io.madeleine.evaluation.turn;

import io.madeleine.conversation.episodic.EpisodicCache;
import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.episodic.Givers;
import io.madeleine.conversation.episodic.Past;
import io.madeleine.conversation.episodic.Progress;
import io.madeleine.conversation.episodic.view.TopicView;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Step;
import io.madeleine.engine.model.Transformer;
import io.madeleine.evaluation.turn.Stopwatch.Taken;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.episode.EpisodeList;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.placement.Placement;
import io.madeleine.memory.store.DiskSpans;
import io.madeleine.memory.store.KvOrigin;
import io.madeleine.memory.store.KvSpan;
import io.madeleine.memory.store.SpanFormat;
import io.madeleine.memory.store.SpanId;
import io.madeleine.memory.store.TenantKeys;
import io.madeleine.memory.surprise.SurpriseSegmenter;
import io.madeleine.memory.tier.SpanTiers;
import io.madeleine.memory.tier.TierLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * One conversation that grows, and what its next turn costs by each method.
 *
 * <p>Tokens are seeded draws: what a pass costs does not depend on them. Reading everything again
 * is measured in pieces of 256 tokens behind a fifth, two fifths … of the history, and added up; in
 * a model whose positions end before the history does, the pieces stand at its last positions,
 * which costs the same.
 */
final class TurnBench implements AutoCloseable {

  private static final int PREFIX = 64;
  private static final int TURN = 48;
  private static final int NEW = 24;
  private static final int RECENT = 256;
  private static final int RECALL = 1024;
  private static final int CHUNK = 256;
  private static final int ROUNDS = 5;
  private static final int TOPIC = 64;
  private static final int PROMPT = 256;
  private static final int SAMPLES = 5;

  private final Transformer model;
  private final PagePool pool;
  private final SpanTiers tiers;
  private final EpisodicCache cache;
  private final List<Rotary> rotaries;
  private final Random random = new Random(5);

  TurnBench(Transformer model, Path directory, long ramBytes, KvCodec codec, int longest)
      throws IOException {
    this.model = model;
    this.pool = new PagePool((4L << 30) + 4 * ramBytes + readAgain(model, longest));
    var origin = new KvOrigin(new Tenant("bench"), "bench", "bench", model.kvShape());
    var keys = new TenantKeys(directory.resolve("keys"), new SecureRandom());
    var disk = new DiskSpans(directory.resolve("spans"), keys, 64L << 30);
    this.tiers =
        new SpanTiers(
            new SpanFormat(origin, codec, SpanFormat.Packing.NONE),
            disk,
            TierLimits.within(ramBytes));
    this.rotaries = IntStream.range(0, model.kvShape().layers()).mapToObj(model::rotary).toList();
    var options =
        new EpisodicOptions(
            RECENT, RECALL, Placement.COMPACT, SurpriseSegmenter.EM_LLM, KvType.F32);
    EpisodeList episodes = EpisodeList.open(directory.resolve("episodes.tsv"), PREFIX);
    this.cache =
        new EpisodicCache(
            model,
            options,
            tiers,
            episodes,
            pool,
            Givers.NONE,
            tokens(PREFIX),
            Past.none(),
            Progress.UNSEEN);
  }

  /**
   * {@return the bytes that reading the longest history again keeps; no other method needs them}
   */
  private static long readAgain(Transformer model, int longest) {
    return model.kvShape().bytes(longest + 2 * CHUNK, KvType.F32);
  }

  /** Lets the conversation grow to {@code history} tokens, with a recall in every turn. */
  void growTo(int history) throws IOException {
    while (cache.length() < history) {
      cache.recall(drawn(2));
      cache.read(tokens(TURN));
      cache.endTurn();
    }
    tiers.flush();
  }

  List<TurnRow> measure() throws IOException {
    int history = cache.length();
    TurnRow events = turns("events", NEW, () -> cache.recall(drawn(Integer.MAX_VALUE)));
    List<TurnRow> rows = new ArrayList<>(List.of(events));
    rows.addAll(topics(history));
    rows.addAll(List.of(text(), window(history), reprefill(history)));
    return rows;
  }

  /** Whole turns of one mode. */
  private TurnRow turns(String method, int prefilled, Runnable recall) throws IOException {
    int history = cache.length();
    List<Taken> taken = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      int[] said = tokens(NEW);
      taken.add(
          Stopwatch.once(
              () -> {
                recall.run();
                cache.read(said);
              }));
      cache.endTurn();
    }
    long ram = tiers.memoryBytes() + cache.working().bytes();
    Taken median = median(taken);
    return new TurnRow(
        method, history, median.wallMs(), median.cpuMs(), prefilled, ram, tiers.diskBytes());
  }

  /** What a topic of 64 episodes costs a turn, and what its view cost before. */
  private List<TurnRow> topics(int history) throws IOException {
    List<Episode> topic = new ArrayList<>(drawn(TOPIC));
    topic.sort(Comparator.comparingInt(episode -> episode.span().start()));
    int[] prompt = tokens(PROMPT);
    var grown = new AtomicReference<>(TopicView.EMPTY);
    Taken built =
        Stopwatch.once(
            () -> grown.set(cache.grown(TopicView.EMPTY, topic, () -> prompt, Progress.UNSEEN)));
    TopicView view = Objects.requireNonNull(grown.get());
    long ram = tiers.memoryBytes() + 4L * view.slots();
    var row =
        new TurnRow(
            "(topic's view, once)",
            history,
            built.wallMs(),
            built.cpuMs(),
            PROMPT,
            ram,
            tiers.diskBytes());
    return List.of(
        turns("topics", NEW, () -> cache.recall(view, List.of(), new int[0], Progress.UNSEEN)),
        row);
  }

  /** The same episodes as events, read again. */
  private TurnRow text() throws IOException {
    var read = new AtomicInteger();
    TurnRow row =
        turns(
            "text",
            NEW,
            () ->
                read.set(
                    cache
                        .reread(
                            drawn(Integer.MAX_VALUE).stream().map(Episode::span).toList(),
                            new int[0],
                            Progress.UNSEEN)
                        .reread()));
    return new TurnRow(
        row.method(),
        row.history(),
        row.ttftMs(),
        row.cpuMs(),
        read.get() + NEW,
        row.ramBytes(),
        row.diskBytes());
  }

  private void prefilled(KvCache fork, int tokens) {
    try (fork) {
      model.prefill(fork, tokens(tokens), Observe.lastLogits());
    }
  }

  private TurnRow window(int history) {
    int held = Math.min(history, PREFIX + RECALL + RECENT);
    try (var kept = new KvCache(model.kvShape(), KvType.F32, pool)) {
      model.prefill(kept, tokens(held), Observe.nothing());
      Taken taken = Stopwatch.median(ROUNDS, () -> prefilled(kept.fork(), NEW));
      long ram = model.kvShape().bytes(held + NEW, KvType.F32);
      return new TurnRow("window", history, taken.wallMs(), taken.cpuMs(), NEW, ram, 0);
    }
  }

  private TurnRow reprefill(int history) {
    var total = new Taken(0, 0);
    double chunks = (double) (history + NEW) / CHUNK;
    try (var filled = new KvCache(model.kvShape(), KvType.F32, pool)) {
      int next = 0;
      List<Episode> episodes = cache.episodes();
      for (int sample = 0; sample < SAMPLES; sample++) {
        long wanted = (long) history * (2 * sample + 1) / (2 * SAMPLES);
        while (next < episodes.size() && filled.slots(0, 0) + 128 <= wanted) {
          place(episodes.get(next++), filled);
        }
        Taken one = Stopwatch.median(3, () -> chunkBehind(filled.fork()));
        total = total.plus(one, chunks / SAMPLES);
      }
    }
    long ram = model.kvShape().bytes(history + NEW, KvType.F32);
    return new TurnRow("reprefill", history, total.wallMs(), total.cpuMs(), history + NEW, ram, 0);
  }

  private void place(Episode episode, KvCache filled) {
    KvSpan span =
        tiers
            .get(
                new SpanId(episode.id()),
                () -> {
                  throw new IllegalStateException("the bench's disk holds everything");
                })
            .span();
    int last = model.config().contextLength() - 1;
    int start = Math.min(filled.slots(0, 0), last - span.tokens());
    span.placeInto(filled, IntStream.range(start, start + span.tokens()).toArray(), rotaries);
  }

  private void chunkBehind(KvCache fork) {
    int start = Math.min(fork.length(), model.config().contextLength() - CHUNK);
    int[] positions = IntStream.range(start, start + CHUNK).toArray();
    try (fork) {
      model.forward(List.of(new Step(fork, tokens(CHUNK), positions, Observe.lastLogits())));
    }
  }

  private static Taken median(List<Taken> taken) {
    int middle = taken.size() / 2;
    return new Taken(
        taken.stream().mapToDouble(Taken::wallMs).sorted().toArray()[middle],
        taken.stream().mapToDouble(Taken::cpuMs).sorted().toArray()[middle]);
  }

  /** Episodes from all over the history: the worst that can be asked of the tiers. */
  private List<Episode> drawn(int most) {
    List<Episode> all = new ArrayList<>(cache.episodes());
    Collections.shuffle(all, random);
    return all.subList(0, Math.min(most, all.size()));
  }

  private int[] tokens(int count) {
    return random.ints(count, 0, model.vocabularySize()).toArray();
  }

  @Override
  public void close() {
    cache.close();
    tiers.close();
    pool.close();
  }
}
