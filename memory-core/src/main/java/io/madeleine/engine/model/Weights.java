package io.madeleine.engine.model;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kernel.Kernels;
import io.madeleine.engine.kernel.Matrix;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** All tensors of a model under their meaning. Immutable; the memory is the file's. */
record Weights(Tensor tokenEmbedding, Tensor outputNorm, Tensor output, List<Layer> layers) {

  /** One block. Norms and biases are F32. */
  record Layer(
      Tensor attentionNorm,
      List<Tensor> queryKeyValue,
      List<Tensor> queryKeyValueBias,
      Optional<Tensor> queryNorm,
      Optional<Tensor> keyNorm,
      Tensor attentionOutput,
      Optional<Tensor> attentionPostNorm,
      Tensor feedForwardNorm,
      List<Tensor> gateUp,
      Tensor down,
      Optional<Tensor> feedForwardPostNorm) {

    private Stream<Tensor> matrices() {
      return Stream.of(queryKeyValue, List.of(attentionOutput), gateUp, List.of(down))
          .flatMap(List::stream);
    }
  }

  /** {@return all weights that tokens are multiplied with} */
  List<Tensor> matrices() {
    return Stream.concat(layers.stream().flatMap(Layer::matrices), Stream.of(output)).toList();
  }

  /**
   * Finds them, and checks their shapes against the configuration.
   *
   * @throws IllegalArgumentException if one is missing or misshapen; the message names it
   */
  static Weights of(GgufFile file, ModelConfig config, Kernels kernels, Arena arena) {
    var source = new Source(file, kernels, arena);
    int hidden = config.embeddingLength();
    Tensor embedding = source.matrix("token_embd.weight", hidden);
    var layers = new ArrayList<Layer>();
    for (int i = 0; i < config.blockCount(); i++) {
      layers.add(layer(source, config, "blk." + i + "."));
    }
    Tensor output = source.find("output.weight").orElse(embedding);
    source.requireShape(output, embedding.rows(), hidden);
    return new Weights(
        embedding, source.vector("output_norm.weight", hidden), output, List.copyOf(layers));
  }

  private static Layer layer(Source source, ModelConfig config, String prefix) {
    int hidden = config.embeddingLength();
    int inner = config.feedForwardLength();
    int queries = config.headCount() * config.keyLength();
    int keys = config.headCountKv() * config.keyLength();
    boolean fused = source.find(prefix + "attn_qkv.weight").isPresent();
    boolean gateFused = source.find(prefix + "ffn_gate.weight").isEmpty();
    return new Layer(
        source.vector(prefix + "attn_norm.weight", hidden),
        fused
            ? List.of(source.matrix(prefix + "attn_qkv.weight", queries + 2 * keys, hidden))
            : List.of(
                source.matrix(prefix + "attn_q.weight", queries, hidden),
                source.matrix(prefix + "attn_k.weight", keys, hidden),
                source.matrix(prefix + "attn_v.weight", keys, hidden)),
        biases(source, prefix, queries, keys),
        source.findVector(prefix + "attn_q_norm.weight", config.keyLength()),
        source.findVector(prefix + "attn_k_norm.weight", config.keyLength()),
        source.matrix(prefix + "attn_output.weight", hidden, queries),
        source.findVector(prefix + "post_attention_norm.weight", hidden),
        source.vector(prefix + "ffn_norm.weight", hidden),
        gateFused
            ? List.of(source.matrix(prefix + "ffn_up.weight", 2 * inner, hidden))
            : List.of(
                source.matrix(prefix + "ffn_gate.weight", inner, hidden),
                source.matrix(prefix + "ffn_up.weight", inner, hidden)),
        source.matrix(prefix + "ffn_down.weight", hidden, inner),
        source.findVector(prefix + "post_ffw_norm.weight", hidden));
  }

  private static List<Tensor> biases(Source source, String prefix, int queries, int keys) {
    return source.find(prefix + "attn_q.bias").isEmpty()
        ? List.of()
        : List.of(
            source.vector(prefix + "attn_q.bias", queries),
            source.vector(prefix + "attn_k.bias", keys),
            source.vector(prefix + "attn_v.bias", keys));
  }

  private record Source(GgufFile file, Kernels kernels, Arena arena) {

    Optional<Tensor> find(String name) {
      return file.findTensor(name);
    }

    Tensor matrix(String name, int rows, int columns) {
      Tensor tensor = file.tensor(name);
      requireShape(tensor, rows, columns);
      return tensor;
    }

    Tensor matrix(String name, int columns) {
      Tensor tensor = file.tensor(name);
      requireShape(tensor, tensor.rows(), columns);
      return tensor;
    }

    Tensor vector(String name, int columns) {
      Tensor tensor = file.tensor(name);
      requireShape(tensor, 1, columns);
      return tensor.type() == ElementType.F32 ? tensor : decoded(tensor);
    }

    Optional<Tensor> findVector(String name, int columns) {
      return find(name).map(tensor -> vector(name, columns));
    }

    private Tensor decoded(Tensor tensor) {
      int columns = (int) tensor.columns();
      var out = new Matrix(arena, 1, columns);
      kernels.dequantise(tensor, 0, out, 0);
      return new Tensor(
          tensor.name(), ElementType.F32, 1, columns, out.data().asSlice(0, 4L * columns));
    }

    void requireShape(Tensor tensor, long rows, long columns) {
      if (tensor.rows() != rows || tensor.columns() != columns) {
        throw new IllegalArgumentException(
            "tensor '%s' of %s should be %d × %d by the file's metadata, but is %d × %d"
                .formatted(
                    tensor.name(), file.path(), rows, columns, tensor.rows(), tensor.columns()));
      }
    }
  }
}
