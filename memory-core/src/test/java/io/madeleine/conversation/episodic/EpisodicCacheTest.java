package io.madeleine.conversation.episodic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.conversation.episodic.blending.Blending;
import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Transformer;
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
import io.madeleine.memory.tier.Tier;
import io.madeleine.memory.tier.TierLimits;
import io.madeleine.testing.model.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class EpisodicCacheTest {

  private static final int[] PREFIX = {1, 2, 3, 4, 5, 6};
  private static final SurpriseSegmenter SHORT =
      new SurpriseSegmenter(1, 32, 4, 24, Spread.MEAN_AND_DEVIATION);

  @TempDir private Path directory;
  private GgufFile file;
  private Transformer model;
  private PagePool pool;

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

  @Test
  void read_everythingRecalledAtItsOwnPosition_equalsAPlainPrefill() throws IOException {
    List<int[]> turns = turns(6, 40);
    try (SpanTiers tiers = tiers(TierLimits.within(1 << 24), new KvCodec.Float32());
        EpisodicCache cache = cache(tiers, options(Placement.ORIGINAL, 10, 10_000))) {
      for (int[] turn : turns.subList(0, 5)) {
        cache.recall(cache.episodes());
        cache.read(turn);
        cache.endTurn();
      }
      Recalled recalled = cache.recall(cache.episodes());
      assertThat(recalled.pieces()).isNotEmpty();
      float[] logits = cache.read(turns.get(5)).logits();
      assertThat(logits).containsExactly(plain(turns), within(2e-3f));
    }
  }

  @Test
  void read_compactWithoutGaps_equalsOriginal() throws IOException {
    List<int[]> turns = turns(5, 30);
    float[] compact = lastLogits(turns, Placement.COMPACT, 10_000);
    assertThat(compact).containsExactly(plain(turns), within(2e-3f));
  }

  @Test
  void recall_allReadAgainWhereItStands_equalsTheTextReadAgain() throws IOException {
    List<int[]> turns = turns(5, 40);
    float[] blended = afterRecall(turns, new Blending(1, 1));
    assertThat(blended).containsExactly(afterRecall(turns, null), within(2e-3f));
    float[] plain = afterRecall(turns, Blending.NONE);
    float[] some = afterRecall(turns, new Blending(1, 0.2));
    assertThat(some).isNotEqualTo(plain);
    assertThat(distance(some, blended)).isLessThan(distance(plain, blended) * 1.5);
  }

  @Test
  void recall_whatChangedMostReadAgain_comesNearerToTheTextReadAgain() throws IOException {
    List<int[]> turns = turns(5, 40);
    float[] text = afterRecall(turns, null);
    float[] all = afterRecall(turns, changed(1));
    assertThat(all).containsExactly(text, within(2e-3f));
    float[] plain = afterRecall(turns, Blending.NONE);
    float[] most = afterRecall(turns, changed(0.6));
    assertThat(distance(most, text)).isLessThan(distance(plain, text));
    assertThat(most).isNotEqualTo(afterRecall(turns, new Blending(1, 0.6)));
  }

  @Test
  void recall_blendedInEveryWay_givesLogits() throws IOException {
    List<int[]> turns = turns(5, 40);
    float[] plain = afterRecall(turns, Blending.NONE);
    for (Blending blending :
        List.of(
            new Blending(0.9, 0.2),
            new Blending(0.9, 0.2, Blending.Choice.CHANGED, 0),
            new Blending(1, 0.2, Blending.Choice.FIRST, 0.5))) {
      float[] logits = afterRecall(turns, blending);
      assertThat(logits).isNotEqualTo(plain);
      for (float logit : logits) {
        assertThat(logit).isFinite();
      }
    }
  }

  @Test
  void held_isWhatTheTurnBeganWith() throws IOException {
    try (SpanTiers tiers = tiers(TierLimits.within(1 << 24), new KvCodec.Float32());
        EpisodicCache cache = cache(tiers, options(Placement.COMPACT, 10, 10_000))) {
      for (int[] turn : turns(5, 40)) {
        cache.recall(List.of());
        cache.read(turn);
        cache.endTurn();
      }
      Episode second = cache.episodes().get(1);
      cache.recall(List.of(second));
      int recent = cache.working().slots(0, 0) - PREFIX.length - second.span().length();
      assertThat(cache.held().cardinality()).isEqualTo(cache.working().slots(0, 0));
      assertThat(cache.held().nextClearBit(0)).isEqualTo(PREFIX.length);
      assertThat(cache.held().nextSetBit(PREFIX.length)).isEqualTo(second.span().start());
      assertThat(cache.held().nextClearBit(second.span().start())).isEqualTo(second.span().end());
      assertThat(cache.held().previousClearBit(cache.length() - 1))
          .isEqualTo(cache.length() - recent - 1);
      cache.endTurn();
      cache.reread(List.of(second.span()), new int[] {7}, Progress.UNSEEN);
      assertThat(cache.held().nextSetBit(PREFIX.length)).isEqualTo(second.span().start());
    }
  }

  private static Blending changed(double share) {
    return new Blending(1, share, Blending.Choice.CHANGED, 0);
  }

  @Test
  void blending_offsetOfOthersThanTheFirst_isRefused() {
    assertThatThrownBy(() -> new Blending(1, 0.2, Blending.Choice.CHANGED, 0.5))
        .hasMessageContaining("FIRST");
  }

  @Test
  void recall_temperature_changesAttentionToRecalledTokensAlone() throws IOException {
    List<int[]> turns = turns(5, 40);
    float[] plain = afterRecall(turns, Blending.NONE);
    assertThat(afterRecall(turns, new Blending(1, 0))).containsExactly(plain, within(1e-4f));
    assertThat(distance(afterRecall(turns, new Blending(0.9, 0)), plain)).isPositive();
  }

  @Test
  void options_rereadWithoutPositionsOfTheirOwn_isRefused() {
    assertThatThrownBy(() -> options(Placement.PARALLEL, 10, 10).blending(new Blending(1, 0.1)))
        .hasMessageContaining("COMPACT");
  }

  /** Logits behind the first three episodes; {@code null} reads them as text. */
  private float[] afterRecall(
      List<int[]> turns, @org.jspecify.annotations.Nullable Blending blending) throws IOException {
    var usual = options(Placement.COMPACT, 10, 10_000);
    Files.deleteIfExists(directory.resolve("episodes.tsv"));
    try (SpanTiers tiers = tiers(TierLimits.within(1 << 24), new KvCodec.Float32());
        EpisodicCache cache = cache(tiers, blending == null ? usual : usual.blending(blending))) {
      for (int[] turn : turns) {
        cache.recall(List.of());
        cache.read(turn);
        cache.endTurn();
      }
      List<Episode> first = cache.episodes().subList(0, 3);
      if (blending == null) {
        assertThat(
                cache
                    .reread(
                        first.stream().map(Episode::span).toList(), new int[] {7}, Progress.UNSEEN)
                    .reread())
            .isPositive();
      } else {
        cache.recall(first);
      }
      return cache.read(new int[] {7, 3, 9}).logits();
    }
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.abs(a[i] - b[i]);
    }
    return sum;
  }

  @ParameterizedTest
  @EnumSource(Placement.class)
  void recall_longHistory_workingCacheStaysBounded(Placement placement) throws IOException {
    try (SpanTiers tiers = tiers(TierLimits.within(1 << 20), new KvCodec.Float16());
        EpisodicCache cache = cache(tiers, options(placement, 32, 64))) {
      int most = 0;
      for (int[] turn : turns(25, 40)) {
        List<Episode> all = new ArrayList<>(cache.episodes());
        java.util.Collections.reverse(all);
        Recalled recalled = cache.recall(all);
        assertThat(recalled.tokens()).isLessThanOrEqualTo(64);
        float[] logits = cache.read(turn).logits();
        for (float logit : logits) {
          assertThat(logit).isFinite();
        }
        most = Math.max(most, cache.working().slots(0, 0));
        cache.endTurn();
      }
      assertThat(cache.length()).isEqualTo(PREFIX.length + 25 * 40);
      assertThat(most).isLessThanOrEqualTo(PREFIX.length + 64 + 32 + 24 + 24 + 40);
    }
  }

  @Test
  void recall_storedFilesGone_rebuildsFromTheTokens() throws IOException {
    List<int[]> turns = turns(6, 40);
    try (SpanTiers tiers = tiers(new TierLimits(0, 0, 1 << 20), new KvCodec.Float16());
        EpisodicCache cache = cache(tiers, options(Placement.ORIGINAL, 10, 200))) {
      for (int[] turn : turns) {
        cache.recall(List.of());
        cache.read(turn);
        cache.endTurn();
      }
      tiers.forget();
      Recalled recalled = cache.recall(cache.episodes().subList(0, 2));
      assertThat(recalled.pieces()).extracting(Recalled.Piece::from).containsOnly(Tier.REBUILT);
      assertThat(cache.read(new int[] {7}).logits()[0]).isFinite();
    }
  }

  @Test
  void endTurn_episodes_coverTheStreamWithoutGaps() throws IOException {
    try (SpanTiers tiers = tiers(TierLimits.within(1 << 22), new KvCodec.Float16());
        EpisodicCache cache = cache(tiers, options(Placement.COMPACT, 16, 64))) {
      for (int[] turn : turns(10, 33)) {
        cache.recall(List.of());
        cache.read(Arrays.copyOf(turn, 30));
        for (int i = 30; i < 33; i++) {
          cache.decode(turn[i], 1.5f);
        }
        cache.endTurn();
      }
      int next = PREFIX.length;
      for (Episode episode : cache.episodes()) {
        assertThat(episode.span().start()).isEqualTo(next);
        int firstTurn = (episode.span().start() - PREFIX.length) / 33;
        int lastTurn = (episode.span().end() - 1 - PREFIX.length) / 33;
        assertThat(episode.firstTurn()).isEqualTo(firstTurn);
        assertThat(episode.lastTurn()).isEqualTo(lastTurn);
        next = episode.span().end();
      }
      assertThat(EpisodeList.open(directory.resolve("episodes.tsv"), PREFIX.length).all())
          .isEqualTo(cache.episodes());
    }
  }

  @Test
  void endTurn_historyLongerThanMemory_memoryStaysWithinItsBudget() throws IOException {
    grow(6_000, 1 << 20);
  }

  @Test
  @org.junit.jupiter.api.Tag("long")
  void endTurn_200kTokensAnd64Megabytes_memoryStaysWithinItsBudget() throws IOException {
    grow(200_000, 64 << 20);
  }

  @Test
  void open_importedConversation_takesNoMoreMemoryThanOneThatWasSaid() throws IOException {
    imported(4_000, 1 << 19, 300 << 10);
  }

  @Test
  @org.junit.jupiter.api.Tag("long")
  void open_100kTokensImported_takesTheBudgetAndOneBlock() throws IOException {
    imported(100_000, 64 << 20, 300 << 10);
  }

  /** A pool that holds the recent tokens and one turn: what needed more would fail. */
  private void imported(int tokens, int budget, int poolBytes) throws IOException {
    int[] said = new SplittableRandom(4).ints(tokens, 0, TinyModel.BYTES).toArray();
    int[] starts =
        java.util.stream.IntStream.rangeClosed(0, tokens / 50).map(i -> 50 * i).toArray();
    try (var small = new PagePool(poolBytes);
        SpanTiers tiers = tiers(TierLimits.within(budget), new KvCodec.Int8());
        EpisodicCache cache =
            new EpisodicCache(
                model,
                options(Placement.COMPACT, 64, 128),
                tiers,
                EpisodeList.open(directory.resolve("imported.tsv"), PREFIX.length),
                small,
                Givers.NONE,
                PREFIX,
                Past.of(said, starts),
                Progress.UNSEEN)) {
      assertThat(model.kvShape().bytes(tokens, KvType.F32)).isGreaterThan(2L * poolBytes);
      assertThat(tiers.memoryBytes()).isLessThanOrEqualTo(budget);
      assertThat(cache.length()).isEqualTo(PREFIX.length + tokens);
      assertThat(cache.episodes().getLast().span().end()).isGreaterThan(tokens - 200);
      Episode first = cache.episodes().getFirst();
      assertThat(cache.recall(List.of(first)).pieces()).hasSize(1);
      assertThat(cache.read(new int[] {7}).logits()[0]).isFinite();
    }
  }

  private void grow(int tokens, int budget) throws IOException {
    try (SpanTiers tiers = tiers(TierLimits.within(budget), new KvCodec.Float16());
        EpisodicCache cache = cache(tiers, options(Placement.COMPACT, 64, 256))) {
      var random = new SplittableRandom(9);
      while (cache.length() < tokens) {
        List<Episode> known = cache.episodes();
        List<Episode> wanted =
            known.isEmpty() ? known : List.of(known.get(random.nextInt(known.size())));
        cache.recall(wanted);
        cache.read(random.ints(80, 0, TinyModel.BYTES).toArray());
        cache.endTurn();
        assertThat(tiers.memoryBytes()).isLessThanOrEqualTo(budget);
        assertThat(pool.usedBytes()).isLessThan(2 << 20);
      }
      assertThat(cache.episodes().getLast().span().end()).isGreaterThan(tokens - 200);
    }
  }

  @Test
  void turn_outOfOrder_isRefused() throws IOException {
    try (SpanTiers tiers = tiers(TierLimits.within(1 << 22), new KvCodec.Float16());
        EpisodicCache cache = cache(tiers, options(Placement.COMPACT, 16, 64))) {
      assertThatThrownBy(() -> cache.read(new int[] {1})).hasMessageContaining("recall first");
      cache.recall(List.of());
      assertThatThrownBy(() -> cache.recall(List.of())).hasMessageContaining("endTurn first");
      assertThat(cache.endTurn()).isEmpty();
    }
  }

  @Test
  void resume_afterRestart_answersAsIfItHadGoneOn() throws IOException {
    List<int[]> turns = turns(6, 40);
    EpisodicOptions options = options(Placement.COMPACT, 30, 10_000);
    float[] goneOn = {};
    int[] past = {};
    try (SpanTiers tiers = tiers(TierLimits.within(1 << 24), new KvCodec.Float32());
        EpisodicCache cache = cache(tiers, options)) {
      for (int[] turn : turns) {
        past = turns.indexOf(turn) == 5 ? past : joined(past, turn);
        cache.recall(cache.episodes());
        goneOn = cache.read(turn).logits();
        cache.endTurn();
        tiers.flush();
        if (turns.indexOf(turn) == 4) {
          Files.copy(directory.resolve("episodes.tsv"), directory.resolve("before.tsv"));
        }
      }
    }
    try (SpanTiers tiers = tiers(TierLimits.within(1 << 24), new KvCodec.Float32());
        EpisodicCache cache =
            new EpisodicCache(
                model,
                options,
                tiers,
                EpisodeList.open(directory.resolve("before.tsv"), PREFIX.length),
                pool,
                Givers.NONE,
                PREFIX,
                Past.of(past, new int[] {0, 40, 80, 120, 160, 200}),
                Progress.UNSEEN)) {
      Recalled recalled = cache.recall(cache.episodes());
      assertThat(recalled.pieces()).extracting(Recalled.Piece::from).doesNotContain(Tier.REBUILT);
      float[] logits = cache.read(turns.get(5)).logits();
      assertThat(logits[0]).isFinite();
      assertThat(argmax(logits)).isEqualTo(argmax(goneOn));
    }
  }

  private static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  private static int[] joined(int[] first, int[] second) {
    int[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  private float[] lastLogits(List<int[]> turns, Placement placement, int recallTokens)
      throws IOException {
    try (SpanTiers tiers = tiers(TierLimits.within(1 << 24), new KvCodec.Float32());
        EpisodicCache cache = cache(tiers, options(placement, 10, recallTokens))) {
      float[] logits = {};
      for (int[] turn : turns) {
        cache.recall(cache.episodes());
        logits = cache.read(turn).logits();
        cache.endTurn();
      }
      return logits;
    }
  }

  private float[] plain(List<int[]> turns) {
    try (var cache = new KvCache(model.kvShape(), KvType.F32, pool)) {
      model.prefill(cache, PREFIX, Observe.nothing());
      float[] logits = {};
      for (int[] turn : turns) {
        logits = model.prefill(cache, turn, Observe.lastLogits()).logits();
      }
      return logits;
    }
  }

  private EpisodicCache cache(SpanTiers tiers, EpisodicOptions options) throws IOException {
    EpisodeList episodes = EpisodeList.open(directory.resolve("episodes.tsv"), PREFIX.length);
    return new EpisodicCache(
        model, options, tiers, episodes, pool, Givers.NONE, PREFIX, Past.none(), Progress.UNSEEN);
  }

  private static EpisodicOptions options(Placement placement, int recent, int recall) {
    return new EpisodicOptions(recent, recall, placement, SHORT, KvType.F32);
  }

  private SpanTiers tiers(TierLimits limits, KvCodec codec) {
    var keys = new TenantKeys(directory.resolve("keys"), new SecureRandom());
    var disk = new DiskSpans(directory.resolve("spans"), keys, 1L << 30);
    return new SpanTiers(new SpanFormat(origin(), codec, SpanFormat.Packing.NONE), disk, limits);
  }

  private KvOrigin origin() {
    return new KvOrigin(new Tenant("anne"), "tiny", "rope", model.kvShape());
  }

  private static List<int[]> turns(int count, int tokens) {
    var random = new SplittableRandom(3);
    List<int[]> turns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      turns.add(random.ints(tokens, 0, TinyModel.BYTES).toArray());
    }
    return turns;
  }
}
