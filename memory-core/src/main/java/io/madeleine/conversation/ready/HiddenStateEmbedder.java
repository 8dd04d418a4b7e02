package io.madeleine.conversation.ready;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Observe.Signal;
import io.madeleine.memory.index.Embedder;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The loaded model as an embedder: the mean over a text's tokens of the normed last hidden state,
 * scaled to length 1. No second model, but every text costs a prefill of it, and a model that was
 * trained to write tells meanings apart less well than one that was trained to compare.
 *
 * <p>One text at a time, in pieces, so that answers under way go on between them. Thread-safe.
 * Close it before the model.
 */
public final class HiddenStateEmbedder implements Embedder, AutoCloseable {

  private static final int LONGEST = 2_048;
  private static final int PIECE = 256;

  private final ReadyModel model;
  private final PagePool pool;
  private final int longest;
  private final int dimension;
  private final ReentrantLock turn = new ReentrantLock(true);

  /** An embedder by {@code model}, which stays the caller's. */
  public HiddenStateEmbedder(ReadyModel model) {
    this.model = model;
    this.longest = Math.min(model.contextLength(), LONGEST);
    this.pool = new PagePool(model.transformer().kvShape().bytes(longest + PIECE, KvType.F16));
    this.dimension = model.transformer().config().embeddingLength();
  }

  @Override
  public String fingerprint() {
    return "hidden-states/" + model.fingerprint() + "/" + longest; // where a text is cut
  }

  @Override
  public int dimension() {
    return dimension;
  }

  /** {@return how many tokens of one text it reads; a longer text is cut there} */
  public int longest() {
    return longest;
  }

  /** {@return how many tokens {@code text} has, the model's own begin among them} */
  public int length(String text) {
    return model.words().encode("").length + said(text).length;
  }

  @Override
  public List<float[]> embed(List<String> texts) {
    return texts.stream().map(text -> unit(mean(tokens(text)))).toList();
  }

  /** Control words in a text are text here, behind the model's own begin; too long is cut. */
  private int[] tokens(String text) {
    int[] begin = model.words().encode("");
    int[] said = said(text);
    int[] all = Arrays.copyOf(begin, Math.min(longest, begin.length + said.length));
    System.arraycopy(said, 0, all, begin.length, all.length - begin.length);
    return all;
  }

  private int[] said(String text) {
    String something = text.isEmpty() ? " " : text;
    return model.words().tokenizer().encode(something, /* parseSpecial= */ false);
  }

  private double[] mean(int[] tokens) {
    turn.lock();
    try (var cache = new KvCache(model.transformer().kvShape(), KvType.F16, pool)) {
      double[] sum = {};
      for (int from = 0; from < tokens.length; from += PIECE) {
        int[] piece = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + PIECE));
        float[] mean =
            model.transformer().prefill(cache, piece, Observe.of(Signal.MEAN_HIDDEN)).meanHidden();
        sum = from == 0 ? new double[mean.length] : sum;
        for (int i = 0; i < mean.length; i++) {
          sum[i] += (double) mean[i] * piece.length / tokens.length;
        }
      }
      return sum;
    } finally {
      turn.unlock();
    }
  }

  private static float[] unit(double[] mean) {
    double length = Math.sqrt(Arrays.stream(mean).map(x -> x * x).sum());
    var vector = new float[mean.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (mean[i] / Math.max(length, Float.MIN_NORMAL));
    }
    return vector;
  }

  @Override
  public void close() {
    pool.close();
  }
}
