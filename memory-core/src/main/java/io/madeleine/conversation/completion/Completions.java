package io.madeleine.conversation.completion;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.conversation.scheduling.Job;
import io.madeleine.conversation.scheduling.Scheduler;
import io.madeleine.conversation.scheduling.SchedulerOptions;
import io.madeleine.conversation.scheduling.Ticket;
import io.madeleine.engine.chat.AnswerReader;
import io.madeleine.engine.chat.CallIds;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.Generation;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.generation.Usage;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.pause.ToolPause;
import io.madeleine.memory.pause.ToolPauses;
import io.madeleine.memory.recall.ForgetReceipt;
import io.madeleine.memory.retention.GapFile;
import io.madeleine.memory.store.KvOrigin;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers lists of messages, many at a time, on one model. Requests compute together, a step at a
 * time; a prefix that the same tenant had is not read again. While tools run, caches are leased;
 * see {@link CacheKeeping}. Thread-safe.
 */
public final class Completions implements AutoCloseable {

  private static final Duration TOOL_TIMES_EVERY = Duration.ofMinutes(5);
  private static final System.Logger LOG = System.getLogger(Completions.class.getName());

  private final ReadyModel model;
  private final KvType type;
  private final PagePool pool;
  private final PrefixCaches caches;
  private final Scheduler scheduler;
  private final ToolPauses pauses;
  private final Optional<Path> toolTimes;
  private final LongSupplier nanoClock;
  private final Optional<ScheduledExecutorService> tender;
  private volatile long toolTimesWritten;

  /** Makes a model answer; caches of answers that are over are kept in memory only. */
  public Completions(ReadyModel model, SchedulerOptions options, KvType type, long kvBytes) {
    this(model, options, type, kvBytes, CacheKeeping.inMemory(kvBytes));
  }

  /**
   * Makes a model answer.
   *
   * @param model stays the caller's, who closes it afterwards
   * @param options how many answers share it
   * @param type how keys and values are stored
   * @param kvBytes the most that they may take in memory, of running and of kept answers together
   * @param keeping how caches of answers that are over are kept
   */
  public Completions(
      ReadyModel model, SchedulerOptions options, KvType type, long kvBytes, CacheKeeping keeping) {
    this.model = model;
    this.type = type;
    this.pool = new PagePool(kvBytes);
    this.pauses = new ToolPauses(keeping.pauses(), keeping.nanoClock());
    this.nanoClock = keeping.nanoClock();
    this.toolTimesWritten = nanoClock.getAsLong();
    this.toolTimes = keeping.disk().map(disk -> disk.resolve("tool-times"));
    toolTimes.ifPresent(file -> GapFile.read(file, pauses.gaps()));
    Optional<ParkedCaches> parked =
        keeping
            .disk()
            .map(
                disk ->
                    new ParkedCaches(
                        StoredCompletions.parked(disk),
                        keeping.diskBytes(),
                        type,
                        keeping.clock().instant().minus(CacheKeeping.LONGEST_ON_DISK),
                        this::origin));
    this.caches =
        new PrefixCaches(
            model.transformer().kvShape(),
            type,
            pool,
            pauses,
            keeping.pauses().memory(),
            parked,
            keeping.nanoClock());
    this.scheduler = new Scheduler(model.transformer(), options, caches::dropOne);
    this.tender = keeping.tending().isZero() ? Optional.empty() : Optional.of(tender(keeping));
  }

  private KvOrigin origin(Tenant tenant) {
    return new KvOrigin(
        tenant,
        model.fingerprint(),
        model.transformer().config().architecture(),
        model.transformer().kvShape());
  }

  private ScheduledExecutorService tender(CacheKeeping keeping) {
    ScheduledExecutorService executor =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("madeleine-leases").daemon().factory());
    long nanos = keeping.tending().toNanos();
    // A failure, of whatever kind, must not end the looking after.
    Runnable tending =
        () -> {
          try {
            tend();
          } catch (Throwable e) {
            LOG.log(System.Logger.Level.WARNING, "leases were not looked after", e);
          }
        };
    Future<?> unused = executor.scheduleWithFixedDelay(tending, nanos, nanos, TimeUnit.NANOSECONDS);
    return executor;
  }

  /** One answer on its way: the job's parts, until it is over. */
  @SuppressWarnings("ArrayRecordComponent") // stays in this class, never changed
  private record Flight(
      OnTheirWay.Trip trip,
      CompletionRequest request,
      ConversationKey program,
      int[] prompt,
      int cached,
      KvCache cache,
      Answering answering,
      boolean cacheWasGone) {}

  /**
   * Begins an answer.
   *
   * @throws io.madeleine.conversation.scheduling.OverloadedException if too many wait already
   * @throws io.madeleine.conversation.ready.ContextTooLongException if the messages do not fit the
   *     model's context, or the memory for keys and values, even alone
   * @throws IllegalArgumentException if there are tools and the model would not hear of them, or
   *     its template refuses the messages
   */
  public Completing start(CompletionRequest request, CompletionListener listener) {
    model.check(request.tools());
    String text =
        AnswerReader.prompt(
            model.words().template().render(request.messages(), request.tools(), true),
            request.form());
    int[] prompt = model.words().encode(text);
    int room = model.roomBehind(prompt.length, type, pool.byteBudget());
    var cancel = new CancelToken();
    var answering = answering(request, listener, text, prompt, room, cancel);
    OnTheirWay.Trip trip = caches.begin(request.tenant());
    try {
      Flight flight = flight(trip, request, prompt, answering);
      Ticket ticket = submit(flight);
      return new Completing(
          ticket,
          cancel,
          ticket.done().handle((outcome, failure) -> land(flight, outcome, cause(failure))));
    } catch (RuntimeException | Error e) {
      trip.close();
      throw e;
    }
  }

  private Flight flight(
      OnTheirWay.Trip trip, CompletionRequest request, int[] prompt, Answering answering) {
    PrefixCaches.Taken taken = caches.take(request.tenant(), prompt);
    ConversationKey program = program(request, taken);
    trip.of(program);
    boolean returned = returned(request, program);
    KvCache cache = taken.cache();
    boolean gone = returned && (taken.fromDisk() || taken.program().isEmpty());
    return new Flight(trip, request, program, prompt, cache.length(), cache, answering, gone);
  }

  private Ticket submit(Flight flight) {
    int[] read = Arrays.copyOf(flight.prompt, flight.cached);
    int[] unread = Arrays.copyOfRange(flight.prompt, flight.cached, flight.prompt.length);
    long arrival = pauses.arrival(flight.program);
    try {
      return scheduler.submit(new Job(flight.cache, read, unread, arrival, flight.answering));
    } catch (RuntimeException e) {
      caches.land(flight.trip, flight.program, read, flight.cache);
      throw e;
    }
  }

  /** By its name, by the calls whose results it brings, by what it goes on from, or a new one. */
  private ConversationKey program(CompletionRequest request, PrefixCaches.Taken taken) {
    return request
        .program()
        .key()
        .or(() -> pauses.caller(request.tenant(), ToolResults.ids(request.messages())))
        .or(taken::program)
        .orElseGet(() -> new ConversationKey(request.tenant(), "run-" + UUID.randomUUID()));
  }

  /** {@return whether it brings the results that its program waited for} */
  private boolean returned(CompletionRequest request, ConversationKey program) {
    if (ToolResults.ids(request.messages()).isEmpty()) {
      pauses.cancelled(program);
      return false;
    }
    boolean failed = ToolResults.anyFailed(request.messages());
    return pauses.returned(program, OptionalDouble.empty(), failed).isPresent();
  }

  private Answering answering(
      CompletionRequest request,
      CompletionListener listener,
      String text,
      int[] prompt,
      int room,
      CancelToken cancel) {
    int most = Math.min(request.maxTokens().orElse(room), room);
    var options =
        new GenerationOptions(
            request.sampling(),
            new StopRule(model.stopIds(), request.stops(), most),
            request.form(),
            request.topChances(),
            model.spoken(request.tools()),
            model.never(request.tools()));
    var reader =
        new AnswerReader(
            model.words().dialect(), request.tools(), new CallIds(new SplittableRandom())::next);
    reader.continuing(text);
    var generation = new Generation(model.words().tokenizer(), prompt, options, cancel);
    return new Answering(generation, reader, listener);
  }

  /** The answer is over: its cache is kept for whoever goes on from it, unless it is forgotten. */
  private Completion land(
      Flight flight, Ticket.@Nullable Outcome outcome, @Nullable Throwable failure) {
    int[] written = flight.answering.tokens();
    int[] all = Arrays.copyOf(flight.prompt, flight.prompt.length + written.length);
    System.arraycopy(written, 0, all, flight.prompt.length, written.length);
    learn(flight, outcome);
    long bytes = flight.cache.bytes();
    int[] held = Arrays.copyOf(all, flight.cache.length());
    boolean kept = caches.land(flight.trip, flight.program, held, flight.cache);
    if (kept && failure == null) {
      settle(flight, all.length, bytes);
    } else {
      pauses.cancelled(flight.program);
    }
    if (failure != null && !(failure instanceof CancellationException)) {
      throw new CompletionException(failure);
    }
    Answering answering = flight.answering;
    return new Completion(
        answering.message(),
        answering.malformed(),
        answering.finish(),
        new Usage(flight.prompt.length, flight.cached, written.length),
        answering.chances(),
        Duration.ofNanos(outcome == null ? 0 : outcome.firstTokenNanos()));
  }

  /** {@return what the job failed with} The future of a ticket wraps it. */
  private static @Nullable Throwable cause(@Nullable Throwable failure) {
    return failure instanceof CompletionException wrapped && wrapped.getCause() != null
        ? wrapped.getCause()
        : failure;
  }

  private void learn(Flight flight, Ticket.@Nullable Outcome outcome) {
    if (outcome == null) {
      return;
    }
    double reading = (outcome.firstTokenNanos() - outcome.waitedNanos()) / 1e9;
    caches.readAt(flight.prompt.length - flight.cached, reading);
    if (flight.cacheWasGone) {
      pauses.queuedWithoutCache(outcome.waitedNanos() / 1e9);
    }
  }

  /** The program waits for tools from now on, or its run is over. */
  private void settle(Flight flight, int tokens, long bytes) {
    List<ToolCall> calls = flight.answering.message().toolCalls();
    if (calls.isEmpty() || flight.answering.finish() == FinishReason.CANCELLED) {
      pauses.finished(flight.program);
      return;
    }
    List<String> tools = calls.stream().map(ToolCall::name).toList();
    pauses.began(
        new ToolPause(
            flight.program,
            calls.stream().map(ToolCall::id).toList(),
            tools,
            flight.request.program().expected(tools),
            bytes,
            caches.reloadSeconds(bytes),
            caches.prefillSeconds(tokens)));
  }

  /**
   * Looks after the leases once: what is over gets its copy on disk, what is due comes back, and
   * where memory was short one cache that nobody has leased gets its copy before it has to go.
   * Called every {@link CacheKeeping#tending} anyhow.
   *
   * @throws RuntimeException what failed first, once all else was tried: each program is told once
   */
  public void tend() {
    var failures = new Failures();
    pauses.toMoveDown().forEach(each -> failures.trying(() -> caches.copyDown(each)));
    pauses.toFetch().forEach(each -> failures.trying(() -> caches.fetch(each)));
    pauses.toGiveUp().forEach(each -> failures.trying(() -> caches.close(each)));
    failures.trying(caches::copyAhead);
    long now = nanoClock.getAsLong();
    if (now - toolTimesWritten > TOOL_TIMES_EVERY.toNanos()) {
      toolTimesWritten = now;
      failures.trying(this::writeToolTimes);
    }
    failures.throwFirst();
  }

  private void writeToolTimes() {
    toolTimes.ifPresent(file -> GapFile.write(pauses.gaps(), file));
  }

  /** {@return which programs wait for tools, for how long their caches are leased, and why} */
  public ToolPauses pauses() {
    return pauses;
  }

  /** {@return whether the cache of a program is in memory} */
  public boolean isResident(ConversationKey program) {
    return caches.isResident(program);
  }

  /** {@return what it is doing right now} */
  public Scheduler.Load load() {
    return scheduler.load();
  }

  /**
   * {@return the most tokens of a prompt and its answer: the model's context, or what of it the
   * memory for keys and values holds}
   */
  public int contextLength() {
    return model.contextLength(type, pool.byteBudget());
  }

  /** {@return bytes of keys and values in memory} */
  public long memoryBytes() {
    return pool.usedBytes();
  }

  /** {@return bytes of keys and values on disk, encrypted} */
  public long diskBytes() {
    return caches.diskBytes();
  }

  /**
   * Forgets what was kept of a program, in memory and on disk. Of an answer that is still on its
   * way nothing is kept.
   *
   * @throws io.madeleine.memory.store.StoreException if a file cannot be deleted, or it cannot be
   *     told at the moment whose it is: it stays until this is asked for again
   */
  public void forget(ConversationKey program) {
    int unused = forgotten(program);
  }

  /**
   * Forgets what was kept of a tenant, in memory and on disk. Of answers that are still on their
   * way nothing is kept.
   */
  public void forget(Tenant tenant) {
    int unused = forgotten(tenant);
  }

  /** Forgets what was kept of the programs, or of the tenant, whose turns are erased. */
  public void forget(Erasure erased) {
    int unused = forgotten(erased);
  }

  /**
   * Forgets what was kept of answers, where the log has erased their turns already. Give it to
   * {@link io.madeleine.memory.recall.Memory#alsoErase}.
   */
  public ForgetReceipt.Erased eraseDerived(Erasure.Receipt receipt) {
    return new ForgetReceipt.Erased(
        "keys and values of answers",
        forgotten(receipt.request()),
        "caches in memory and on disk",
        receipt.at());
  }

  /** {@return how many caches were forgotten} */
  private int forgotten(Erasure erased) {
    return switch (erased) {
      case Erasure.OfTurn(ConversationKey key, long _) -> forgotten(key);
      case Erasure.OfConversation(ConversationKey key) -> forgotten(key);
      case Erasure.OfTenant(Tenant tenant) -> forgotten(tenant);
      case Erasure.OfTime(Tenant tenant, var _, var _) -> forgotten(tenant);
    };
  }

  private int forgotten(ConversationKey program) {
    pauses.cancelled(program);
    return caches.forget(program);
  }

  private int forgotten(Tenant tenant) {
    pauses.forget(tenant);
    return caches.forget(tenant);
  }

  /**
   * Ends what is running, and waits for it. With a disk, what is in memory is parked there, and how
   * long tools took is written down. Every part is closed, whichever fails; what failed first is
   * thrown then.
   */
  @Override
  public void close() {
    var failures = new Failures();
    failures.trying(() -> tender.ifPresent(ScheduledExecutorService::close));
    failures.trying(scheduler::close);
    failures.trying(caches::close);
    failures.trying(this::writeToolTimes);
    failures.trying(pool::close);
    failures.throwFirst();
  }
}
