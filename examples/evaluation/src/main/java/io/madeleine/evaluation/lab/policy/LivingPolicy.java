package io.madeleine.evaluation.lab.policy;

import io.madeleine.conversation.episodic.EpisodeCompression;
import io.madeleine.conversation.episodic.EpisodicCache;
import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.episodic.Past;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.evaluation.lab.LabPolicy;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.episode.EpisodeList;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.placement.Placement;
import io.madeleine.memory.store.DiskSpans;
import io.madeleine.memory.store.KvOrigin;
import io.madeleine.memory.store.SpanFormat;
import io.madeleine.memory.store.TenantKeys;
import io.madeleine.memory.surprise.Spread;
import io.madeleine.memory.surprise.SurpriseSegmenter;
import io.madeleine.memory.tier.SpanTiers;
import io.madeleine.memory.tier.TierLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Events as a conversation really has them: the dialogue is read turn by turn in a cache that never
 * holds more than the budget; what leaves is stored, and what a question needs comes back at
 * compact positions. Nothing here ever saw the whole dialogue at once.
 */
final class LivingPolicy implements LabPolicy {

  private static final int OPEN = 40;
  private static final int BEST = 3;
  private static final SurpriseSegmenter SEGMENTER =
      new SurpriseSegmenter(1, 512, 8, OPEN, Spread.MEAN_AND_DEVIATION);

  private final Observations observations;
  private final EpisodeCompression compression;
  private final KvCodec codec;
  private @Nullable KvCache of;
  private int budget;
  private @Nullable EpisodicCache living;

  /** Whole episodes, in half precision. */
  LivingPolicy(Observations observations) {
    this(observations, EpisodeCompression.NONE, new KvCodec.Float16());
  }

  /**
   * @param compression of an episode when it closes
   * @param codec how it is written down; read back from there for every question
   */
  LivingPolicy(Observations observations, EpisodeCompression compression, KvCodec codec) {
    this.observations = observations;
    this.compression = compression;
    this.codec = codec;
  }

  @Override
  public String name() {
    boolean whole = compression.equals(EpisodeCompression.NONE);
    if (whole && codec instanceof KvCodec.Float16) {
      return "events-living";
    }
    return "events-living-%s-%d-%s"
        .formatted(compression.policy(), Math.round(100 * compression.kept()), codec.name());
  }

  @Override
  public Scope scope() {
    return Scope.QUESTION;
  }

  @Override
  public KvCache prepare(LabCase lab) {
    try {
      EpisodicCache cache = living(lab);
      cache.recall(wanted(lab, cache, lab.questions().getFirst().prompt(), Integer.MAX_VALUE));
      KvCache fork = cache.working().fork();
      cache.endTurn();
      return fork;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private EpisodicCache living(LabCase lab) throws IOException {
    EpisodicCache known = living;
    if (known != null && of == lab.full() && budget == lab.keptTokens()) {
      return known;
    }
    forget();
    EpisodicCache fresh = open(lab);
    List<TokenSpan> turns = lab.reading().turns();
    for (int turn = 0; turn < turns.size(); turn++) {
      TokenSpan span = turns.get(turn);
      int[] said = Arrays.copyOfRange(lab.reading().tokens(), span.start(), span.end());
      fresh.recall(wanted(lab, fresh, said, turn));
      fresh.read(said);
      fresh.endTurn();
    }
    of = lab.full();
    budget = lab.keptTokens();
    living = fresh;
    return fresh;
  }

  @Override
  public void forget() {
    EpisodicCache known = living;
    if (known != null) {
      known.close();
    }
    living = null;
    of = null;
  }

  /** Episodes of the turns that match best, among those said before {@code turn}. */
  private List<Episode> wanted(LabCase lab, EpisodicCache cache, int[] said, int turn) {
    Set<Episode> wanted = new LinkedHashSet<>();
    List<Integer> ranked =
        observations.words(lab).ranked(said).stream().filter(other -> other < turn).toList();
    Set<Integer> order = new LinkedHashSet<>(ranked.subList(0, Math.min(BEST, ranked.size())));
    for (int best : List.copyOf(order)) {
      TokenSpan span = lab.reading().turns().get(best);
      int[] tokens = Arrays.copyOfRange(lab.reading().tokens(), span.start(), span.end());
      observations.words(lab).ranked(tokens).stream()
          .filter(other -> other < turn)
          .limit(2)
          .forEach(order::add);
    }
    order.addAll(ranked);
    List<Episode> known = cache.episodes();
    for (int other : order) {
      known.stream().filter(episode -> episode.touches(other)).forEach(wanted::add);
    }
    return List.copyOf(wanted);
  }

  private EpisodicCache open(LabCase lab) throws IOException {
    Path directory = Files.createTempDirectory("madeleine-living");
    var origin = new KvOrigin(new Tenant("laboratory"), "lab", "lab", lab.model().kvShape());
    var disk =
        new DiskSpans(
            directory.resolve("spans"),
            new TenantKeys(directory.resolve("keys"), new SecureRandom()),
            1L << 28);
    var tiers =
        new SpanTiers(
            new SpanFormat(origin, codec, SpanFormat.Packing.NONE),
            disk,
            new TierLimits(0, 64L << 20, 8L << 20));
    int recent = Math.max(0, lab.keptTokens() / 6);
    int first = lab.reading().turns().getFirst().start();
    int recall = Math.max(0, lab.keptTokens() - recent - OPEN - first);
    return new EpisodicCache(
        lab.model(),
        new EpisodicOptions(recent, recall, Placement.COMPACT, SEGMENTER, KvType.F32, compression),
        tiers,
        EpisodeList.open(directory.resolve("episodes.tsv"), first),
        new PagePool(256L << 20),
        Arrays.copyOf(lab.reading().tokens(), first),
        Past.none());
  }
}
