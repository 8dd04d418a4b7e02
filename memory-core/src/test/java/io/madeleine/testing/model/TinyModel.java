package io.madeleine.testing.model;

import io.madeleine.engine.gguf.GgufWriter;
import io.madeleine.engine.tensor.Blocks;
import io.madeleine.engine.tensor.ElementType;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * A model file with random but seeded weights: real in every respect but its wisdom. The same shape
 * and seed give the same bytes.
 *
 * @param family whose tensors and keys to write
 * @param layers number of blocks
 * @param width of the residual stream
 * @param heads query heads
 * @param kvHeads key and value heads; divides {@code heads}
 * @param headDim size of a head, which need not be {@code width / heads}
 * @param feedForward width between the two halves of a feed-forward layer
 * @param tied whether the output shares the embedding's matrix
 * @param type of all matrices; vectors are F32
 * @param vocabulary kind of tokenizer
 * @param seed of the weights
 */
public record TinyModel(
    Family family,
    int layers,
    int width,
    int heads,
    int kvHeads,
    int headDim,
    int feedForward,
    boolean tied,
    ElementType type,
    TinyVocabulary vocabulary,
    long seed) {

  /** Longest prompt that the files claim to know. */
  public static final int CONTEXT = 2_048;

  /** Ids below this one stand for the bytes, in a vocabulary of byte pairs. */
  public static final int BYTES = 256;

  /** Grouped queries, tied output: the usual small Llama. */
  public static final TinyModel GROUPED =
      new TinyModel(
          Family.LLAMA, 2, 64, 4, 2, 16, 128, true, ElementType.F32, TinyVocabulary.BYTE_PAIRS, 1);

  /** One KV head for each head, an output matrix of its own, SentencePiece: Llama 2. */
  public static final TinyModel MULTI_HEAD =
      new TinyModel(
          Family.LLAMA,
          3,
          64,
          4,
          4,
          16,
          160,
          false,
          ElementType.F32,
          TinyVocabulary.SENTENCE_PIECE,
          2);

  /** Heads wider than {@code width / heads}, and Llama 3's frequency factors. */
  public static final TinyModel WIDE_HEADS =
      new TinyModel(
          Family.LLAMA_3_ROPE,
          2,
          96,
          6,
          3,
          32,
          192,
          true,
          ElementType.F32,
          TinyVocabulary.BYTE_PAIRS,
          3);

  /** Rows of 256, for the types that pack super-blocks. */
  public static final TinyModel SUPER_BLOCKS =
      new TinyModel(
          Family.LLAMA, 2, 256, 4, 2, 64, 512, true, ElementType.F32, TinyVocabulary.BYTE_PAIRS, 4);

  /** {@return the same shape as another family writes it} */
  public TinyModel with(Family other) {
    return new TinyModel(
        other, layers, width, heads, kvHeads, headDim, feedForward, tied, type, vocabulary, seed);
  }

  /** {@return the same model in other blocks} */
  public TinyModel with(ElementType other) {
    return new TinyModel(
        family, layers, width, heads, kvHeads, headDim, feedForward, tied, other, vocabulary, seed);
  }

  /** {@return the same shape with another number of layers} */
  public TinyModel withLayers(int other) {
    return new TinyModel(
        family, other, width, heads, kvHeads, headDim, feedForward, tied, type, vocabulary, seed);
  }

  /** {@return the same shape with another kind of tokenizer} */
  public TinyModel with(TinyVocabulary other) {
    return new TinyModel(
        family, layers, width, heads, kvHeads, headDim, feedForward, tied, type, other, seed);
  }

  /** {@return the same shape with other weights} */
  public TinyModel withSeed(long other) {
    return new TinyModel(
        family, layers, width, heads, kvHeads, headDim, feedForward, tied, type, vocabulary, other);
  }

  /** Writes the file and {@return its path}. */
  public Path writeTo(Path path) {
    writer().writeTo(path);
    return path;
  }

  /** {@return all of the file, unwritten, so that a test may spoil it first} */
  public GgufWriter writer() {
    var writer = new GgufWriter();
    family.writeKeys(writer, this);
    int pieces = vocabulary.write(writer, family.preTokenizer()).size();
    writer
        .integer(family.architecture() + ".vocab_size", pieces)
        .string("tokenizer.chat_template", CHAT_TEMPLATE);
    new TinyWeights(writer, this, new SplittableRandom(seed)).write(pieces);
    return writer;
  }

  private static final String CHAT_TEMPLATE =
      """
      {%- for message in messages -%}
      {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' -}}
      {%- endfor -%}
      {%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}\
      """;

  /** Writes seeded tensors in the order in which models have them. */
  record TinyWeights(GgufWriter writer, TinyModel model, SplittableRandom random) {

    void write(int pieces) {
      matrix("token_embd.weight", pieces, model.width(), 1.5);
      for (int layer = 0; layer < model.layers(); layer++) {
        model.family().writeLayer(this, "blk." + layer + ".");
      }
      norm("output_norm.weight", model.width());
      if (!model.tied()) {
        matrix("output.weight", pieces, model.width(), 1.5);
      }
      model.family().writeExtras(this);
    }

    /** Gaussian with a standard deviation of {@code gain ÷ √columns}. */
    void matrix(String name, int rows, int columns, double gain) {
      add(name, model.type(), rows, columns, 0, gain / Math.sqrt(columns));
    }

    void norm(String name, int size) {
      add(name, ElementType.F32, 1, size, 1, 0.1);
    }

    void bias(String name, int size) {
      add(name, ElementType.F32, 1, size, 0, 0.3);
    }

    private void add(
        String name, ElementType type, int rows, int columns, double mean, double deviation) {
      var numbers = new float[rows * columns];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (float) (mean + deviation * random.nextGaussian());
      }
      vector(name, type, rows, columns, numbers);
    }

    void vector(String name, ElementType type, int rows, int columns, float... numbers) {
      var bytes = Blocks.quantise(type, numbers);
      writer.tensor(name, type, rows, columns, () -> bytes);
    }
  }
}
