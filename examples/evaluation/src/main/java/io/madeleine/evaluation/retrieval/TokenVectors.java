package io.madeleine.evaluation.retrieval;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * BGE-small before it pools: a vector for each token of a text, of length 1, for late interaction
 * (Khattab and Zaharia, <a href="https://arxiv.org/abs/2004.12832">ColBERT</a>, 2020). The model
 * was not trained for that. Not thread-safe.
 */
final class TokenVectors implements AutoCloseable {

  private static final Map<String, String> SHORT =
      Map.of("padding", "false", "truncation", "true", "maxLength", "512", "modelMaxLength", "512");

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final HuggingFaceTokenizer tokenizer;

  TokenVectors() {
    try {
      session = environment.createSession(resource("bge-small-en-v1.5-q.onnx").readAllBytes());
      tokenizer =
          HuggingFaceTokenizer.newInstance(resource("bge-small-en-v1.5-q-tokenizer.json"), SHORT);
    } catch (OrtException e) {
      throw new IllegalStateException("BGE-small cannot be loaded", e);
    } catch (IOException e) {
      throw new UncheckedIOException("BGE-small cannot be read", e);
    }
  }

  private static InputStream resource(String name) {
    InputStream stream = BgeSmallEnV15QuantizedEmbeddingModel.class.getResourceAsStream("/" + name);
    if (stream == null) {
      throw new IllegalStateException("the embedding module no longer holds " + name);
    }
    return stream;
  }

  /** {@return the vectors of the tokens of {@code text}, without those that frame it} */
  float[][] of(String text) {
    Encoding encoding = tokenizer.encode(text);
    try (OnnxTensor ids = tensor(encoding.getIds());
        OnnxTensor mask = tensor(encoding.getAttentionMask());
        OnnxTensor types = tensor(encoding.getTypeIds());
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", ids, "attention_mask", mask, "token_type_ids", types))) {
      float[][] all = ((float[][][]) result.get(0).getValue())[0];
      var inner = new float[Math.max(0, all.length - 2)][];
      for (int i = 0; i < inner.length; i++) {
        inner[i] = ofLengthOne(all[i + 1]);
      }
      return inner;
    } catch (OrtException e) {
      throw new IllegalStateException("BGE-small cannot read '%s'".formatted(text), e);
    }
  }

  private OnnxTensor tensor(long[] row) throws OrtException {
    return OnnxTensor.createTensor(environment, new long[][] {row});
  }

  private static float[] ofLengthOne(float[] vector) {
    double square = 0;
    for (float x : vector) {
      square += x * x;
    }
    float scale = (float) (1 / Math.sqrt(Math.max(square, 1e-12)));
    for (int i = 0; i < vector.length; i++) {
      vector[i] *= scale;
    }
    return vector;
  }

  /** {@return the mean over the question's tokens of the nearest token's cosine} */
  static float likeness(float[][] question, float[][] text) {
    float sum = 0;
    for (float[] q : question) {
      float best = -1;
      for (float[] t : text) {
        best = Math.max(best, Variants.dot(q, t));
      }
      sum += best;
    }
    return question.length == 0 ? 0 : sum / question.length;
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("BGE-small cannot be closed", e);
    }
    tokenizer.close();
  }
}
