package io.madeleine.engine.model;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kernel.Kernels;
import io.madeleine.engine.kernel.WorkerPool;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.kv.Rotary;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A model that is ready to run (Vaswani et al., <a
 * href="https://arxiv.org/abs/1706.03762">Transformer</a>, 2017; decoder only).
 *
 * <p>Any thread may call it; calls run one after the other. The file must stay open as long as the
 * model is, because the weights are read where they lie in it.
 */
public final class Transformer implements AutoCloseable {

  private final ModelConfig config;
  private final Weights weights;
  private final Rotaries rotaries;
  private final Arena arena = Arena.ofShared();
  private final WorkerPool pool;
  private final Pass pass;
  private final EngineOptions options;
  private final ReentrantLock lock = new ReentrantLock(true);
  private boolean closed;

  private Transformer(GgufFile file, EngineOptions options, Kernels kernels) {
    this.options = options;
    this.config = ModelConfig.from(file.metadata(), options.contextLength());
    this.weights = Weights.of(file, config, kernels, arena);
    this.rotaries = new Rotaries(file, config, kernels);
    this.pool = new WorkerPool(options.threads());
    this.pass = new Pass(kernels, config, weights, rotaries, pool, arena, options.batchTokens());
  }

  /**
   * Makes a model ready to run.
   *
   * @param file stays the caller's, who closes it after the model
   * @throws IllegalArgumentException if the architecture is not known, or a tensor is missing,
   *     misshapen, or none that the engine would use; the message names it
   */
  public static Transformer load(GgufFile file, EngineOptions options) {
    return load(file, options, Kernels.best());
  }

  static Transformer load(GgufFile file, EngineOptions options, Kernels kernels) {
    var model = new Transformer(file, options, kernels);
    if (options.warmUp()) {
      model.warmUp(kernels);
    }
    return model;
  }

  /** {@return the hyper-parameters} */
  public ModelConfig config() {
    return config;
  }

  /** {@return the shape that a cache for this model must have} */
  public KvShape kvShape() {
    return config.kvShape();
  }

  /** {@return how many logits there are} */
  public int vocabularySize() {
    return (int) weights.output().rows();
  }

  /** {@return how the keys of this layer are rotated; for {@link KvCache#moveTo}} */
  public Rotary rotary(int layer) {
    return rotaries.of(layer);
  }

  /**
   * {@return {@code ‖W_o v‖₁} of each value of one KV head, the mean over the query heads that
   * share it: how much the layer's output changes with it at most}
   *
   * @param values {@code [values][headDim]}
   */
  public float[] outputNorms(int layer, int kvHead, float[] values) {
    requireOpen();
    int group = config.headCount() / config.headCountKv();
    return OutputNorms.of(
        weights.layers().get(layer).attentionOutput().weight(),
        kvHead,
        group,
        config.keyLength(),
        values);
  }

  /**
   * Runs several sequences, prefill and decode mixed, in one pass over the weights, or several
   * passes if there are more tokens than one takes. All tokens are appended, or none: whatever
   * fails meanwhile, a view or the heap, every cache then holds what it held before, and at most
   * the pages that were taken for more.
   *
   * @param batch at most one step for each cache
   * @return what each step asked to observe, in the same order
   * @throws IllegalArgumentException if a token or position is out of bounds
   * @throws io.madeleine.engine.kv.PoolExhaustedException if the caches cannot grow; none has then
   */
  public List<Forward> forward(List<Step> batch) {
    var forwards = new ArrayList<Forward>(batch.size());
    for (Step step : batch) {
      forwards.add(new Forward(step.observe(), step.tokens().length));
    }
    run(batch, forwards, config.blockCount());
    return forwards;
  }

  /**
   * Appends tokens to the first layers of one sequence and leaves the others as they are: what
   * these layers make of the tokens, for a share of what all of them cost. Nothing can follow in
   * such a cache; it is for looking at, and usually a fork.
   *
   * @param layers how many, at least 1 and at most all
   * @param step which observes nothing, since what is observed comes out of the last layer
   * @throws IllegalArgumentException if there are not so many layers, something is to be observed,
   *     or a token or position is out of bounds
   * @throws io.madeleine.engine.kv.PoolExhaustedException if the cache cannot grow; it has not then
   */
  public void forwardThrough(int layers, Step step) {
    if (layers < 1 || layers > config.blockCount()) {
      throw new IllegalArgumentException(
          "the model has %d layers, so that 1 to %d can run, but %d should"
              .formatted(config.blockCount(), config.blockCount(), layers));
    }
    if (!step.observe().signals().isEmpty()) {
      throw new IllegalArgumentException(
          "only a whole pass can be observed, but these were asked of the first %d layers: %s"
              .formatted(layers, step.observe().signals()));
    }
    var nothing = new Forward(step.observe(), step.tokens().length);
    run(List.of(step), List.of(nothing), layers);
  }

  /** Appends tokens to one sequence, at the positions that follow its length. */
  public Forward prefill(KvCache cache, int[] tokens, Observe observe) {
    return forward(List.of(Step.next(cache, tokens, observe))).getFirst();
  }

  /** Appends one token. {@return the logits after it, {@code [vocabulary]}} */
  public float[] decode(KvCache cache, int token) {
    var logits = new float[vocabularySize()];
    decode(cache, token, logits);
    return logits;
  }

  /**
   * Appends one token.
   *
   * @param logits receives the logits after it, {@code [vocabulary]}
   */
  public void decode(KvCache cache, int token, float[] logits) {
    if (logits.length != vocabularySize()) {
      throw new IllegalArgumentException(
          "logits need %d elements, but have %d".formatted(vocabularySize(), logits.length));
    }
    Step step = Step.next(cache, new int[] {token}, Observe.lastLogits());
    var forward = new Forward(step.observe(), 1);
    forward.logits = logits;
    run(List.of(step), List.of(forward), config.blockCount());
  }

  private void run(List<Step> batch, List<Forward> forwards, int layers) {
    lock.lock();
    try {
      requireOpen();
      requireDifferentCaches(batch);
      batch.forEach(this::check);
      for (Step step : batch) {
        step.cache().reserve(layers, step.tokens().length);
      }
      appendAllOrNone(batch, forwards, layers);
    } finally {
      lock.unlock();
    }
  }

  /** The layers append as they go: what the first ones did must not stay if a later one fails. */
  private void appendAllOrNone(List<Step> batch, List<Forward> forwards, int layers) {
    var before = new ArrayList<KvCache.Mark>(batch.size());
    for (Step step : batch) {
      before.add(step.cache().mark());
    }
    try {
      for (List<Part> parts : Part.passes(batch, forwards, options.batchTokens())) {
        pass.run(layers, parts);
      }
      for (Step step : batch) {
        step.cache().advanceTo(Arrays.stream(step.positions()).max().orElseThrow() + 1);
      }
    } catch (RuntimeException | Error e) {
      for (int i = 0; i < batch.size(); i++) {
        batch.get(i).cache().backTo(before.get(i));
      }
      throw e;
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("this model is closed");
    }
    if (!weights.tokenEmbedding().data().scope().isAlive()) {
      throw new IllegalStateException("the model's file was closed: close it after the model");
    }
  }

  private static void requireDifferentCaches(List<Step> batch) {
    Set<KvCache> caches = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Step step : batch) {
      if (!caches.add(step.cache())) {
        throw new IllegalArgumentException("a batch may hold one step for each cache, not two");
      }
    }
  }

  private void check(Step step) {
    if (!step.cache().shape().equals(kvShape())) {
      throw new IllegalArgumentException(
          "the cache's shape is %s, but the model's is %s"
              .formatted(step.cache().shape(), kvShape()));
    }
    for (int token : step.tokens()) {
      if (token < 0 || token >= weights.tokenEmbedding().rows()) {
        throw new IllegalArgumentException(
            "token %d is none of the model's %d".formatted(token, weights.tokenEmbedding().rows()));
      }
    }
    int last = step.positions()[step.positions().length - 1];
    if (step.positions()[0] < 0 || last >= config.contextLength()) {
      throw new IllegalArgumentException(
          "position %,d is %,d beyond the model's context of %,d tokens; shorten the prompt or compress"
              .formatted(last, last + 1 - config.contextLength(), config.contextLength()));
    }
    if (step.observe().windowOf(step.tokens().length) > options.batchTokens()) {
      throw new IllegalArgumentException(
          "a window of %d tokens is more than the %d of one pass"
              .formatted(step.observe().window(), options.batchTokens()));
    }
  }

  private void warmUp(Kernels kernels) {
    WarmUp.products(kernels, pool, weights);
    int prompt = Math.min(16, config.contextLength() / 2);
    try (var pages = new PagePool(kvShape().bytes(2 * prompt, KvType.F32));
        var cache = new KvCache(kvShape(), KvType.F32, pages)) {
      prefill(cache, new int[prompt], Observe.lastLogits());
      var logits = new float[vocabularySize()];
      for (int i = 0; i < Math.min(3, prompt); i++) {
        decode(cache, 0, logits);
      }
    }
  }

  /** Stops the threads and gives back the working memory. Closing twice does nothing. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        pool.close();
        pass.close();
        arena.close();
      }
    } finally {
      lock.unlock();
    }
  }
}
