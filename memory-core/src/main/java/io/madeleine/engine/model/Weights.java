package io.madeleine.engine.model;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kernel.Kernels;
import io.madeleine.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** All tensors of a model under their meaning. Immutable; the memory is the file's. */
record Weights(Tensor tokenEmbedding, Tensor outputNorm, Tensor output, List<Layer> layers) {

  /**
   * What tokens are multiplied with, and what is added then.
   *
   * @param weight {@code [out][in]}
   * @param bias {@code [out]}, F32
   */
  record Projection(Tensor weight, Optional<Tensor> bias) {}

  /** One block. Norms are F32. */
  record Layer(
      Tensor attentionNorm,
      List<Projection> queryKeyValue,
      Optional<Tensor> queryNorm,
      Optional<Tensor> keyNorm,
      Projection attentionOutput,
      Optional<Tensor> attentionPostNorm,
      Tensor feedForwardNorm,
      List<Projection> gateUp,
      Projection down,
      Optional<Tensor> feedForwardPostNorm) {

    private Stream<Tensor> matrices() {
      return Stream.of(queryKeyValue, List.of(attentionOutput), gateUp, List.of(down))
          .flatMap(List::stream)
          .map(Projection::weight);
    }
  }

  /** {@return all weights that tokens are multiplied with} */
  List<Tensor> matrices() {
    return Stream.concat(layers.stream().flatMap(Layer::matrices), Stream.of(output)).toList();
  }

  /**
   * Finds them, and checks their shapes against the configuration.
   *
   * @throws IllegalArgumentException if one is missing or misshapen, or the file has one that
   *     nothing here would use; the message names it
   */
  static Weights of(GgufFile file, ModelConfig config, Kernels kernels, Arena arena) {
    var source = new TensorSource(file, kernels, arena);
    int hidden = config.embeddingLength();
    Tensor embedding = source.matrix("token_embd.weight", hidden);
    var layers = new ArrayList<Layer>();
    for (int i = 0; i < config.blockCount(); i++) {
      layers.add(layer(source, config, "blk." + i + "."));
    }
    Tensor output =
        source.has("output.weight")
            ? source.matrix("output.weight", Math.toIntExact(embedding.rows()), hidden)
            : embedding;
    var weights =
        new Weights(
            embedding, source.vector("output_norm.weight", hidden), output, List.copyOf(layers));
    source.requireNothingLeft(config.architecture());
    return weights;
  }

  private static Layer layer(TensorSource source, ModelConfig config, String prefix) {
    int hidden = config.embeddingLength();
    int inner = config.feedForwardLength();
    int queries = config.headCount() * config.keyLength();
    int keys = config.headCountKv() * config.keyLength();
    boolean fused = source.has(prefix + "attn_qkv.weight");
    boolean gateFused = !source.has(prefix + "ffn_gate.weight");
    return new Layer(
        source.vector(prefix + "attn_norm.weight", hidden),
        fused
            ? List.of(source.projection(prefix + "attn_qkv", queries + 2 * keys, hidden))
            : List.of(
                source.projection(prefix + "attn_q", queries, hidden),
                source.projection(prefix + "attn_k", keys, hidden),
                source.projection(prefix + "attn_v", keys, hidden)),
        source.findVector(prefix + "attn_q_norm.weight", config.keyLength()),
        source.findVector(prefix + "attn_k_norm.weight", config.keyLength()),
        source.projection(prefix + "attn_output", hidden, queries),
        source.findVector(prefix + "post_attention_norm.weight", hidden),
        source.vector(prefix + "ffn_norm.weight", hidden),
        gateFused
            ? List.of(source.projection(prefix + "ffn_up", 2 * inner, hidden))
            : List.of(
                source.projection(prefix + "ffn_gate", inner, hidden),
                source.projection(prefix + "ffn_up", inner, hidden)),
        source.projection(prefix + "ffn_down", hidden, inner),
        source.findVector(prefix + "post_ffw_norm.weight", hidden));
  }
}
