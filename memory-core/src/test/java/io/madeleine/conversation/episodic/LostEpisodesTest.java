package io.madeleine.conversation.episodic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.conversation.episodic.closing.EpisodeCompression;
import io.madeleine.conversation.episodic.view.TopicView;
import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.episode.EpisodeList;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.placement.Placement;
import io.madeleine.memory.store.DiskSpans;
import io.madeleine.memory.store.KvOrigin;
import io.madeleine.memory.store.SpanFormat;
import io.madeleine.memory.store.SpanId;
import io.madeleine.memory.store.TenantKeys;
import io.madeleine.memory.surprise.Spread;
import io.madeleine.memory.surprise.SurpriseSegmenter;
import io.madeleine.memory.tier.SpanTiers;
import io.madeleine.memory.tier.Tier;
import io.madeleine.memory.tier.TierLimits;
import io.madeleine.testing.model.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What has to be read again for a recall is told, can be stopped, and fits the memory. */
final class LostEpisodesTest {

  private static final int[] PREFIX = {1, 2, 3, 4, 5, 6};
  private static final int TURN = 40;
  private static final SurpriseSegmenter SHORT =
      new SurpriseSegmenter(1, 32, 4, 24, Spread.MEAN_AND_DEVIATION);

  @TempDir private Path directory;
  private GgufFile file;
  private Transformer model;

  @BeforeEach
  void load() {
    file = GgufFile.open(TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf")));
    model = Transformer.load(file, new EngineOptions(1, false));
  }

  @AfterEach
  void close() {
    model.close();
    file.close();
  }

  @Test
  void recallTurns_stoppedBetweenTwo_readsTheOthersOnlyTheNextTime() throws IOException {
    try (var pool = new PagePool(64L << 20);
        SpanTiers tiers = tiers(TierLimits.within(1 << 24));
        EpisodicCache cache = cache(tiers, pool, options(10, 10_000), Past.none())) {
      say(cache, 6);
      tiers.forget();
      List<TokenSpan> turns = List.of(new TokenSpan(PREFIX.length, PREFIX.length + 2 * TURN));
      var stopping = new Watch(3);
      assertThatThrownBy(() -> cache.recallTurns(turns, new int[] {7}, stopping))
          .isInstanceOf(CancellationException.class);
      List<Episode> read = cache.episodes().subList(0, 2);
      assertThat(read).extracting(each -> tier(tiers, each)).doesNotContain(Tier.REBUILT);
      assertThat(cache.episodes().subList(2, cache.episodes().size()))
          .extracting(each -> tier(tiers, each))
          .containsOnly(Tier.REBUILT);
      int both = read.stream().mapToInt(cache::tokensToRead).sum();
      assertThat(stopping.read).containsExactly(0, cache.tokensToRead(read.getFirst()), both);

      var watch = new Watch(Integer.MAX_VALUE);
      Recalled recalled = cache.recallTurns(turns, new int[] {7}, watch);
      assertThat(watch.read).hasSizeGreaterThan(1).isSorted().startsWith(0);
      assertThat(watch.all).containsOnly(stopping.all.getFirst() - both);
      assertThat(recalled.pieces().subList(0, 2))
          .extracting(Recalled.Piece::from)
          .doesNotContain(Tier.REBUILT);
      assertThat(cache.read(new int[] {7}).logits()[0]).isFinite();
    }
  }

  @Test
  void recall_aViewOfLostEpisodes_tellsOfThemAsItIsMadeAndPlaced() throws IOException {
    try (var pool = new PagePool(64L << 20);
        SpanTiers tiers = tiers(TierLimits.within(1 << 24));
        EpisodicCache cache = cache(tiers, pool, options(10, 96), Past.none())) {
      say(cache, 6);
      tiers.forget();
      List<Episode> members = cache.episodes().subList(0, 4);
      var making = new Watch(Integer.MAX_VALUE);
      TopicView view = cache.grown(TopicView.EMPTY, members, () -> new int[] {7}, making);
      assertThat(making.all).hasSize(4).containsOnly(tokens(cache, members));

      tiers.forget();
      var placing = new Watch(Integer.MAX_VALUE);
      Recalled recalled = cache.recall(view, List.of(), new int[] {7}, placing);
      assertThat(placing.all)
          .startsWith(
              tokens(cache, recalled.pieces().stream().map(Recalled.Piece::episode).toList()));
    }
  }

  @Test
  void reread_severalExcerpts_canBeStoppedBetweenThem() throws IOException {
    try (var pool = new PagePool(64L << 20);
        SpanTiers tiers = tiers(TierLimits.within(1 << 24));
        EpisodicCache cache = cache(tiers, pool, options(10, 96), Past.none())) {
      say(cache, 6);
      List<TokenSpan> excerpts =
          cache.episodes().subList(0, 3).stream().map(Episode::span).toList();
      int first = excerpts.getFirst().length();
      int all = excerpts.stream().mapToInt(TokenSpan::length).sum();
      var stopping = new Watch(1);
      assertThatThrownBy(() -> cache.reread(excerpts, new int[] {7}, stopping))
          .isInstanceOf(CancellationException.class);
      assertThat(stopping.read).containsExactly(first);
      assertThat(stopping.all).containsExactly(all);

      assertThat(cache.reread(excerpts, new int[] {7}, new Watch(Integer.MAX_VALUE)).reread())
          .isEqualTo(all);
    }
  }

  @Test
  void open_latestEpisodesLost_tellsOfThemBeforeTheyAreReadAgain() throws IOException {
    List<Episode> said = new ArrayList<>();
    try (var pool = new PagePool(64L << 20);
        SpanTiers tiers = tiers(TierLimits.within(1 << 24));
        EpisodicCache cache = cache(tiers, pool, options(60, 96), Past.none())) {
      say(cache, 6);
      said.addAll(cache.episodes());
      tiers.forget();
    }
    int[] all = turns(6).stream().flatMapToInt(Arrays::stream).toArray();
    int[] starts = IntStream.rangeClosed(0, 6).map(turn -> turn * TURN).toArray();
    var watch = new Watch(Integer.MAX_VALUE);
    try (var pool = new PagePool(64L << 20);
        SpanTiers tiers = tiers(TierLimits.within(1 << 24));
        EpisodicCache cache =
            new EpisodicCache(
                model,
                options(60, 96),
                tiers,
                EpisodeList.open(directory.resolve("episodes.tsv"), PREFIX.length),
                pool,
                Givers.NONE,
                PREFIX,
                Past.of(all, starts),
                watch)) {
      assertThat(cache.episodes()).isEqualTo(said);
      List<Episode> latest =
          said.stream().filter(each -> tier(tiers, each) != Tier.REBUILT).toList();
      assertThat(latest).hasSizeGreaterThan(1);
      assertThat(watch.all).hasSameSizeAs(latest).containsOnly(tokens(cache, latest));
    }
  }

  /** The memory holds a full working cache, and beside it less than is usually read before one. */
  @ParameterizedTest
  @MethodSource("compressions")
  void recall_lostAndTheMemoryFull_readsNoMoreAgainThanItHolds(EpisodeCompression compression)
      throws IOException {
    try (var pool = new PagePool(model.kvShape().bytes(512, KvType.F32));
        SpanTiers tiers = tiers(new TierLimits(0, 0, 1 << 20));
        EpisodicCache cache =
            cache(tiers, pool, options(120, 140).compression(compression), Past.none())) {
      assertThat(cache.context()).isEqualTo(384);
      say(cache, 6);
      cache.recall(List.of());
      int room = cache.context() - cache.working().length();
      cache.read(new SplittableRandom(5).ints(room, 0, TinyModel.BYTES).toArray());
      cache.endTurn();
      tiers.forget();
      Episode wanted =
          cache.episodes().stream()
              .filter(each -> each.span().start() > PREFIX.length + 120)
              .findFirst()
              .orElseThrow();

      Recalled recalled = cache.recall(List.of(wanted));

      assertThat(recalled.pieces()).extracting(Recalled.Piece::from).containsOnly(Tier.REBUILT);
      assertThat(cache.tokensToRead(wanted)).isEqualTo(128 - 32);
      assertThat(cache.read(new int[] {7}).logits()[0]).isFinite();
    }
  }

  static Stream<EpisodeCompression> compressions() {
    return Stream.of(EpisodeCompression.NONE, new EpisodeCompression("kvzip", 0.5, 0));
  }

  private static Tier tier(SpanTiers tiers, Episode episode) {
    return tiers.peek(new SpanId(episode.id()));
  }

  private static int tokens(EpisodicCache cache, List<Episode> episodes) {
    return episodes.stream().mapToInt(cache::tokensToRead).sum();
  }

  private static void say(EpisodicCache cache, int count) throws IOException {
    for (int[] turn : turns(count)) {
      cache.recall(List.of());
      cache.read(turn);
      cache.endTurn();
    }
  }

  private EpisodicCache cache(SpanTiers tiers, PagePool pool, EpisodicOptions options, Past past)
      throws IOException {
    EpisodeList episodes = EpisodeList.open(directory.resolve("episodes.tsv"), PREFIX.length);
    return new EpisodicCache(
        model, options, tiers, episodes, pool, Givers.NONE, PREFIX, past, Progress.UNSEEN);
  }

  private static EpisodicOptions options(int recent, int recall) {
    return new EpisodicOptions(recent, recall, Placement.COMPACT, SHORT, KvType.F32);
  }

  private SpanTiers tiers(TierLimits limits) {
    var keys = new TenantKeys(directory.resolve("keys"), new SecureRandom());
    var disk = new DiskSpans(directory.resolve("spans"), keys, 1L << 30);
    var origin = new KvOrigin(new Tenant("anne"), "tiny", "rope", model.kvShape());
    var format = new SpanFormat(origin, new KvCodec.Float16(), SpanFormat.Packing.NONE);
    return new SpanTiers(format, disk, limits);
  }

  private static List<int[]> turns(int count) {
    var random = new SplittableRandom(3);
    return Stream.generate(() -> random.ints(TURN, 0, TinyModel.BYTES).toArray())
        .limit(count)
        .toList();
  }

  /** Hears of reading, and ends it when it has heard of it so often. */
  private static final class Watch implements Progress {
    private final List<Integer> read = new ArrayList<>();
    private final List<Integer> all = new ArrayList<>();
    private final int stopAt;

    Watch(int stopAt) {
      this.stopAt = stopAt;
    }

    @Override
    public void reached(int readTokens, int allTokens) {
      read.add(readTokens);
      all.add(allTokens);
      if (read.size() == stopAt) {
        throw new CancellationException("enough");
      }
    }
  }
}
