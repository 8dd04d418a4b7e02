package io.madeleine.pocket.convert;

import io.madeleine.engine.gguf.GgufWriter;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.tensor.Blocks;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Turns a training checkpoint into the GGUF that ships.
 *
 * <pre>PocketConverter pocket.safetensors pocket.json pocket.gguf [F32|F16|Q8_0]</pre>
 *
 * <p>The checkpoint rotates halves of a head against each other; the {@code llama} family of GGUF
 * rotates neighbours. So the rows of queries and keys change places on the way.
 */
public final class PocketConverter {
  private static final int NORMAL = 1;
  private static final int CONTROL = 3;

  private final Fields config;
  private final ElementType type;
  private final GgufWriter writer = new GgufWriter();

  private PocketConverter(Fields config, ElementType type) {
    this.config = config;
    this.type = type;
  }

  /** See the class. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length < 3 || arguments.length > 4) {
      throw new IllegalArgumentException(
          "usage: PocketConverter CHECKPOINT.safetensors CONFIG.json OUT.gguf [F32|F16|Q8_0]");
    }
    ElementType type = ElementType.valueOf(arguments.length == 4 ? arguments[3] : "F16");
    convert(Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2]), type);
  }

  /**
   * Converts a checkpoint.
   *
   * @param type of all matrices; vectors stay F32
   */
  public static void convert(Path checkpoint, Path config, Path out, ElementType type)
      throws IOException {
    var converter = new PocketConverter(Fields.of(Json.parse(Files.readString(config))), type);
    converter.model();
    converter.tokenizer();
    Safetensors.read(checkpoint).tensors().forEach(converter::tensor);
    converter.writer.writeTo(out);
  }

  private void model() {
    writer
        .string("general.architecture", config.string("arch"))
        .string("general.name", "Madeleine pocket")
        .string("general.license", "apache-2.0")
        .integer("llama.context_length", config.integer("max_position_trained"))
        .integer("llama.embedding_length", config.integer("n_embd"))
        .integer("llama.block_count", config.integer("n_layer"))
        .integer("llama.feed_forward_length", config.integer("n_ff"))
        .integer("llama.attention.head_count", config.integer("n_head"))
        .integer("llama.attention.head_count_kv", config.integer("n_head_kv"))
        .integer("llama.attention.key_length", config.integer("head_dim"))
        .integer("llama.attention.value_length", config.integer("head_dim"))
        .integer("llama.rope.dimension_count", config.integer("head_dim"))
        .integer("llama.vocab_size", config.integer("vocab_size"))
        .number("llama.rope.freq_base", config.real("rope_theta"))
        .number("llama.attention.layer_norm_rms_epsilon", config.real("rms_eps"));
  }

  private void tokenizer() throws IOException {
    Fields tokenizer = config.object("tokenizer");
    Fields chat = config.object("chat");
    List<String> pieces = tokenizer.strings("tokens");
    List<String> special = tokenizer.strings("special");
    writer
        .string("tokenizer.ggml.model", "gpt2")
        .string("tokenizer.ggml.pre", "gpt-2")
        .strings("tokenizer.ggml.tokens", pieces)
        .integers(
            "tokenizer.ggml.token_type",
            pieces.stream().map(piece -> special.contains(piece) ? CONTROL : NORMAL).toList())
        .strings("tokenizer.ggml.merges", tokenizer.strings("merges"))
        .integer("tokenizer.ggml.bos_token_id", pieces.indexOf(chat.string("bos")))
        .integer("tokenizer.ggml.eos_token_id", pieces.indexOf(chat.string("eos")))
        .integer("tokenizer.ggml.eom_token_id", pieces.indexOf("<|result|>"))
        .integer("tokenizer.ggml.padding_token_id", pieces.indexOf("<|pad|>"))
        .flag("tokenizer.ggml.add_bos_token", false)
        .string("tokenizer.chat_template", template());
  }

  private static String template() throws IOException {
    try (InputStream in =
        PocketConverter.class.getResourceAsStream("/io/madeleine/pocket/pocket.jinja")) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks pocket.jinja: should not happen");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }

  private void tensor(Tensor tensor) {
    float[] numbers = Safetensors.numbers(tensor);
    if (tensor.name().endsWith("attn_q.weight")) {
      numbers = interleave(tensor, numbers, config.integer("n_head"));
    } else if (tensor.name().endsWith("attn_k.weight")) {
      numbers = interleave(tensor, numbers, config.integer("n_head_kv"));
    }
    ElementType stored = tensor.rows() == 1 ? ElementType.F32 : type;
    MemorySegment bytes = Blocks.quantise(stored, numbers);
    writer.tensor(tensor.name(), stored, tensor.rows(), tensor.columns(), () -> bytes);
  }

  /** Row {@code i} and row {@code i + half} of each head become neighbours. */
  private static float[] interleave(Tensor tensor, float[] numbers, int heads) {
    int columns = Math.toIntExact(tensor.columns());
    int headRows = Math.toIntExact(tensor.rows() / heads);
    var out = new float[numbers.length];
    IntStream.range(0, Math.toIntExact(tensor.rows()))
        .forEach(
            row -> {
              int within = row % headRows;
              int from = row - within + within / 2 + within % 2 * (headRows / 2);
              System.arraycopy(numbers, from * columns, out, row * columns, columns);
            });
    return out;
  }
}
