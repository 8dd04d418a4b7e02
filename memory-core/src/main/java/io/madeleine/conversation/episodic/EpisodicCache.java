package io.madeleine.conversation.episodic;

import io.madeleine.conversation.episodic.closing.EpisodeCompressor;
import io.madeleine.conversation.episodic.view.TopicView;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.model.Forward;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Observe.Signal;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.episode.EpisodeList;
import io.madeleine.memory.store.KvSpan;
import io.madeleine.memory.store.SpanId;
import io.madeleine.memory.tier.FoundSpan;
import io.madeleine.memory.tier.SpanTiers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * One conversation's keys and values. A turn begins with {@link #recall}, is read and answered with
 * {@link #read} and {@link #decode}, and ends with {@link #endTurn}, which stores what it wrote.
 *
 * <p>However long the conversation is, the working cache holds the prefix, the recalled tokens, the
 * recent ones and the turn; everything else lies in the tiers. One thread at a time.
 */
public final class EpisodicCache implements AutoCloseable {

  private static final Observe READING = Observe.of(Signal.SURPRISAL, Signal.LAST_LOGITS);

  /** Of the room for what is recalled, what a topic's view may take; turns take the rest. */
  private static final double VIEW_SHARE = 0.25;

  private final Transformer model;
  private final EpisodicOptions options;
  private final ClosedEpisodes episodes;
  private final List<Episode> ahead = new ArrayList<>();
  private final List<Rotary> rotaries;
  private final KvCache prefix;
  private final int prefixTokens;
  private final int context;
  private final RecentTokens recent;
  private final TokenStream stream;
  private final Choosing choosing;
  private final Viewing viewing;
  private final WorkingCache working;
  private final Givers givers;
  private boolean inTurn;

  /**
   * Reads the stable prefix, and, of a conversation that goes on, the tokens behind its last
   * episode: at once if they are no more than an open episode can be; turn by turn, closing
   * episodes on the way, if they are more, as after an import. So no more is ever in memory than in
   * a conversation that was said turn by turn.
   *
   * @param tiers of this conversation's tenant and this model
   * @param episodes of this conversation, empty for a new one
   * @param past what the conversation said after the prefix; empty for a new one
   * @param givers are asked for the pages that opening, reading ahead or an episode lacks
   * @param progress watches the past being read, and may end it by what it throws
   * @throws IOException if the list of episodes cannot be written, or who hears the past cannot
   *     keep what was heard
   * @throws io.madeleine.engine.kv.PoolExhaustedException if the pool does not hold it
   */
  public EpisodicCache(
      Transformer model,
      EpisodicOptions options,
      SpanTiers tiers,
      EpisodeList episodes,
      PagePool pool,
      Givers givers,
      int[] prefixTokens,
      Past past,
      Progress progress)
      throws IOException {
    this.givers = givers;
    this.model = model;
    this.options = options;
    var compressor = new EpisodeCompressor(model, options.compression());
    this.rotaries = IntStream.range(0, model.kvShape().layers()).mapToObj(model::rotary).toList();
    this.prefix = new KvCache(model.kvShape(), options.type(), pool);
    this.prefixTokens = prefixTokens.length;
    // A turn that was too long to be read at once and then not finished has left episodes behind.
    episodes.keepUpTo(prefixTokens.length + past.tokens(), gone -> tiers.remove(new SpanId(gone)));
    List<Episode> known = episodes.all();
    int told = known.isEmpty() ? 0 : known.getLast().span().end() - prefixTokens.length;
    this.stream = new TokenStream(tiers.root(), prefixTokens, past.first(told), past.turnOf(told));
    this.recent = new RecentTokens(options.segmenter());
    this.context = positions(model, options.type(), pool);
    var lost =
        new LostEpisodes(
            model,
            rotaries,
            prefix,
            prefixTokens.length,
            stream,
            options.recentTokens(),
            Math.min(Shares.beside(model, options.type(), pool), context - prefixTokens.length),
            givers);
    this.episodes = new ClosedEpisodes(compressor, prefix, stream, tiers, episodes, lost, givers);
    int spare = options.longestReading(prefixTokens.length, context) / 2;
    this.choosing = new Choosing(options, this.episodes, recent, stream, spare);
    int viewed = (int) (VIEW_SHARE * options.recallTokens());
    this.viewing = new Viewing(model, this.episodes, prefix, viewed);
    if (prefixTokens.length > 0) {
      givers.reserve(prefix, prefixTokens.length);
      model.prefill(prefix, prefixTokens, Observe.nothing());
    }
    this.working =
        new WorkingCache(model, options, prefix, prefixTokens.length, rotaries, recent, stream);
    boolean opened = false;
    try {
      resume(known, past, told, progress);
      opened = true;
    } finally {
      if (!opened) {
        close();
      }
    }
  }

  /**
   * {@return positions that a working cache can have: the model's, or as many as three quarters of
   * the pool hold, where the rest is for what is rebuilt beside it}
   */
  public static int positions(Transformer model, KvType type, PagePool pool) {
    return Shares.working(model, type, pool);
  }

  /** {@return the bytes of a pool in which a working cache can have so many positions} */
  public static long poolBytes(Transformer model, KvType type, int positions) {
    return Shares.poolFor(model, type, positions);
  }

  private void resume(List<Episode> known, Past past, int told, Progress progress)
      throws IOException {
    if (!known.isEmpty()) {
      stream.goOnAfter(new SpanId(known.getLast().id()));
    }
    int most = options.recentTokens() + options.segmenter().maximumLength();
    List<Episode> latest = episodes.latest(options.recentTokens(), most);
    var fetching = new Fetching(episodes, latest, progress);
    for (Episode episode : latest) {
      recent.restore(episode.span(), fetching.span(episode));
    }
    List<Past.Part> untold = past.after(told);
    int rest = untold.stream().mapToInt(part -> part.tokens().length).sum();
    if (rest <= options.segmenter().maximumLength()) {
      reopen(past, untold);
      return;
    }
    int read = 0;
    for (Past.Part part : untold) {
      int before = read;
      stream.goTo(part.turn());
      Ahead begun = readAhead(part.tokens(), (now, all) -> progress.reached(before + now, rest));
      layOutBefore(begun.rest().length);
      progress.reached(before + begun.surprisal().length, rest);
      Forward last = read(begun.rest());
      if (past.wasRead(part, begun.surprisal(), last.surprisal())) {
        opensEpisode();
      }
      endTurn();
      read += part.tokens().length;
    }
  }

  /**
   * Reads the episode that was open, which stays open; so does what was said elsewhere behind it,
   * and is divided with the next turn.
   */
  private void reopen(Past past, List<Past.Part> parts) throws IOException {
    if (parts.isEmpty()) {
      return;
    }
    layOutBefore(parts.stream().mapToInt(part -> part.tokens().length).sum());
    for (Past.Part part : parts) {
      stream.goTo(part.turn());
      Forward forward = read(part.tokens());
      KvSpan span = KvSpan.last(working.cache(), part.tokens().length, rotaries);
      recent.add(span.at(stream.turnStart()), stream.turnSurprisal(), part.turn());
      if (past.wasRead(part, forward.surprisal())) {
        opensEpisode();
      }
      stream.endTurn();
    }
    inTurn = false;
  }

  /**
   * Lays the working cache out anew: prefix, as many of {@code wanted} as fit, recent tokens. What
   * fits is counted by what a head holds. Heads of episodes that were made smaller hold different
   * tokens, which take more positions together than that, and nothing bounds those here: where
   * episodes are compressed, use {@link #recallTurns} or {@link #recall(TopicView, List, int[],
   * Progress)}.
   *
   * @param wanted most wanted first
   * @throws io.madeleine.engine.kv.PoolExhaustedException if the pool does not hold them
   */
  public Recalled recall(List<Episode> wanted) {
    requireTurn(false);
    return layOut(choosing.whole(wanted));
  }

  /**
   * The same with what was said in some turns, and, where there is room, with the rest of the
   * episodes that the best of them lie in: found by episode, packed by turn. What the recent tokens
   * leave of the tokens for both is filled; what does not fit is passed over.
   *
   * @param turns positions of their tokens, most wanted first; of one that is longer than half of
   *     the room, the episodes that share most with the question
   * @param question tokens of what is asked
   * @param progress watches the episodes being read again that were lost, each behind tokens that
   *     stood before it, and may end that by what it throws; those that were read by then are
   *     stored
   * @throws io.madeleine.engine.kv.PoolExhaustedException if the pool does not hold them
   */
  public Recalled recallTurns(List<TokenSpan> turns, int[] question, Progress progress) {
    requireTurn(false);
    return layOut(choosing.partsOf(withWhatWasRead(turns), question, progress));
  }

  /** What this very turn read ahead is wanted before all else. */
  private List<TokenSpan> withWhatWasRead(List<TokenSpan> turns) {
    List<TokenSpan> all = new ArrayList<>(turns);
    if (!ahead.isEmpty()) {
      all.addFirst(new TokenSpan(ahead.getFirst().span().start(), stream.length()));
    }
    return all;
  }

  /**
   * The same with what a topic keeps of its episodes, and, in the room that this leaves, what was
   * said in some turns.
   *
   * @param turns positions of their tokens, most wanted first
   * @param question tokens of what is asked
   * @param progress as that of {@link #recallTurns}
   * @throws io.madeleine.engine.kv.PoolExhaustedException if the pool does not hold it
   */
  public Recalled recall(TopicView view, List<TokenSpan> turns, int[] question, Progress progress) {
    requireTurn(false);
    return layOut(choosing.of(view, withWhatWasRead(turns), question, progress));
  }

  /**
   * {@return a topic's view with all its episodes in it, no larger than its share of what may be
   * recalled} New episodes are added to what is known; it is made anew only where episodes left the
   * topic.
   *
   * @param known the view as it was, or {@link TopicView#EMPTY}
   * @param members episodes of the topic, oldest first
   * @param prompt gives the topic's own words, if anything is to be made
   * @param progress as that of {@link #recallTurns}
   */
  public TopicView grown(
      TopicView known, List<Episode> members, Supplier<int[]> prompt, Progress progress) {
    return viewing.grown(known, members, prompt, progress);
  }

  /**
   * Lays the working cache out anew: prefix, excerpts read again as they were said, recent tokens.
   *
   * @param excerpts most wanted first, behind what this very turn read ahead; of one that is longer
   *     than half of what may be recalled, the episodes that share most with the question. Those
   *     that do not fit, or are among the recent tokens, are left out
   * @param question tokens of what is asked
   * @param progress may end it by what it throws, between two excerpts
   * @throws io.madeleine.engine.kv.PoolExhaustedException if the pool does not hold them
   */
  public Recalled reread(List<TokenSpan> excerpts, int[] question, Progress progress) {
    requireTurn(false);
    Recalled recalled =
        working.reread(choosing.excerpts(withWhatWasRead(excerpts), question), progress);
    inTurn = true;
    return recalled;
  }

  private Recalled layOut(Choosing.Chosen chosen) {
    Recalled recalled = working.layOut(chosen.pieces(), chosen.leftOut());
    inTurn = true;
    return recalled;
  }

  /** Lays the recent tokens out alone, with the memory for so many more behind them. */
  private void layOutBefore(int tokens) {
    Recalled unused =
        givers.within(
            () -> {
              Recalled nothing = layOut(Choosing.Chosen.NOTHING);
              working.cache().reserve(tokens);
              return nothing;
            });
  }

  /**
   * Reads the beginning of a turn that is too long to be read at once, block by block behind the
   * recent tokens, and closes episodes on the way, so that no more is ever in memory than in a turn
   * that fits. What they hold can be recalled for the rest of the same turn. A turn that fits is
   * left to {@link #read}.
   *
   * @param progress watches it, each time once there is memory for the next block; after what it
   *     throws this cache can only be closed
   * @throws IOException if the list of episodes cannot be written
   * @throws io.madeleine.engine.kv.PoolExhaustedException if there is no memory for a block
   */
  public Ahead readAhead(int[] tokens, Progress progress) throws IOException {
    requireTurn(false);
    int block = options.longestReading(prefixTokens, context);
    if (tokens.length <= block) {
      return new Ahead(tokens, new float[0]);
    }
    recent.boundary(stream.turnBegan());
    int count = tokens.length - block / 2;
    var surprisal = new float[count];
    for (int from = 0; from < count; from += block) {
      int to = Math.min(count, from + block);
      layOutBefore(to - from);
      progress.reached(from, tokens.length);
      float[] nats = read(Arrays.copyOfRange(tokens, from, to)).surprisal();
      System.arraycopy(nats, 0, surprisal, from, nats.length);
      keep();
      stream.endPart();
      inTurn = false;
      ahead.addAll(closeEnded());
    }
    return new Ahead(Arrays.copyOfRange(tokens, count, tokens.length), surprisal);
  }

  /** {@return what the model says after these tokens, which it reads behind all others} */
  public Forward read(int[] tokens) {
    return read(tokens, 0f);
  }

  /**
   * The same where the last step told how much the first of them surprises.
   *
   * @param surprisalOfFirst in nats; 0 if nobody knows
   */
  public Forward read(int[] tokens, float surprisalOfFirst) {
    requireTurn(true);
    Forward forward = model.prefill(working.cache(), tokens, READING);
    forward.surprisal()[0] = surprisalOfFirst;
    stream.add(tokens, forward.surprisal());
    return forward;
  }

  /**
   * Reads one token that the model itself chose.
   *
   * @param surprisal of it, in nats
   * @return the logits after it
   */
  public float[] decode(int token, float surprisal) {
    requireTurn(true);
    float[] logits = model.decode(working.cache(), token);
    stream.add(new int[] {token}, new float[] {surprisal});
    return logits;
  }

  /**
   * Takes back the last tokens that were read, as if they had not been.
   *
   * @throws IllegalArgumentException if the running turn has no so many, or less than none are told
   */
  public void takeBack(int tokens) {
    requireTurn(true);
    if (tokens < 0 || tokens > stream.turnTokens()) {
      throw new IllegalArgumentException(
          "of the %d tokens of the running turn %d cannot be taken back"
              .formatted(stream.turnTokens(), tokens));
    }
    working.cache().truncate(working.cache().length() - tokens);
    stream.takeBack(tokens);
  }

  /** The running turn opens an episode: whatever was open before it ends with it. */
  public void opensEpisode() {
    requireTurn(true);
    recent.boundary(stream.turnBegan());
  }

  /**
   * Ends the turn: cuts its keys and values out of the working cache, closes the episodes that are
   * complete, and stores them.
   *
   * @return the episodes that closed, oldest first
   * @throws IOException if the list of episodes cannot be written
   */
  public List<Episode> endTurn() throws IOException {
    requireTurn(true);
    keep();
    stream.endTurn();
    inTurn = false;
    List<Episode> closed = new ArrayList<>(ahead);
    ahead.clear();
    closed.addAll(closeEnded());
    return closed;
  }

  /** Cuts what was read since the cache was laid out out of it. */
  private void keep() {
    int count = stream.turnTokens();
    if (count > 0) {
      KvSpan span = KvSpan.last(working.cache(), count, rotaries);
      recent.add(span.at(stream.turnStart()), stream.turnSurprisal(), stream.turn());
    }
  }

  private List<Episode> closeEnded() throws IOException {
    List<Episode> closed = new ArrayList<>();
    for (RecentTokens.Closed event : recent.close()) {
      closed.add(episodes.close(event));
    }
    recent.forgetBeyond(options.recentTokens());
    return closed;
  }

  /** {@return the working cache, for a generator; whoever appends to it tells {@link #decode}} */
  public KvCache working() {
    return working.cache();
  }

  /**
   * {@return positions in the whole conversation of the tokens that the running or the last turn
   * began with, wherever they stand in the working cache: prefix, recalled and recent ones; of an
   * episode that was made smaller or of a topic's view also those that some heads hold and others
   * do not}
   */
  public BitSet held() {
    return working.held();
  }

  /** {@return tokens that a head of the working cache holds on average} */
  public int tokensPerHead() {
    return working.tokensPerHead();
  }

  /** {@return the most tokens that a turn may recall} */
  public int recallTokens() {
    return options.recallTokens();
  }

  /** {@return all closed episodes, oldest first} */
  public List<Episode> episodes() {
    return episodes.all();
  }

  /** {@return positions that its working cache can have} */
  public int context() {
    return context;
  }

  /** {@return tokens of the whole conversation, prefix included} */
  public int length() {
    return stream.length();
  }

  /** {@return what is kept of an episode, wherever it is now} */
  public FoundSpan find(Episode episode) {
    return episodes.find(episode, () -> {});
  }

  /** {@return how many tokens are read to have an episode again that no tier has} */
  public int tokensToRead(Episode episode) {
    return episodes.tokensToRead(episode);
  }

  private void requireTurn(boolean wanted) {
    if (inTurn != wanted) {
      throw new IllegalStateException(
          wanted
              ? "no turn has begun: call recall first"
              : "a turn is under way: call endTurn first");
    }
  }

  /** Gives all pages back. Closing twice does nothing. The tiers stay the caller's. */
  @Override
  public void close() {
    working.close();
    prefix.close();
  }
}
