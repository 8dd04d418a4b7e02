package io.madeleine.testing.model;

import io.madeleine.engine.gguf.GgufWriter;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.testing.model.TinyModel.TinyWeights;

/** How the families that the engine knows name their keys and tensors. */
public enum Family {
  LLAMA("llama", "llama-bpe"),
  /** Llama 3.1 and later: a factor for each rotation frequency. */
  LLAMA_3_ROPE("llama", "llama-bpe"),
  /** A bias on queries, keys and values. */
  QWEN2("qwen2", "qwen2"),
  /** A norm on each query and key head. */
  QWEN3("qwen3", "qwen2"),
  /** Norms before and after, GELU, five of six layers with a sliding window. */
  GEMMA3("gemma3", "default"),
  /** Fused projections. */
  PHI3("phi3", "llama-bpe"),
  /** No rotation in every fourth layer. */
  SMOLLM3("smollm3", "smollm");

  private static final float[] FREQUENCY_FACTORS = {1, 1, 1, 2, 4, 8};

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
        .integer(prefix + "rope.dimension_count", model.headDim())
        .number(prefix + "rope.freq_base", this == LLAMA ? 10_000 : 500_000)
        .number(prefix + "attention.layer_norm_rms_epsilon", 1e-5f);
    if (this == GEMMA3) {
      writer.integer(prefix + "attention.sliding_window", 32);
    }
    if (this == PHI3) {
      writer.integer(prefix + "attention.sliding_window", TinyModel.CONTEXT);
    }
  }

  void writeLayer(TinyWeights weights, String prefix) {
    TinyModel model = weights.model();
    weights.norm(prefix + "attn_norm.weight", model.width());
    writeProjections(weights, prefix);
    weights.matrix(
        prefix + "attn_output.weight", model.width(), model.heads() * model.headDim(), 1);
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
    if (this == PHI3) {
      weights.matrix(prefix + "attn_qkv.weight", queries + 2 * keys, model.width(), 1.5);
      return;
    }
    weights.matrix(prefix + "attn_q.weight", queries, model.width(), 1.5);
    weights.matrix(prefix + "attn_k.weight", keys, model.width(), 1.5);
    weights.matrix(prefix + "attn_v.weight", keys, model.width(), 1);
    if (this == QWEN2) {
      weights.bias(prefix + "attn_q.bias", queries);
      weights.bias(prefix + "attn_k.bias", keys);
      weights.bias(prefix + "attn_v.bias", keys);
    }
  }

  private void writeFeedForward(TinyWeights weights, String prefix) {
    TinyModel model = weights.model();
    if (this == PHI3) {
      weights.matrix(prefix + "ffn_up.weight", 2 * model.feedForward(), model.width(), 1);
    } else {
      weights.matrix(prefix + "ffn_gate.weight", model.feedForward(), model.width(), 1);
      weights.matrix(prefix + "ffn_up.weight", model.feedForward(), model.width(), 1);
    }
    weights.matrix(prefix + "ffn_down.weight", model.width(), model.feedForward(), 1);
  }

  void writeExtras(TinyWeights weights) {
    if (this != LLAMA_3_ROPE) {
      return;
    }
    var factors = new float[weights.model().headDim() / 2];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = FREQUENCY_FACTORS[i * FREQUENCY_FACTORS.length / factors.length];
    }
    weights.vector("rope_freqs.weight", ElementType.F32, 1, factors.length, factors);
  }
}
