package io.madeleine.conversation;

import io.madeleine.conversation.begun.BegunConversations;
import io.madeleine.conversation.context.KeptContext;
import io.madeleine.conversation.context.Prompt;
import io.madeleine.conversation.context.PromptWriter;
import io.madeleine.conversation.context.SharedPrefixes;
import io.madeleine.conversation.ready.ModelTooLargeException;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.conversation.scheduling.Decoder;
import io.madeleine.conversation.scheduling.Job;
import io.madeleine.conversation.scheduling.Scheduler;
import io.madeleine.conversation.scheduling.SchedulerOptions;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.kv.PoolExhaustedException;
import io.madeleine.engine.token.ToolSpec;
import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.history.UnfinishedErasureException;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.snapshot.Found;
import io.madeleine.memory.snapshot.SnapshotHeader;
import io.madeleine.memory.snapshot.SnapshotStore;
import io.madeleine.memory.store.TenantKeys;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Opens a model once and holds many conversations with it. Those that speak at the same time are
 * computed together, a token of each in one step. Their keys and values share one budget; when it
 * is spent, those of the conversation that was silent for the longest time go to disk.
 *
 * <p>Any thread may call it. Close it last: it saves what is in memory and lets go of the model and
 * the data directory.
 */
public final class ConversationFactory implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(ConversationFactory.class.getName());

  /** Larger steps than a server's: who talks alone should be read to fast. */
  private static final SchedulerOptions TOGETHER = new SchedulerOptions(16, 1_024, 256);

  private final ConversationConfig config;
  private final TurnLog history;
  private final ReadyModel model;
  private final PromptWriter writer;
  private final PagePool pool;
  private final SnapshotStore snapshots;
  private final SharedPrefixes prefixes;
  private final Scheduler scheduler;
  private final BegunConversations<Conversation> conversations = new BegunConversations<>();
  private final AtomicLong ticks = new AtomicLong();
  private volatile boolean closed;

  private ConversationFactory(ConversationConfig config, TurnLog history, ReadyModel model) {
    this.config = config;
    this.history = history;
    this.model = model;
    this.writer = new PromptWriter(model.words());
    this.pool = new PagePool(config.kvBytes());
    this.snapshots =
        new SnapshotStore(
            config.data().resolve("snapshots"),
            new TenantKeys(config.data().resolve("keys"), new SecureRandom()),
            config.snapshotBytes(),
            config.clock());
    sweep();
    this.prefixes = new SharedPrefixes(writer);
    this.scheduler = new Scheduler(model.transformer(), TOGETHER, this::makeRoom);
  }

  /** Takes what a kill left of a forgotten conversation; a failure keeps nobody from opening. */
  private void sweep() {
    try {
      snapshots.keepOnly(history);
    } catch (RuntimeException e) {
      LOG.log(
          Level.WARNING,
          "some snapshots of erased conversations are still in %s: mend the disk and start again"
              .formatted(config.data().resolve("snapshots")),
          e);
    }
  }

  /**
   * Opens the data directory and the model.
   *
   * @param modelFile a GGUF file
   * @throws io.madeleine.memory.history.LogException if the directory cannot be written, or another
   *     process uses it
   * @throws io.madeleine.engine.gguf.GgufException if the file is no whole GGUF file
   * @throws ModelTooLargeException if the model does not fit the memory
   */
  public static ConversationFactory open(Path modelFile, ConversationConfig config) {
    TurnLog history = TurnLog.open(config.data().resolve("history"), config.clock());
    try {
      return new ConversationFactory(config, history, ready(modelFile, config));
    } catch (RuntimeException | Error e) {
      history.close();
      throw e;
    }
  }

  /**
   * {@return the conversation under this key, begun or gone on with}
   *
   * @param setup counts when the conversation is opened here: for the first time, or again after
   *     nobody held it any more and its keys and values went to disk. Give the same one each time
   */
  public Conversation conversation(ConversationKey key, ConversationSetup setup) {
    requireOpen();
    return conversations.of(key, k -> new Conversation(k, setup, this));
  }

  /** {@return all that was ever said} */
  public TurnLog history() {
    return history;
  }

  /** {@return what the model calls itself} */
  public String modelName() {
    return model.name();
  }

  /**
   * {@return how many tokens a conversation can have in sight: the model's context, or what of it
   * the memory for keys and values holds}
   */
  public int contextLength() {
    return model.contextLength(config.kvType(), config.kvBytes());
  }

  /** {@return a prompt that leaves room for an answer} */
  Prompt fitting(Prompt prompt) {
    int unused = model.roomBehind(prompt.tokens().length, config.kvType(), config.kvBytes());
    return prompt;
  }

  /** {@return what the model is doing right now} */
  public Scheduler.Load load() {
    return scheduler.load();
  }

  /** {@return the bytes that keys and values take in memory} */
  public long kvBytes() {
    return pool.usedBytes();
  }

  /** {@return the bytes that keys and values take on disk} */
  public long snapshotBytes() {
    return snapshots.bytes();
  }

  /**
   * Makes turns vanish from the history, and whatever was derived from them from memory and disk.
   * Waits for turns that are under way.
   *
   * @throws UnfinishedErasureException if nobody finds them any more, but a file of the history
   *     could not be written anew; all the rest was forgotten all the same
   * @throws io.madeleine.memory.history.LogException if nothing was erased
   * @throws RuntimeException if something else failed; the rest was forgotten all the same
   */
  public Erasure.Receipt erase(Erasure request) {
    var failures = new Failures();
    Erasure.Receipt receipt = history.erase(request, failures);
    conversations
        .of(request.tenant())
        .forEach(conversation -> failures.trying(conversation::forget));
    failures.trying(() -> snapshots.remove(request));
    failures.throwFirst();
    return receipt;
  }

  private static ReadyModel ready(Path modelFile, ConversationConfig config) {
    return ReadyModel.open(
        modelFile,
        config.clock(),
        config.engine(),
        config.kvBytes(),
        config.memoryBytes(),
        config.thinking());
  }

  ReadyModel model() {
    return model;
  }

  BegunConversations<Conversation> begun() {
    return conversations;
  }

  PromptWriter writer() {
    return writer;
  }

  long tick() {
    return ticks.incrementAndGet();
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the conversations are closed: open the factory again");
    }
  }

  Found snapshot(ConversationKey key) {
    while (true) {
      try {
        return snapshots.find(key, model.fingerprint(), config.kvType(), pool);
      } catch (PoolExhaustedException e) {
        if (!makeRoom()) {
          return new Found.Unusable("the snapshot does not fit the memory for keys and values");
        }
      }
    }
  }

  void save(SnapshotHeader header, KvCache cache) {
    snapshots
        .save(header, cache)
        .ifPresent(why -> LOG.log(Level.WARNING, "{0}: {1}", header.conversation().id(), why));
  }

  /** {@return a context that has read nothing but what many conversations begin with} */
  KeptContext fresh(ConversationSetup setup, List<ToolSpec> tools) {
    return prefixes.fork(setup.instruction(), tools, this::read);
  }

  /** {@return what reads and writes for one turn, together with the others'} */
  ModelRun run(TurnListener listener, long arrival) {
    return new ModelRun(model, contextLength(), scheduler, listener, arrival);
  }

  private KvCache read(int[] tokens) {
    var cache = new KvCache(model.transformer().kvShape(), config.kvType(), pool);
    try {
      if (tokens.length > 0) {
        scheduler.submit(new Job(cache, tokens, tick(), Decoder.NONE)).await();
      }
      return cache;
    } catch (RuntimeException | Error e) {
      cache.close(); // nobody else knows of it
      throw e;
    }
  }

  /**
   * Frees the memory of the conversation that was silent longest. {@return whether there was one}
   */
  boolean makeRoom() {
    return BegunConversations.oldestFirst(conversations.all(), Conversation::lastUsed).stream()
            .anyMatch(Conversation::release)
        || prefixes.clear();
  }

  /**
   * Saves what is in memory, and lets go of the model and the directory, whichever of it fails.
   * Twice does nothing.
   *
   * @throws RuntimeException what failed first, once everything else is closed
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    var failures = new Failures();
    conversations.all().forEach(conversation -> failures.trying(conversation::close));
    failures.trying(scheduler::close);
    failures.trying(prefixes::clear);
    failures.trying(model::close);
    failures.trying(pool::close);
    failures.trying(history::close);
    failures.throwFirst();
  }
}
