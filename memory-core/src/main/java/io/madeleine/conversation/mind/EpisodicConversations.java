package io.madeleine.conversation.mind;

import io.madeleine.conversation.ConversationConfig;
import io.madeleine.conversation.begun.BegunConversations;
import io.madeleine.conversation.episodic.EpisodicCache;
import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.episodic.Past;
import io.madeleine.conversation.episodic.Progress;
import io.madeleine.conversation.mind.line.TokenLine;
import io.madeleine.conversation.ready.ContextTooLongException;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.episode.EpisodeList;
import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.history.UnfinishedErasureException;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.pause.PauseOptions;
import io.madeleine.memory.pause.ToolPauses;
import io.madeleine.memory.recall.ForgetReceipt;
import io.madeleine.memory.retention.GapFile;
import io.madeleine.memory.retrieval.Retriever;
import io.madeleine.memory.retrieval.UserWords;
import io.madeleine.memory.snapshot.SnapshotStore;
import io.madeleine.memory.store.DiskSpans;
import io.madeleine.memory.store.KvOrigin;
import io.madeleine.memory.store.SpanFormat;
import io.madeleine.memory.store.SpanId;
import io.madeleine.memory.store.TenantKeys;
import io.madeleine.memory.tier.SpanMemory;
import io.madeleine.memory.tier.SpanTiers;
import io.madeleine.memory.tier.Tier;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Holds conversations of any length on one model, one log and one index. {@link #open(Path,
 * ConversationConfig) Opened} by their place, it owns these and closes them; made of parts that are
 * open already, it is to be closed before them. Thread-safe.
 */
public final class EpisodicConversations implements AutoCloseable {

  private static final String TOOL_TIMES = "tool-times";

  private final ReadyModel model;
  private final TurnLog log;
  private final TurnIndex index;
  private final Path directory;
  private final MindOptions options;
  private final PagePool pool;
  private final Optional<Embedder> embedder;
  private final SpanMemory memory;
  private final DiskSpans disk;
  private final Forgetting forgetting;
  private final Recaller recaller;
  private final Costs costs = new Costs();
  private final BegunConversations<EpisodicConversation> conversations = new BegunConversations<>();
  private final AtomicLong ticks = new AtomicLong();
  private final ToolPauses pauses;
  private final Looks looks = new Looks();
  private final Room room;
  private final Runnable behind;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Opens a model, and the history and its index in the config's directory, in the same places as
   * the Spring starter. Topics are told apart by words. Of {@link ConversationConfig#kvBytes} three
   * quarters are for working caches and a quarter is for stored episodes; {@link
   * ConversationConfig#snapshotBytes} is what episodes may take on disk. The latest 1,024 tokens
   * stay from turn to turn, and 1,024 more may come back, where context and memory have room for
   * them.
   *
   * @param modelFile a GGUF file
   * @throws io.madeleine.memory.history.LogException if the directory cannot be written, or another
   *     process uses it
   * @throws io.madeleine.engine.gguf.GgufException if the file is no whole GGUF file
   * @throws io.madeleine.conversation.ready.ModelTooLargeException if the model does not fit the
   *     memory
   * @throws io.madeleine.memory.index.IndexException if the index cannot be written
   */
  public static EpisodicConversations open(Path modelFile, ConversationConfig config) {
    return open(modelFile, config, OwnParts.options(config));
  }

  /**
   * The same with budgets and a layout of one's own, which take the place of the config's.
   *
   * @param options what the conversations may take
   */
  public static EpisodicConversations open(
      Path modelFile, ConversationConfig config, MindOptions options) {
    return open(modelFile, config, options, Optional.empty());
  }

  /**
   * The same with an embedder.
   *
   * @param embedder finds turns and tells topics apart by meaning, if there is one; stays the
   *     caller's
   */
  public static EpisodicConversations open(
      Path modelFile, ConversationConfig config, MindOptions options, Optional<Embedder> embedder) {
    return OwnParts.open(modelFile, config, options, embedder);
  }

  /** Topics are told apart by words; leases at most half of the working bytes while tools run. */
  public EpisodicConversations(
      ReadyModel model,
      TurnLog log,
      TurnIndex index,
      Path directory,
      MindOptions options,
      Clock clock) {
    this(model, log, index, directory, options, clock, Optional.empty());
  }

  /** Leases at most half of the working bytes while tools run. */
  public EpisodicConversations(
      ReadyModel model,
      TurnLog log,
      TurnIndex index,
      Path directory,
      MindOptions options,
      Clock clock,
      Optional<Embedder> embedder) {
    this(
        model,
        log,
        index,
        directory,
        options,
        clock,
        embedder,
        new ToolPauses(PauseOptions.within(options.workingBytes()), System::nanoTime));
  }

  /**
   * @param model reads and writes; stays the caller's
   * @param log the truth; stays the caller's
   * @param index follows the log; stays the caller's
   * @param directory for what is derived: episodes, tokens, keys and values
   * @param options what they may take
   * @param clock tells what "last week" means
   * @param embedder tells topics apart, if there is one; best the index's own; stays the caller's
   * @param pauses who waits for a tool, and for how long its working cache is leased
   */
  public EpisodicConversations(
      ReadyModel model,
      TurnLog log,
      TurnIndex index,
      Path directory,
      MindOptions options,
      Clock clock,
      Optional<Embedder> embedder,
      ToolPauses pauses) {
    this(model, log, index, directory, options, clock, embedder, pauses, () -> {});
  }

  /**
   * @param behind closes what these own, once all else is closed
   */
  EpisodicConversations(
      ReadyModel model,
      TurnLog log,
      TurnIndex index,
      Path directory,
      MindOptions options,
      Clock clock,
      Optional<Embedder> embedder,
      ToolPauses pauses,
      Runnable behind) {
    this.behind = behind;
    this.embedder = embedder;
    this.pauses = pauses;
    this.model = model;
    this.log = log;
    this.index = index;
    this.directory = directory;
    this.options = options;
    this.pool = new PagePool(options.workingBytes());
    GapFile.read(directory.resolve(TOOL_TIMES), pauses.gaps());
    var keys = new TenantKeys(directory.resolve("keys"), new SecureRandom());
    this.disk = new DiskSpans(directory.resolve("spans"), keys, options.diskBytes());
    var snapshots = new SnapshotStore(directory.resolve("snapshots"), keys, 0, clock);
    Sweep.attempt(directory, log, disk, snapshots);
    this.forgetting = new Forgetting(this, directory, snapshots);
    this.memory = new SpanMemory(options.tiers());
    var retriever = new Retriever(index, clock.getZone(), UserWords.in(log));
    var recollector = new Recollector(retriever, log, clock, options.recalledTurns());
    this.room = new Room(conversations, pauses, pool, options.open(), model.contextLength());
    this.recaller = new Recaller(this, recollector, options.mode(), costs);
  }

  /**
   * {@return the conversation under this key, begun or gone on with}
   *
   * @param instruction what the operator tells the model from the next turn on, one message; none
   *     leaves what was told before
   * @throws IllegalArgumentException if it is more than one
   * @throws java.io.UncheckedIOException if the instruction cannot be written down
   */
  public EpisodicConversation conversation(ConversationKey key, List<ChatMessage> instruction) {
    EpisodicConversation conversation = begun(key);
    conversation.instruct(instruction);
    return conversation;
  }

  /** {@return the conversation under this key, begun or gone on with; what it was told holds} */
  public EpisodicConversation conversation(ConversationKey key) {
    return begun(key);
  }

  EpisodicConversation begun(ConversationKey key) {
    return conversations.of(key, k -> new EpisodicConversation(k, this));
  }

  /**
   * Puts turns that were said elsewhere at the end of their conversations, each between two of its
   * own. They are safe when this returns, and found after {@link TurnIndex#follow}.
   */
  public void append(List<TurnLog.Draft> turns) {
    conversations.whileNobodyBegins(() -> appendUnused(turns)).stream()
        .collect(
            Collectors.groupingBy(
                TurnLog.Draft::conversation, LinkedHashMap::new, Collectors.toList()))
        .forEach((key, theirs) -> begun(key).behind(() -> log.append(theirs)));
  }

  /** Waits for the disk once for all that nobody uses. {@return the turns of the others} */
  private List<TurnLog.Draft> appendUnused(List<TurnLog.Draft> turns) {
    Map<Boolean, List<TurnLog.Draft>> byUse =
        turns.stream()
            .collect(
                Collectors.partitioningBy(
                    turn -> conversations.find(turn.conversation()).isPresent()));
    List<TurnLog.Draft> unused = byUse.getOrDefault(false, List.of());
    if (!unused.isEmpty()) {
      log.append(unused);
    }
    return byUse.getOrDefault(true, List.of());
  }

  /**
   * Makes turns vanish: from the log, from the index, and whatever was derived from them.
   *
   * @throws UnfinishedErasureException if nobody finds them any more, but a file of the log could
   *     not be written anew; every other place was asked all the same
   * @throws io.madeleine.memory.history.LogException if nothing was erased
   * @throws RuntimeException if another place failed; the others were asked all the same
   */
  public Erasure.Receipt erase(Erasure request) {
    var failures = new Failures();
    Erasure.Receipt receipt = log.erase(request, failures);
    failures.trying(() -> index.erase(receipt.sequences()));
    failures.trying(() -> forgetting.derived(request));
    failures.throwFirst();
    return receipt;
  }

  /**
   * Makes vanish what was derived from turns that the log has erased already: keys and values in
   * memory and on disk, tokens, the lists of episodes; snapshots too, which a plain conversation
   * leaves in the same directory. Give it to {@link io.madeleine.memory.recall.Memory#alsoErase}.
   */
  public ForgetReceipt.Erased eraseDerived(Erasure.Receipt receipt) {
    var failures = new Failures();
    var before = new AtomicLong();
    failures.trying(() -> before.set(MindFiles.episodesOf(directory, receipt.request())));
    failures.trying(() -> forgetting.derived(receipt.request()));
    failures.throwFirst();
    long left = MindFiles.episodesOf(directory, receipt.request()); // of turns before the newest
    return new ForgetReceipt.Erased(
        "keys and values",
        Math.max(0, before.get() - left),
        "episodes in memory and on disk, and their list",
        receipt.at());
  }

  /**
   * Writes the files of the index anew that still hold bytes of what was erased. It happens by
   * itself within a minute, or when the index is opened again; call it where that is too late.
   *
   * @throws io.madeleine.memory.index.IndexException if they cannot be written
   */
  public void purge() {
    index.purge();
  }

  /**
   * Deletes what was stored of a conversation that nobody has open.
   *
   * @param told whether what the operator told goes as well
   */
  void deleteStored(ConversationKey key, boolean told) {
    files(key).delete(told, episode -> tiers(key.tenant()).remove(episode));
  }

  /** {@return all that was ever said} */
  public TurnLog history() {
    return log;
  }

  /** {@return what the model calls itself} */
  public String modelName() {
    return model.name();
  }

  /**
   * {@return how many tokens a conversation sees at once: as many as the model can, or as the
   * memory for working caches lets it}
   */
  public int contextLength() {
    return EpisodicCache.positions(model.transformer(), options.layout().type(), pool);
  }

  ReadyModel model() {
    return model;
  }

  TurnLog log() {
    return log;
  }

  Optional<Embedder> embedder() {
    return embedder;
  }

  Recaller recaller() {
    return recaller;
  }

  BegunConversations<EpisodicConversation> begun() {
    return conversations;
  }

  Room room() {
    return room;
  }

  Looks looks() {
    return looks;
  }

  long tick() {
    return ticks.incrementAndGet();
  }

  MindFiles files(ConversationKey key) {
    return MindFiles.of(directory, key);
  }

  /**
   * {@return the list of a conversation's episodes, without those of a turn that was read in part
   * and never said} Their keys and values go with them.
   *
   * @param line of the tokens that were said and written down
   */
  EpisodeList episodes(ConversationKey key, int prefixTokens, TokenLine line) throws IOException {
    EpisodeList episodes = EpisodeList.open(files(key).episodes(), prefixTokens);
    episodes.keepUpTo(
        prefixTokens + line.tokens().length, gone -> tiers(key.tenant()).remove(new SpanId(gone)));
    return episodes;
  }

  EpisodicCache cache(
      ConversationKey key, int[] prefix, Past past, EpisodeList episodes, Progress progress)
      throws IOException {
    int context = contextLength();
    int least = prefix.length + EpisodicOptions.LEAST_POSITIONS;
    if (context < least) {
      throw tooLong(least, context);
    }
    room.forOpening(key);
    return new EpisodicCache(
        model.transformer(),
        options.layout().within(context - prefix.length),
        tiers(key.tenant()),
        episodes,
        pool,
        room.giversTo(key),
        prefix,
        past,
        progress);
  }

  private ContextTooLongException tooLong(int tokens, int context) {
    if (tokens > model.contextLength()) {
      return new ContextTooLongException(tokens, model.contextLength());
    }
    KvType type = options.layout().type();
    return ContextTooLongException.forWorkingMemory(
        tokens, context, EpisodicCache.poolBytes(model.transformer(), type, tokens));
  }

  /** {@return a tenant's view of what all tenants' episodes share} */
  SpanTiers tiers(Tenant tenant) {
    var origin =
        new KvOrigin(
            tenant,
            model.fingerprint(),
            model.transformer().config().architecture(),
            model.transformer().kvShape());
    var format = new SpanFormat(origin, options.codec(), SpanFormat.Packing.NONE);
    return new SpanTiers(format, disk, memory);
  }

  /**
   * {@return which conversations wait for tools, for how long their working caches are leased, and
   * why}
   */
  public ToolPauses pauses() {
    return pauses;
  }

  void indexed(LoggedTurn turn) {
    index.follow(log);
  }

  /** Remembers how fast the model read. */
  void readAt(int tokens, long nanos) {
    costs.read(tokens, nanos);
  }

  Duration readingTime(int tokens) {
    return Duration.ofNanos((long) costs.reading(tokens));
  }

  /** {@return bytes of working caches and of episodes in memory} */
  public long memoryBytes() {
    return pool.usedBytes() + memory.bytes();
  }

  /** {@return the most that {@link #memoryBytes} can be, however many tenants there are} */
  public long memoryBudget() {
    return options.workingBytes() + options.tiers().bytes();
  }

  /** {@return where an episode of {@code tenant} is right now; REBUILT if only the log has it} */
  public Tier tierOf(Tenant tenant, Episode episode) {
    return tiers(tenant).peek(new SpanId(episode.id()));
  }

  /** {@return bytes of episodes on disk} */
  public long diskBytes() {
    return disk.bytes();
  }

  /** {@return the most that they may be} */
  public long diskBudget() {
    return options.diskBytes();
  }

  /**
   * Closes every part, whichever of them fails; then throws what failed first. Twice does nothing.
   */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    var failures = new Failures();
    conversations.all().forEach(each -> failures.trying(each::shut));
    failures.trying(memory::close);
    failures.trying(() -> GapFile.write(pauses.gaps(), directory.resolve(TOOL_TIMES)));
    failures.trying(pool::close);
    failures.trying(behind);
    failures.throwFirst();
  }
}
