package io.madeleine.evaluation.bench;

import io.madeleine.engine.gguf.GgufWriter;
import io.madeleine.engine.tensor.Blocks;
import io.madeleine.engine.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A Llama with random but seeded weights, for speed and bytes: what a pass costs does not depend on
 * what the weights say. The same shape, type and seed give the same bytes.
 *
 * @param shape how large
 * @param type of all matrices; norms are F32
 * @param seed of the weights
 */
record MadeUpModel(ModelShape shape, ElementType type, long seed) {

  private static final int CONTEXT = 131_072;

  /**
   * Writes the file; the largest matrix is in memory once, in its blocks.
   *
   * @throws IllegalArgumentException if a row does not fill whole blocks of the type
   * @throws io.madeleine.engine.gguf.GgufException if the disk refuses
   */
  void writeTo(Path path) {
    var writer = new GgufWriter();
    keys(writer);
    MadeUpWords.write(writer, shape.vocabulary());
    try (Arena arena = Arena.ofConfined()) {
      new Weights(writer, arena.allocate(largestMatrix()), new SplittableRandom(seed)).add();
      writer.writeTo(path);
    }
  }

  private long largestMatrix() {
    int rows = Math.max(shape.vocabulary(), Math.max(shape.feedForward(), shape.width()));
    return Math.max(
        rows * type.bytes(shape.width()), shape.width() * type.bytes(shape.feedForward()));
  }

  private void keys(GgufWriter writer) {
    writer
        .string("general.architecture", "llama")
        .string("general.name", "made up")
        .integer("llama.context_length", CONTEXT)
        .integer("llama.embedding_length", shape.width())
        .integer("llama.block_count", shape.layers())
        .integer("llama.feed_forward_length", shape.feedForward())
        .integer("llama.attention.head_count", shape.heads())
        .integer("llama.attention.head_count_kv", shape.kvHeads())
        .integer("llama.attention.key_length", shape.headDim())
        .integer("llama.attention.value_length", shape.headDim())
        .integer("llama.rope.dimension_count", shape.headDim())
        .number("llama.rope.freq_base", 500_000)
        .number("llama.attention.layer_norm_rms_epsilon", 1e-5f)
        .integer("llama.vocab_size", shape.vocabulary());
  }

  /** The tensors in the order in which models have them; each is drawn when it is written. */
  private final class Weights {
    private final GgufWriter writer;
    private final MemorySegment room;
    private final SplittableRandom random;

    Weights(GgufWriter writer, MemorySegment room, SplittableRandom random) {
      this.writer = writer;
      this.room = room;
      this.random = random;
    }

    void add() {
      int width = shape.width();
      int keys = shape.kvHeads() * shape.headDim();
      matrix("token_embd.weight", shape.vocabulary(), width);
      for (int layer = 0; layer < shape.layers(); layer++) {
        String block = "blk." + layer + ".";
        norm(block + "attn_norm.weight");
        matrix(block + "attn_q.weight", width, width);
        matrix(block + "attn_k.weight", keys, width);
        matrix(block + "attn_v.weight", keys, width);
        matrix(block + "attn_output.weight", width, width);
        norm(block + "ffn_norm.weight");
        matrix(block + "ffn_gate.weight", shape.feedForward(), width);
        matrix(block + "ffn_up.weight", shape.feedForward(), width);
        matrix(block + "ffn_down.weight", width, shape.feedForward());
      }
      norm("output_norm.weight");
    }

    private void norm(String name) {
      var ones = new float[shape.width()];
      Arrays.fill(ones, 1);
      MemorySegment bytes = Blocks.quantise(ElementType.F32, ones);
      writer.tensor(name, ElementType.F32, 1, shape.width(), () -> bytes);
    }

    /** Gaussian with a standard deviation of {@code 1 ÷ √columns}. */
    private void matrix(String name, int rows, int columns) {
      writer.tensor(name, type, rows, columns, () -> drawn(rows, columns));
    }

    private MemorySegment drawn(int rows, int columns) {
      long rowBytes = type.bytes(columns);
      double deviation = 1 / Math.sqrt(columns);
      var row = new float[columns];
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
          row[c] = (float) (deviation * random.nextGaussian());
        }
        MemorySegment.copy(Blocks.quantise(type, row), 0, room, r * rowBytes, rowBytes);
      }
      return room.asSlice(0, rows * rowBytes);
    }
  }
}
