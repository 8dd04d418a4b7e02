package io.madeleine.conversation.episodic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.conversation.episodic.packing.Packing;
import io.madeleine.conversation.episodic.view.TopicView;
import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Observe;
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
import io.madeleine.memory.store.TenantKeys;
import io.madeleine.memory.surprise.Spread;
import io.madeleine.memory.surprise.SurpriseSegmenter;
import io.madeleine.memory.tier.SpanTiers;
import io.madeleine.memory.tier.TierLimits;
import io.madeleine.testing.model.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Turns come back rather than whole episodes, and a turn may be longer than the context. */
final class RecallTurnsTest {

  private static final int[] PREFIX = {1, 2, 3, 4, 5, 6};
  private static final int TURN = 30;
  private static final int CONTEXT = 4096;
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
  void recallTurns_allOfThemWithRoom_equalsAPlainPrefill() throws IOException {
    List<int[]> turns = turns(6, TURN);
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = cache(tiers, Placement.ORIGINAL, 10, 10_000, Past.none())) {
      float[] logits = {};
      for (int turn = 0; turn < turns.size(); turn++) {
        cache.recallTurns(spans(turn), turns.get(turn), Progress.UNSEEN);
        logits = cache.read(turns.get(turn)).logits();
        cache.endTurn();
      }
      assertThat(logits).containsExactly(plain(turns), within(2e-3f));
    }
  }

  @Test
  void recallTurns_roomForOne_bringsItAndNotTheEpisodesAroundIt() throws IOException {
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = cache(tiers, Placement.COMPACT, 10, 64, Past.none())) {
      say(cache, turns(8, TURN));
      TokenSpan wanted = span(2);
      Recalled recalled = cache.recallTurns(List.of(wanted), new int[] {1}, Progress.UNSEEN);
      int room = 64 + 10;
      assertThat(cache.tokensPerHead()).isLessThanOrEqualTo(PREFIX.length + room + 24);
      assertThat(recalled.tokens()).isGreaterThanOrEqualTo(TURN);
      assertThat(recalled.pieces())
          .allMatch(piece -> Packing.overlap(piece.episode().span(), wanted));
    }
  }

  @Test
  void recall_aViewAndTurns_shareTheRoom() throws IOException {
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = cache(tiers, Placement.COMPACT, 10, 96, Past.none())) {
      say(cache, turns(8, TURN));
      TopicView view =
          cache.grown(
              TopicView.EMPTY, cache.episodes(), () -> new int[] {7, 8, 9}, Progress.UNSEEN);
      assertThat(view.tokensPerHead()).isBetween(1, 24);

      Recalled recalled = cache.recall(view, List.of(span(2)), new int[] {1}, Progress.UNSEEN);

      assertThat(recalled.tokens()).isGreaterThanOrEqualTo(TURN);
      assertThat(recalled.pieces())
          .anyMatch(piece -> Packing.overlap(piece.episode().span(), span(2)))
          .anyMatch(piece -> !Packing.overlap(piece.episode().span(), span(2)));
      assertThat(cache.tokensPerHead()).isLessThanOrEqualTo(PREFIX.length + 96 + 10 + 24 + 1);
    }
  }

  @Test
  void recall_aViewWhoseHeadsKeepDifferentTokens_staysWithinTheModelsPositions()
      throws IOException {
    int context = model.config().contextLength();
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = cache(tiers, Placement.COMPACT, 10, context - 100, Past.none())) {
      List<int[]> said = turns(3 * context / TURN, TURN);
      say(cache, said);
      List<TokenSpan> all =
          IntStream.range(0, said.size()).mapToObj(RecallTurnsTest::span).toList();
      for (int tokens : new int[] {context / 2, context - 200, 2 * context}) {
        cache.recall(
            apart(cache.episodes(), tokens), all.reversed(), new int[] {1}, Progress.UNSEEN);
        assertThat(cache.working().length()).isBetween(context / 4, context - 8);
        cache.read(new int[8]);
        cache.endTurn();
      }
    }
  }

  /** A view of so many tokens, each of which one head keeps. */
  private TopicView apart(List<Episode> episodes, int tokens) {
    int heads = model.kvShape().heads();
    List<TopicView.Part> parts = new ArrayList<>();
    int all = 0;
    for (Episode episode : episodes) {
      var slots = new int[heads][];
      for (int head = 0; head < heads && all < tokens; head++) {
        int mine = head;
        slots[head] =
            IntStream.range(0, episode.kept()).filter(slot -> slot % heads == mine).toArray();
      }
      if (all < tokens) {
        parts.add(new TopicView.Part(episode, slots));
      }
      all += episode.kept();
    }
    return new TopicView(parts, episodes);
  }

  @Test
  void grown_nothingNew_isTheSameAndAnEpisodeLess_isMadeAnew() throws IOException {
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = cache(tiers, Placement.COMPACT, 10, 96, Past.none())) {
      say(cache, turns(8, TURN));
      List<Episode> all = cache.episodes();
      TopicView view =
          cache.grown(TopicView.EMPTY, all, () -> new int[] {7, 8, 9}, Progress.UNSEEN);

      TopicView same =
          cache.grown(
              view,
              all,
              () -> {
                throw new AssertionError("nobody has to say anything");
              },
              Progress.UNSEEN);
      TopicView less =
          cache.grown(view, all.subList(1, all.size()), () -> new int[] {7, 8, 9}, Progress.UNSEEN);

      assertThat(same).isSameAs(view);
      assertThat(less.seen()).isEqualTo(all.subList(1, all.size()));
    }
  }

  @Test
  void recall_aViewOfAllAndAllTurns_placesEveryTokenOnce() throws IOException {
    List<int[]> turns = turns(6, TURN);
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = cache(tiers, Placement.ORIGINAL, 10, 10_000, Past.none())) {
      for (int turn = 0; turn < 5; turn++) {
        cache.recallTurns(spans(turn), turns.get(turn), Progress.UNSEEN);
        cache.read(turns.get(turn));
        cache.endTurn();
      }
      TopicView all =
          cache.grown(TopicView.EMPTY, cache.episodes(), () -> new int[0], Progress.UNSEEN);
      cache.recall(all, spans(5), turns.get(5), Progress.UNSEEN);
      assertThat(cache.read(turns.get(5)).logits()).containsExactly(plain(turns), within(2e-3f));
    }
  }

  @Test
  void recallTurns_whatIsRecentAlready_isNotBroughtTwice() throws IOException {
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = cache(tiers, Placement.COMPACT, 1_000, 64, Past.none())) {
      say(cache, turns(4, TURN));
      assertThat(cache.recallTurns(spans(4), new int[] {1}, Progress.UNSEEN).tokens()).isZero();
      assertThat(cache.tokensPerHead()).isEqualTo(PREFIX.length + 4 * TURN);
    }
  }

  @Test
  void readAhead_aTurnOfTwiceTheContext_isReadInBlocksAndRecalledByWhatIsAsked()
      throws IOException {
    int[] book = turns(1, 2 * CONTEXT).getFirst();
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = cache(tiers, Placement.COMPACT, 32, 256, Past.none())) {
      say(cache, turns(2, TURN));
      Ahead ahead = cache.readAhead(book, Progress.UNSEEN);
      assertThat(ahead.rest()).isNotEmpty();
      assertThat(ahead.rest().length + ahead.surprisal().length).isEqualTo(book.length);
      assertThat(cache.length()).isEqualTo(PREFIX.length + 2 * TURN + ahead.surprisal().length);

      int[] asked = Arrays.copyOfRange(book, 3_000, 3_024);
      Recalled recalled = cache.recallTurns(List.of(), asked, Progress.UNSEEN);
      int from = PREFIX.length + 2 * TURN + 3_000;
      assertThat(recalled.pieces())
          .anyMatch(p -> Packing.overlap(p.episode().span(), new TokenSpan(from, from + 24)));
      assertThat(cache.tokensPerHead()).isLessThanOrEqualTo(PREFIX.length + 256 + 32);
      assertThat(cache.read(ahead.rest()).logits()).doesNotContain(Float.NaN);
      List<Episode> closed = cache.endTurn();
      assertThat(closed).hasSizeGreaterThan(2 * CONTEXT / 24);
      assertThat(cache.episodes().getLast().lastTurn()).isEqualTo(2);

      // A later turn finds what it needs in it, although the whole of it would not fit.
      TokenSpan turn = new TokenSpan(PREFIX.length + 2 * TURN, cache.length());
      assertThat(cache.recallTurns(List.of(turn), asked, Progress.UNSEEN).pieces())
          .anyMatch(p -> Packing.overlap(p.episode().span(), new TokenSpan(from, from + 24)));
    }
  }

  @Test
  void reread_aTurnThatWasReadAhead_bringsThePartOfItThatIsAskedFor() throws IOException {
    int[] book = turns(1, 2 * CONTEXT).getFirst();
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = cache(tiers, Placement.COMPACT, 32, 256, Past.none())) {
      say(cache, turns(2, TURN));
      cache.readAhead(book, Progress.UNSEEN);

      int[] asked = Arrays.copyOfRange(book, 3_000, 3_024);
      Recalled recalled = cache.reread(spans(2), asked, Progress.UNSEEN);

      int from = PREFIX.length + 2 * TURN + 3_000;
      assertThat(cache.held().get(from, from + 24).cardinality()).isEqualTo(24);
      assertThat(recalled.reread()).isBetween(24, 256);
      assertThatPiecesAreWhatIsHeld(recalled, cache);
    }
  }

  @Test
  void reread_aTurnOfTwiceTheRoom_bringsItsPartsAndEachTokenOnce() throws IOException {
    int[] longTurn = turns(1, 2 * 96).getFirst();
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = cache(tiers, Placement.COMPACT, 10, 96, Past.none())) {
      say(cache, turns(1, TURN));
      say(cache, List.of(longTurn));
      say(cache, turns(6, TURN));
      int start = PREFIX.length + TURN;
      TokenSpan whole = new TokenSpan(start, start + longTurn.length);
      TokenSpan before = new TokenSpan(PREFIX.length, start);

      int[] asked = Arrays.copyOfRange(longTurn, 100, 110);
      Recalled recalled = cache.reread(List.of(whole, before), asked, Progress.UNSEEN);

      assertThat(cache.held().get(start + 100, start + 110).cardinality()).isEqualTo(10);
      assertThat(recalled.reread()).isBetween(48, 96);
      int recent = cache.working().length() - PREFIX.length - recalled.reread();
      assertThat(cache.held().cardinality()).isEqualTo(PREFIX.length + recalled.reread() + recent);
      assertThatPiecesAreWhatIsHeld(recalled, cache);
      assertThat(recalled.leftOut())
          .isNotEmpty()
          .allMatch(each -> cache.held().get(each.span().start(), each.span().end()).isEmpty());
    }
  }

  private static void assertThatPiecesAreWhatIsHeld(Recalled recalled, EpisodicCache cache) {
    BitSet named = new BitSet();
    for (Recalled.Piece piece : recalled.pieces()) {
      TokenSpan span = piece.episode().span();
      assertThat(cache.held().get(span.start(), span.end()).isEmpty()).isFalse();
      named.set(span.start(), span.end());
    }
    BitSet held = cache.held();
    held.clear(0, PREFIX.length);
    held.andNot(named);
    int recent = cache.working().length() - PREFIX.length - recalled.reread();
    assertThat(held.cardinality()).as("held and not named").isEqualTo(recent);
  }

  @Test
  void opensEpisode_ofATurnThatWasReadInBlocks_dividesBeforeTheTurnAndNotWithinIt()
      throws IOException {
    assertThat(episodesOfALongTurn(/* opens= */ true))
        .isNotEmpty()
        .isEqualTo(episodesOfALongTurn(/* opens= */ false));
  }

  private List<Episode> episodesOfALongTurn(boolean opens) throws IOException {
    Files.deleteIfExists(directory.resolve("episodes.tsv"));
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = cache(tiers, Placement.COMPACT, 32, 256, Past.none())) {
      say(cache, turns(2, TURN));
      Ahead ahead = cache.readAhead(turns(1, 2 * CONTEXT).getFirst(), Progress.UNSEEN);
      cache.recallTurns(List.of(), ahead.rest(), Progress.UNSEEN);
      cache.read(ahead.rest());
      if (opens) {
        cache.opensEpisode();
      }
      cache.endTurn();
      return cache.episodes();
    }
  }

  @Test
  void open_afterALongTurnThatWasNeverFinished_forgetsItsEpisodes() throws IOException {
    List<int[]> said = turns(3, TURN);
    int[] tokens = said.stream().flatMapToInt(Arrays::stream).toArray();
    int[] starts = {0, TURN, 2 * TURN, 3 * TURN};
    int known;
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = cache(tiers, Placement.COMPACT, 32, 256, Past.none())) {
      say(cache, said);
      known = cache.episodes().size();
      cache.readAhead(turns(1, 2 * CONTEXT).getFirst(), Progress.UNSEEN);
      assertThat(cache.episodes()).hasSizeGreaterThan(known);
    }
    try (SpanTiers tiers = tiers();
        EpisodicCache cache = cache(tiers, Placement.COMPACT, 32, 256, Past.of(tokens, starts))) {
      assertThat(cache.episodes())
          .allMatch(episode -> episode.span().end() <= PREFIX.length + 3 * TURN);
      assertThat(cache.length()).isEqualTo(PREFIX.length + 3 * TURN);
      say(cache, turns(1, TURN));
      assertThat(cache.episodes()).hasSizeGreaterThanOrEqualTo(known);
    }
  }

  private static void say(EpisodicCache cache, List<int[]> turns) throws IOException {
    for (int[] turn : turns) {
      cache.recall(List.of());
      cache.read(turn);
      cache.endTurn();
    }
  }

  private static TokenSpan span(int turn) {
    return new TokenSpan(PREFIX.length + turn * TURN, PREFIX.length + (turn + 1) * TURN);
  }

  private static List<TokenSpan> spans(int turns) {
    return IntStream.range(0, turns).mapToObj(RecallTurnsTest::span).toList();
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

  private EpisodicCache cache(
      SpanTiers tiers, Placement placement, int recent, int recall, Past past) throws IOException {
    return new EpisodicCache(
        model,
        new EpisodicOptions(recent, recall, placement, SHORT, KvType.F32),
        tiers,
        EpisodeList.open(directory.resolve("episodes.tsv"), PREFIX.length),
        pool,
        Givers.NONE,
        PREFIX,
        past,
        Progress.UNSEEN);
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

  private static List<int[]> turns(int count, int tokens) {
    var random = new SplittableRandom(3 + tokens);
    List<int[]> turns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      turns.add(random.ints(tokens, 0, TinyModel.BYTES).toArray());
    }
    return turns;
  }
}
