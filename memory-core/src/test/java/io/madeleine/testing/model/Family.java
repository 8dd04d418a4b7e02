package io.madeleine.testing.model;

import io.madeleine.engine.gguf.GgufWriter;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.testing.model.TinyModel.TinyWeights;

/** How the families that the engine knows name their keys and tensors. */
public enum Family {
  LLAMA("llama", "llama-bpe"),
  /** Llama 3.1 and later: a factor for each rotation frequency. */
  LLAMA_3_ROPE("llama", "llama-bpe"),
  /** Positions stretched to four times the context that it was trained with. */
  LLAMA_YARN("llama", "llama-bpe"),
  /** A bias on every projection, as Granite Code has. */
  LLAMA_BIASED("llama", "llama-bpe"),
  /** A bias on queries, keys and values. */
  QWEN2("qwen2", "qwen2"),
  /** A norm on each query and key head. */
  QWEN3("qwen3", "qwen2"),
  /** Norms before and after, GELU, five of six layers with a sliding window. */
  GEMMA3("gemma3", "default"),
  /** Fused projections. */
  PHI3("phi3", "llama-bpe"),
  /** Phi 3's long form and Phi 4: half of each head rotates, by factors, and louder. */
  PHI3_LONG("phi3", "llama-bpe"),
  /** No rotation in every fourth layer. */
  SMOLLM3("smollm3", "smollm");

  private static final float[] FREQUENCY_FACTORS = {1, 1, 1, 2, 4, 8};
  private static final float[] LONG_FACTORS = {1, 1.5f, 3, 9};
  private static final float[] SHORT_FACTORS = {1, 1, 1.1f, 1.2f};
  private static final int ORIGINAL_CONTEXT = 128;

  private final String architecture;
  private final String preTokenizer;

  Family(String architecture, String preTokenizer) {
    this.architecture = architecture;
    this.preTokenizer = preTokenizer;
  }

  /** {@return the name under {@code general.architecture}} */
  public String architecture() {
    return architecture;
  }

  String preTokenizer() {
    return preTokenizer;
  }

  void writeKeys(GgufWriter writer, TinyModel model) {
    String prefix = architecture + ".";
    writer
        .string("general.architecture", architecture)
        .string("general.name", "tiny")
        .integer(prefix + "context_length", TinyModel.CONTEXT)
        .integer(prefix + "embedding_length", model.width())
        .integer(prefix + "block_count", model.layers())
        .integer(prefix + "feed_forward_length", model.feedForward())
        .integer(prefix + "attention.head_count", model.heads())
        .integer(prefix + "attention.head_count_kv", model.kvHeads())
        .integer(prefix + "attention.key_length", model.headDim())
        .integer(prefix + "attention.value_length", model.headDim())
        .integer(prefix + "rope.dimension_count", rotated(model))
        .number(prefix + "rope.freq_base", this == LLAMA ? 10_000 : 500_000)
        .number(prefix + "attention.layer_norm_rms_epsilon", 1e-5f);
    if (this == GEMMA3) {
      writer.integer(prefix + "attention.sliding_window", 32);
    }
    if (fused()) {
      writer.integer(prefix + "attention.sliding_window", TinyModel.CONTEXT);
    }
    if (this == PHI3_LONG) {
      writer
          .integer(prefix + "rope.scaling.original_context_length", ORIGINAL_CONTEXT)
          .number(prefix + "rope.scaling.attn_factor", 1.19f);
    }
    if (this == LLAMA_YARN) {
      writer
          .string(prefix + "rope.scaling.type", "yarn")
          .number(prefix + "rope.scaling.factor", 4)
          .integer(prefix + "rope.scaling.original_context_length", ORIGINAL_CONTEXT);
    }
  }

  private boolean fused() {
    return this == PHI3 || this == PHI3_LONG;
  }

  private int rotated(TinyModel model) {
    return this == PHI3_LONG ? model.headDim() / 2 : model.headDim();
  }

  void writeLayer(TinyWeights weights, String prefix) {
    TinyModel model = weights.model();
    weights.norm(prefix + "attn_norm.weight", model.width());
    writeProjections(weights, prefix);
    weights.matrix(
        prefix + "attn_output.weight", model.width(), model.heads() * model.headDim(), 1);
    if (this == LLAMA_BIASED) {
      weights.bias(prefix + "attn_output.bias", model.width());
    }
    if (this == QWEN3 || this == GEMMA3) {
      weights.norm(prefix + "attn_q_norm.weight", model.headDim());
      weights.norm(prefix + "attn_k_norm.weight", model.headDim());
    }
    if (this == GEMMA3) {
      weights.norm(prefix + "post_attention_norm.weight", model.width());
    }
    weights.norm(prefix + "ffn_norm.weight", model.width());
    writeFeedForward(weights, prefix);
    if (this == GEMMA3) {
      weights.norm(prefix + "post_ffw_norm.weight", model.width());
    }
  }

  private void writeProjections(TinyWeights weights, String prefix) {
    TinyModel model = weights.model();
    int queries = model.heads() * model.headDim();
    int keys = model.kvHeads() * model.headDim();
    if (fused()) {
      weights.matrix(prefix + "attn_qkv.weight", queries + 2 * keys, model.width(), 1.5);
      return;
    }
    weights.matrix(prefix + "attn_q.weight", queries, model.width(), 1.5);
    weights.matrix(prefix + "attn_k.weight", keys, model.width(), 1.5);
    weights.matrix(prefix + "attn_v.weight", keys, model.width(), 1);
    if (this == QWEN2 || this == LLAMA_BIASED) {
      weights.bias(prefix + "attn_q.bias", queries);
      weights.bias(prefix + "attn_k.bias", keys);
      weights.bias(prefix + "attn_v.bias", keys);
    }
  }

  private void writeFeedForward(TinyWeights weights, String prefix) {
    TinyModel model = weights.model();
    if (fused()) {
      weights.matrix(prefix + "ffn_up.weight", 2 * model.feedForward(), model.width(), 1);
    } else {
      weights.matrix(prefix + "ffn_gate.weight", model.feedForward(), model.width(), 1);
      weights.matrix(prefix + "ffn_up.weight", model.feedForward(), model.width(), 1);
    }
    weights.matrix(prefix + "ffn_down.weight", model.width(), model.feedForward(), 1);
    if (this == LLAMA_BIASED) {
      weights.bias(prefix + "ffn_gate.bias", model.feedForward());
      weights.bias(prefix + "ffn_up.bias", model.feedForward());
      weights.bias(prefix + "ffn_down.bias", model.width());
    }
  }

  void writeExtras(TinyWeights weights) {
    int pairs = rotated(weights.model()) / 2;
    if (this == LLAMA_3_ROPE) {
      factors(weights, "rope_freqs.weight", pairs, FREQUENCY_FACTORS);
    }
    if (this == PHI3_LONG) {
      factors(weights, "rope_factors_long.weight", pairs, LONG_FACTORS);
      factors(weights, "rope_factors_short.weight", pairs, SHORT_FACTORS);
    }
  }

  /** Stretches the steps of {@code some} over all pairs. */
  private static void factors(TinyWeights weights, String name, int pairs, float... some) {
    var factors = new float[pairs];
    for (int i = 0; i < pairs; i++) {
      factors[i] = some[i * some.length / pairs];
    }
    weights.vector(name, ElementType.F32, 1, pairs, factors);
  }
}
