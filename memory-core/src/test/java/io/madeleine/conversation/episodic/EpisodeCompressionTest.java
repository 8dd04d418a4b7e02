package io.madeleine.conversation.episodic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.conversation.episodic.blending.Blending;
import io.madeleine.conversation.episodic.closing.EpisodeCompression;
import io.madeleine.conversation.episodic.view.TopicView;
import io.madeleine.conversation.observation.SpanSignals;
import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Transformer;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.memory.compression.Policies;
import io.madeleine.memory.compression.Policy;
import io.madeleine.memory.compression.scorer.ProbeScorer;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.episode.EpisodeList;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.placement.Placement;
import io.madeleine.memory.store.DiskSpans;
import io.madeleine.memory.store.KvOrigin;
import io.madeleine.memory.store.KvSpan;
import io.madeleine.memory.store.SpanFormat;
import io.madeleine.memory.store.TenantKeys;
import io.madeleine.memory.surprise.Spread;
import io.madeleine.memory.surprise.SurpriseSegmenter;
import io.madeleine.memory.tier.SpanTiers;
import io.madeleine.memory.tier.TierLimits;
import io.madeleine.testing.model.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Episodes that are made smaller when they close. */
final class EpisodeCompressionTest {

  private static final int[] PREFIX = {1, 2, 3, 4, 5, 6};
  private static final SurpriseSegmenter SHORT =
      new SurpriseSegmenter(1, 32, 16, 48, Spread.MEAN_AND_DEVIATION);

  @TempDir private Path directory;
  private GgufFile file;
  private Transformer model;
  private PagePool pool;
  private int runs;

  @BeforeEach
  void load() {
    file = GgufFile.open(TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf")));
    model = Transformer.load(file, new EngineOptions(1, false));
    pool = new PagePool(64L << 20);
  }

  @AfterEach
  void close() {
    model.close();
    file.close();
    pool.close();
  }

  static Stream<String> policies() {
    return Policies.all(2, 1).stream()
        .filter(policy -> SpanSignals.observable().containsAll(policy.needs()))
        .map(Policy::name);
  }

  @ParameterizedTest
  @MethodSource("policies")
  void endTurn_anyPolicy_keepsItsShareAndTheRestCanBeRecalled(String policy) throws IOException {
    var half = new EpisodeCompression(policy, 0.5, 0);
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = talkedWith(tiers, half)) {
      for (Episode episode : cache.episodes()) {
        KvSpan span = cache.find(episode).span();
        assertThat(episode.kept()).isEqualTo(span.tokensPerHead());
        assertThat((double) span.slots())
            .isCloseTo(
                0.5 * episode.span().length() * model.kvShape().heads(),
                within((double) model.kvShape().heads()));
        assertThat(span.position(0)).isGreaterThanOrEqualTo(episode.span().start());
        assertThat(span.position(span.tokens() - 1)).isLessThan(episode.span().end());
      }
      Recalled recalled = cache.recall(cache.episodes());
      assertThat(recalled.pieces()).isNotEmpty();
      for (float logit : cache.read(new int[] {7, 8, 9}).logits()) {
        assertThat(logit).isFinite();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("policies")
  void endTurn_episodesWithLessThanASlotForEachHead_closeAndComeBack(String policy)
      throws IOException {
    var tenth = new EpisodeCompression(policy, 0.1, 0);
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = cache(tiers, tenth, Blending.NONE)) {
      for (int tokens = 1; tokens <= 12; tokens++) {
        cache.recall(cache.episodes());
        cache.opensEpisode();
        cache.read(new SplittableRandom(tokens).ints(tokens, 0, TinyModel.BYTES).toArray());
        cache.endTurn();
      }
      assertThat(cache.episodes())
          .extracting(episode -> episode.span().length())
          .startsWith(1, 2, 3, 4, 5, 6, 7);
      tiers.forget();
      for (Episode episode : cache.episodes()) {
        KvSpan span = cache.find(episode).span();
        int slots = episode.span().length() * model.kvShape().heads();
        assertThat(span.tokensPerHead()).isEqualTo(episode.kept());
        assertThat((double) span.slots()).isLessThanOrEqualTo(0.1 * slots + 1e-9);
      }
      cache.recall(cache.episodes());
      for (float logit : cache.read(new int[] {7, 8, 9}).logits()) {
        assertThat(logit).isFinite();
      }
    }
  }

  @Test
  void recall_smallerEpisodesReadAgainInPart_givesLogits() throws IOException {
    var blending = new Blending(0.9, 0.3, Blending.Choice.CHANGED, 0);
    try (SpanTiers tiers = tiers();
        EpisodicCache cache =
            talkedWith(tiers, new EpisodeCompression("snapkv", 0.5, 0), blending)) {
      Recalled recalled = cache.recall(cache.episodes());
      assertThat(recalled.reread()).isBetween(1, recalled.tokens());
      for (float logit : cache.read(new int[] {7, 8, 9}).logits()) {
        assertThat(logit).isFinite();
      }
    }
  }

  @Test
  void find_storedFilesGone_keepsAsManyTokensAgain() throws IOException {
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = talkedWith(tiers, new EpisodeCompression("keydiff", 0.5, 0))) {
      Episode first = cache.episodes().getFirst();
      int[] before = cache.find(first).span().tokensOf(0);
      tiers.forget();
      KvSpan again = cache.find(first).span();
      assertThat(again.tokensPerHead()).isEqualTo(first.kept());
      assertThat(again.tokensOf(0)).hasSameSizeAs(before);
    }
  }

  /** Both policies look at keys, which are others behind other tokens, and share between heads. */
  @ParameterizedTest
  @ValueSource(strings = {"kvzip", "criticaladakv"})
  void recall_aViewOfEpisodesThatWereReadAgain_placesNoOtherTokensThanTheView(String policy)
      throws IOException {
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = talkedWith(tiers, new EpisodeCompression(policy, 0.5, 0))) {
      List<Episode> all = cache.episodes();
      TopicView view = cache.grown(TopicView.EMPTY, all, () -> new int[] {7, 8}, Progress.UNSEEN);
      List<int[][]> before = all.stream().map(each -> tokens(cache, each)).toList();
      tiers.forget();
      List<int[][]> again = all.stream().map(each -> tokens(cache, each)).toList();
      assertThat(again).usingRecursiveComparison().isNotEqualTo(before);

      cache.recall(view, List.of(), new int[] {7}, Progress.UNSEEN);

      BitSet placed = cache.held();
      placed.clear(0, PREFIX.length);
      for (TopicView.Part part : view.parts()) {
        Stream.of(part.tokens())
            .flatMapToInt(Arrays::stream)
            .forEach(token -> placed.clear(part.episode().span().start() + token));
      }
      assertThat(placed.stream()).allMatch(token -> token >= cache.length() - 16 - 48);
      assertThat(cache.read(new int[] {7}).logits()[0]).isFinite();
      cache.endTurn();
      TopicView grown =
          cache.grown(
              new TopicView(view.parts(), all.subList(0, all.size() - 1)),
              all,
              () -> new int[] {7, 8},
              Progress.UNSEEN);
      assertThat(grown.tokensPerHead()).isPositive();
    }
  }

  /** The tokens that each head holds of an episode. */
  private static int[][] tokens(EpisodicCache cache, Episode episode) {
    KvSpan span = cache.find(episode).span();
    return IntStream.range(0, span.shape().heads())
        .mapToObj(head -> Arrays.stream(span.tokensOf(head)).map(span::position).toArray())
        .toArray(int[][]::new);
  }

  @Test
  void recall_episodesOfHalfTheSize_fitTwiceAsMany() throws IOException {
    assertThat(recalledWith(new EpisodeCompression("keydiff", 0.5, 0)))
        .isGreaterThan(recalledWith(EpisodeCompression.NONE));
  }

  private int recalledWith(EpisodeCompression compression) throws IOException {
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = talkedWith(tiers, compression)) {
      return cache.recall(cache.episodes()).pieces().size();
    }
  }

  @Test
  void endTurn_shortEpisode_staysWhole() throws IOException {
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = talkedWith(tiers, new EpisodeCompression("keydiff", 0.5, 1_000))) {
      assertThat(cache.episodes())
          .allSatisfy(episode -> assertThat(episode.kept()).isEqualTo(episode.span().length()));
    }
  }

  @Test
  void probe_leavesThePrefixAsItWas() throws IOException {
    // Invariant 14: the bytes of the cache that a probe ran behind are the same afterwards.
    assertThat(Policies.named("kvzip", 2, 1).scorer()).isInstanceOf(ProbeScorer.Replay.class);
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = talkedWith(tiers, new EpisodeCompression("kvzip", 0.5, 0))) {
      long pages = pool.usedBytes();
      cache.recall(List.of());
      cache.read(new SplittableRandom(1).ints(120, 0, TinyModel.BYTES).toArray());
      assertThat(cache.endTurn()).isNotEmpty();
      cache.recall(List.of());
      assertThat(cache.working().position(0, 0, PREFIX.length - 1)).isEqualTo(PREFIX.length - 1);
      assertThat(pool.usedBytes()).isLessThanOrEqualTo(pages + (64 << 10));
    }
  }

  @Test
  void new_unknownPolicyOrShare_isRefusedWithTheRemedy() {
    assertThatThrownBy(() -> new EpisodeCompression("magic", 0.5, 0))
        .hasMessageContaining("magic")
        .hasMessageContaining("keydiff");
    assertThatThrownBy(() -> new EpisodeCompression("keydiff", 0, 0)).hasMessageContaining("kept");
  }

  private EpisodicCache talkedWith(SpanTiers tiers, EpisodeCompression compression)
      throws IOException {
    return talkedWith(tiers, compression, Blending.NONE);
  }

  private EpisodicCache talkedWith(
      SpanTiers tiers, EpisodeCompression compression, Blending blending) throws IOException {
    EpisodicCache cache = cache(tiers, compression, blending);
    var random = new SplittableRandom(5);
    for (int turn = 0; turn < 6; turn++) {
      cache.recall(cache.episodes());
      cache.read(random.ints(40, 0, TinyModel.BYTES).toArray());
      cache.endTurn();
    }
    assertThat(cache.episodes()).hasSizeGreaterThan(3);
    return cache;
  }

  private EpisodicCache cache(SpanTiers tiers, EpisodeCompression compression, Blending blending)
      throws IOException {
    var options =
        new EpisodicOptions(16, 96, Placement.COMPACT, SHORT, KvType.F32, compression, blending);
    EpisodeList episodes =
        EpisodeList.open(directory.resolve("episodes-" + runs++ + ".tsv"), PREFIX.length);
    return new EpisodicCache(
        model, options, tiers, episodes, pool, Givers.NONE, PREFIX, Past.none(), Progress.UNSEEN);
  }

  private SpanTiers tiers() {
    var keys = new TenantKeys(directory.resolve("keys"), new SecureRandom());
    var disk = new DiskSpans(directory.resolve("spans"), keys, 1L << 30);
    var origin = new KvOrigin(new Tenant("anne"), "tiny", "rope", model.kvShape());
    return new SpanTiers(
        new SpanFormat(origin, new KvCodec.Float32(), SpanFormat.Packing.NONE),
        disk,
        TierLimits.within(1 << 24));
  }
}
