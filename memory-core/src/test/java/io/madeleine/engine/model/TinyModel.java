package io.madeleine.engine.model;

import io.madeleine.engine.gguf.GgufWriter;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A model of a few thousand seeded random weights, written as a GGUF file: it lets every test run
 * the real forward pass in milliseconds.
 *
 * @param architecture a family the engine knows
 * @param heads query heads
 * @param kvHeads key/value heads
 * @param headDim elements of a head
 */
public record TinyModel(
    String architecture, int layers, int hidden, int heads, int kvHeads, int headDim, long seed) {

  /** Tokens of its vocabulary. */
  public static final int VOCABULARY = 96;

  private static final int CONTEXT = 4096;

  /** {@return a grouped-query llama of two layers} */
  public static TinyModel llama() {
    return new TinyModel("llama", 2, 64, 4, 2, 16, 7);
  }

  /** {@return one of another family, with enough layers to show all that is special about it} */
  public static TinyModel of(String architecture) {
    int layers = architecture.equals("gemma3") ? 7 : architecture.equals("smollm3") ? 5 : 2;
    return new TinyModel(architecture, layers, 64, 4, 2, 32, 11);
  }

  /** Writes it. {@return {@code file}} */
  public Path writeTo(Path file) {
    var random = new SplittableRandom(seed);
    String prefix = architecture + ".";
    var writer =
        new GgufWriter()
            .string("general.architecture", architecture)
            .integer(prefix + "context_length", CONTEXT)
            .integer(prefix + "embedding_length", hidden)
            .integer(prefix + "block_count", layers)
            .integer(prefix + "feed_forward_length", 2 * hidden)
            .integer(prefix + "attention.head_count", heads)
            .integer(prefix + "attention.head_count_kv", kvHeads)
            .integer(prefix + "attention.key_length", headDim)
            .integer(prefix + "attention.value_length", headDim)
            .number(prefix + "attention.layer_norm_rms_epsilon", 1e-5f)
            .number(prefix + "rope.freq_base", 10_000)
            .integer(prefix + "rope.dimension_count", rotated());
    if (architecture.equals("gemma3")) {
      writer.integer(prefix + "attention.sliding_window", 8);
    }
    if (architecture.equals("phi3")) {
      writer.number(prefix + "rope.scaling.attn_factor", 1.19f);
      writer.integer(prefix + "rope.scaling.original_context_length", 64);
    }
    tensors(random).forEach(writer::tensor);
    writer.writeTo(file);
    return file;
  }

  private int rotated() {
    return architecture.equals("phi3") ? headDim / 2 : headDim;
  }

  private List<Tensor> tensors(SplittableRandom random) {
    var all = new ArrayList<Tensor>();
    all.add(random(random, "token_embd.weight", VOCABULARY, hidden));
    all.add(norm(random, "output_norm.weight", hidden));
    if (architecture.equals("llama")) {
      all.add(random(random, "output.weight", VOCABULARY, hidden));
    }
    if (architecture.equals("phi3")) {
      all.add(norm(random, "rope_factors_long.weight", rotated() / 2));
      all.add(norm(random, "rope_factors_short.weight", rotated() / 2));
    }
    for (int layer = 0; layer < layers; layer++) {
      layer(random, all, "blk." + layer + ".");
    }
    return all;
  }

  private void layer(SplittableRandom random, List<Tensor> all, String prefix) {
    int queries = heads * headDim;
    int keys = kvHeads * headDim;
    all.add(norm(random, prefix + "attn_norm.weight", hidden));
    if (architecture.equals("phi3")) {
      all.add(random(random, prefix + "attn_qkv.weight", queries + 2 * keys, hidden));
      all.add(random(random, prefix + "ffn_up.weight", 4 * hidden, hidden));
    } else {
      all.add(random(random, prefix + "attn_q.weight", queries, hidden));
      all.add(random(random, prefix + "attn_k.weight", keys, hidden));
      all.add(random(random, prefix + "attn_v.weight", keys, hidden));
      all.add(random(random, prefix + "ffn_gate.weight", 2 * hidden, hidden));
      all.add(random(random, prefix + "ffn_up.weight", 2 * hidden, hidden));
    }
    if (architecture.equals("qwen2")) {
      all.add(random(random, prefix + "attn_q.bias", 1, queries));
      all.add(random(random, prefix + "attn_k.bias", 1, keys));
      all.add(random(random, prefix + "attn_v.bias", 1, keys));
    }
    if (architecture.equals("qwen3") || architecture.equals("gemma3")) {
      all.add(norm(random, prefix + "attn_q_norm.weight", headDim));
      all.add(norm(random, prefix + "attn_k_norm.weight", headDim));
    }
    if (architecture.equals("gemma3")) {
      all.add(norm(random, prefix + "post_attention_norm.weight", hidden));
      all.add(norm(random, prefix + "post_ffw_norm.weight", hidden));
    }
    all.add(random(random, prefix + "attn_output.weight", hidden, queries));
    all.add(norm(random, prefix + "ffn_norm.weight", hidden));
    all.add(random(random, prefix + "ffn_down.weight", hidden, 2 * hidden));
  }

  private static Tensor norm(SplittableRandom random, String name, int columns) {
    return tensor(random, name, 1, columns, /* mean= */ 1, /* deviation= */ 0.1);
  }

  private static Tensor random(SplittableRandom random, String name, int rows, int columns) {
    return tensor(random, name, rows, columns, /* mean= */ 0, 1.5 / Math.sqrt(columns));
  }

  private static Tensor tensor(
      SplittableRandom random, String name, int rows, int columns, double mean, double deviation) {
    MemorySegment data = Arena.ofAuto().allocate(4L * rows * columns, 64);
    for (long i = 0; i < (long) rows * columns; i++) {
      data.setAtIndex(
          ValueLayout.JAVA_FLOAT, i, (float) (mean + deviation * random.nextGaussian()));
    }
    return new Tensor(name, ElementType.F32, rows, columns, data);
  }
}
