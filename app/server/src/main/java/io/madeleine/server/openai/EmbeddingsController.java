package io.madeleine.server.openai;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Observe.Signal;
import io.madeleine.server.access.Caller;
import jakarta.annotation.PreDestroy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/**
 * {@code POST /v1/embeddings}: the mean of the loaded model's last hidden states, of length 1. One
 * text at a time, in pieces, so that answers under way go on between them.
 */
@RestController
class EmbeddingsController {

  private static final int LONGEST = 8_192;
  private static final int PIECE = 256;

  private final ReadyModel model;
  private final Answers answers;
  private final PagePool pool;
  private final int longest;
  private final ReentrantLock turn = new ReentrantLock(true);

  EmbeddingsController(ReadyModel model, Answers answers) {
    this.model = model;
    this.answers = answers;
    this.longest = Math.min(model.contextLength(), LONGEST);
    this.pool = new PagePool(model.transformer().kvShape().bytes(longest + PIECE, KvType.F16));
  }

  @PostMapping("/v1/embeddings")
  Wire.Embeddings embed(Caller caller, @RequestBody JsonNode body) {
    EmbeddingsRequest request = EmbeddingsRequest.read(body);
    List<int[]> texts = request.texts().stream().map(this::tokens).toList();
    var embeddings = new ArrayList<Wire.Embedding>();
    for (int[] tokens : texts) {
      float[] vector = vector(tokens);
      embeddings.add(
          new Wire.Embedding(
              "embedding", embeddings.size(), request.base64() ? base64(vector) : vector));
    }
    int read = texts.stream().mapToInt(tokens -> tokens.length).sum();
    return new Wire.Embeddings(
        "list",
        embeddings,
        answers.modelName(request.model()),
        new Wire.EmbeddingUsage(read, read));
  }

  /** Control words in a text are text here, behind the model's own begin. */
  private int[] tokens(String text) {
    int[] begin = model.words().encode("");
    int[] said = model.words().tokenizer().encode(text, /* parseSpecial= */ false);
    int[] all = Arrays.copyOf(begin, begin.length + said.length);
    System.arraycopy(said, 0, all, begin.length, said.length);
    if (all.length > longest) {
      throw OpenAiException.invalid(
          "input", "a text has %,d tokens, but %,d fit: split it".formatted(all.length, longest));
    }
    return all;
  }

  private float[] vector(int[] tokens) {
    turn.lock();
    try (var cache = new KvCache(model.transformer().kvShape(), KvType.F16, pool)) {
      double[] sum = {};
      for (int from = 0; from < tokens.length; from += PIECE) {
        int[] piece = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + PIECE));
        float[] mean =
            model.transformer().prefill(cache, piece, Observe.of(Signal.MEAN_HIDDEN)).meanHidden();
        sum = from == 0 ? new double[mean.length] : sum;
        for (int i = 0; i < mean.length; i++) {
          sum[i] += (double) mean[i] * piece.length;
        }
      }
      return unit(sum);
    } finally {
      turn.unlock();
    }
  }

  private static float[] unit(double[] sum) {
    double length = Math.sqrt(Arrays.stream(sum).map(x -> x * x).sum());
    var vector = new float[sum.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (sum[i] / Math.max(length, Float.MIN_NORMAL));
    }
    return vector;
  }

  private static String base64(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  @PreDestroy
  void close() {
    pool.close();
  }
}
