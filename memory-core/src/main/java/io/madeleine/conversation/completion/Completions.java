package io.madeleine.conversation.completion;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.conversation.scheduling.Job;
import io.madeleine.conversation.scheduling.Scheduler;
import io.madeleine.conversation.scheduling.SchedulerOptions;
import io.madeleine.conversation.scheduling.Ticket;
import io.madeleine.engine.chat.AnswerReader;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.Generation;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.generation.Usage;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.memory.identity.Tenant;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Answers lists of messages, many at a time, on one model. Requests compute together, a step at a
 * time; a prefix that the same tenant had is not read again. Thread-safe.
 */
public final class Completions implements AutoCloseable {

  private final ReadyModel model;
  private final PagePool pool;
  private final PrefixCaches caches;
  private final Scheduler scheduler;
  private final AtomicLong arrivals = new AtomicLong();

  /**
   * Makes a model answer.
   *
   * @param model stays the caller's, who closes it afterwards
   * @param options how many answers share it
   * @param type how keys and values are stored
   * @param kvBytes the most that they may take, of running and of kept answers together
   */
  public Completions(ReadyModel model, SchedulerOptions options, KvType type, long kvBytes) {
    this.model = model;
    this.pool = new PagePool(kvBytes);
    this.caches = new PrefixCaches(model.transformer().kvShape(), type, pool);
    this.scheduler = new Scheduler(model.transformer(), options, caches::dropOldest);
  }

  /** One answer on its way: the job's parts, until it is over. */
  @SuppressWarnings("ArrayRecordComponent") // stays in this class, never changed
  private record Flight(
      Tenant tenant, int[] prompt, int cached, KvCache cache, Answering answering) {}

  /**
   * Begins an answer.
   *
   * @throws io.madeleine.conversation.scheduling.OverloadedException if too many wait already
   * @throws io.madeleine.conversation.ready.ContextTooLongException if the messages do not fit
   */
  public Completing start(CompletionRequest request, CompletionListener listener) {
    String text = model.words().template().render(request.messages(), request.tools(), true);
    int[] prompt = model.words().encode(text);
    int room = model.roomBehind(prompt.length);
    var cancel = new CancelToken();
    var answering = answering(request, listener, text, prompt, room, cancel);
    KvCache cache = caches.take(request.tenant(), prompt);
    var flight = new Flight(request.tenant(), prompt, cache.length(), cache, answering);
    int[] unread = Arrays.copyOfRange(prompt, flight.cached(), prompt.length);
    Ticket ticket;
    try {
      ticket = scheduler.submit(new Job(cache, unread, arrivals.getAndIncrement(), answering));
    } catch (RuntimeException e) {
      caches.give(request.tenant(), Arrays.copyOf(prompt, cache.length()), cache);
      throw e;
    }
    return new Completing(
        ticket, cancel, ticket.done().handle((outcome, failure) -> land(flight, outcome, failure)));
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
            model.spoken());
    var reader =
        new AnswerReader(model.words().family().tools(), request.tools(), new CallIds()::next);
    reader.continuing(text);
    var generation = new Generation(model.words().tokenizer(), prompt, options, cancel);
    return new Answering(generation, reader, listener);
  }

  /** The answer is over: its cache is kept for whoever goes on from it. */
  private Completion land(
      Flight flight, Ticket.@Nullable Outcome outcome, @Nullable Throwable failure) {
    int[] written = flight.answering.tokens();
    int[] all = Arrays.copyOf(flight.prompt, flight.prompt.length + written.length);
    System.arraycopy(written, 0, all, flight.prompt.length, written.length);
    caches.give(flight.tenant, Arrays.copyOf(all, flight.cache.length()), flight.cache);
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

  /** {@return what it is doing right now} */
  public Scheduler.Load load() {
    return scheduler.load();
  }

  /** {@return bytes of keys and values in memory} */
  public long memoryBytes() {
    return pool.usedBytes();
  }

  /** Forgets what was kept of a tenant. */
  public void forget(Tenant tenant) {
    caches.forget(tenant);
  }

  /** Ends what is running. Waits for it. */
  @Override
  public void close() {
    scheduler.close();
    caches.close();
    pool.close();
  }

  /** Ids of calls that have none: unique within an answer, random enough within a conversation. */
  private static final class CallIds {
    String next() {
      return "call_" + Long.toUnsignedString(ThreadLocalRandom.current().nextLong(), 36);
    }
  }
}
