package io.madeleine.evaluation.lab.policy.observed;

import io.madeleine.conversation.observation.RetrievalProfile;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.model.Forward;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Observe.Signal;
import io.madeleine.engine.model.Transformer;
import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.memory.compression.signal.QueryWindow;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Everything that policies may read of one dialogue, observed while it is read once more. */
public final class ObservedDialogue {

  private static final int CHUNK = 256;

  private final Transformer model;
  private final KvCache full;
  private final int tokens;
  private final int group;
  private final float[][] queries;
  private final float[][] attention;
  private final float[] surprisal;
  private @Nullable RetrievalProfile profile;

  public ObservedDialogue(LabCase lab) {
    model = lab.model();
    full = lab.full();
    tokens = lab.reading().tokens().length;
    surprisal = new float[tokens];
    KvShape shape = full.shape();
    attention = new float[shape.heads()][tokens];
    float[][] collected = {};
    int heads = 0;
    try (KvCache again = full.fork()) {
      again.truncate(0);
      for (int from = 0; from < tokens; from += CHUNK) {
        int to = Math.min(tokens, from + CHUNK);
        int[] part = Arrays.copyOfRange(lab.reading().tokens(), from, to);
        Forward forward = model.prefill(again, part, observe(part.length));
        heads = forward.windowQueries()[0].length;
        if (from == 0) {
          collected = new float[shape.layers() * heads][tokens * shape.headDim()];
        }
        collect(forward, collected, from * shape.headDim(), heads);
        System.arraycopy(forward.surprisal(), 0, surprisal, from, part.length);
      }
    }
    queries = collected;
    group = heads / shape.kvHeads();
  }

  private static Observe observe(int window) {
    return Observe.of(Signal.WINDOW_QUERIES, Signal.SUMMED_ATTENTION, Signal.SURPRISAL)
        .over(window);
  }

  private void collect(Forward forward, float[][] collected, int at, int heads) {
    KvShape shape = full.shape();
    int perKvHead = heads / shape.kvHeads();
    for (int layer = 0; layer < shape.layers(); layer++) {
      for (int head = 0; head < heads; head++) {
        float[] part = forward.windowQueries()[layer][head];
        System.arraycopy(part, 0, collected[layer * heads + head], at, part.length);
        float[] sums = forward.summedAttention()[layer][head];
        float[] all = attention[layer * shape.kvHeads() + head / perKvHead];
        for (int slot = 0; slot < sums.length; slot++) {
          all[slot] += sums[slot] / perKvHead;
        }
      }
    }
  }

  /** {@return nats of every token; the first of each chunk of 256 is taken as 0} */
  public float[] surprisal() {
    return surprisal;
  }

  public KvCache full() {
    return full;
  }

  int tokens() {
    return tokens;
  }

  /** {@return how much each head looks things up; found out when it is first asked for} */
  RetrievalProfile profile() {
    RetrievalProfile known = profile;
    if (known == null) {
      known = RetrievalProfile.of(model);
      profile = known;
    }
    return known;
  }

  public Transformer model() {
    return model;
  }

  int group() {
    return group;
  }

  float[] attention(int layer, int kvHead) {
    return attention[layer * full.shape().kvHeads() + kvHead];
  }

  /** {@return queries of all tokens of one query head, rotated} */
  float[] queries(int layer, int kvHead, int inGroup) {
    int heads = group * full.shape().kvHeads();
    return queries[layer * heads + kvHead * group + inGroup];
  }

  QueryWindow lastQueries(int layer, int kvHead, int rows) {
    int dims = full.shape().headDim();
    int from = Math.max(0, tokens - rows);
    var window = new float[group][];
    for (int i = 0; i < group; i++) {
      float[] all = queries(layer, kvHead, i);
      window[i] = Arrays.copyOfRange(all, from * dims, tokens * dims);
    }
    return QueryWindow.of(IntStream.range(from, tokens).toArray(), window, dims);
  }

  /** Runs a prompt behind the whole dialogue and leaves no trace. */
  public ProbeQueries probe(int[] prompt) {
    KvShape shape = full.shape();
    try (KvCache fork = full.fork()) {
      Observe observe = Observe.of(Signal.WINDOW_QUERIES).over(prompt.length);
      float[][][] seen = model.prefill(fork, prompt, observe).windowQueries();
      var own = new float[shape.layers()][shape.kvHeads()][prompt.length * shape.headDim()];
      for (int layer = 0; layer < shape.layers(); layer++) {
        for (int head = 0; head < shape.kvHeads(); head++) {
          int slots = fork.slots(layer, head);
          fork.readKeys(layer, head, slots - prompt.length, slots, own[layer][head]);
        }
      }
      return new ProbeQueries(seen, own, group, shape.headDim(), full.length());
    }
  }
}
