package io.madeleine.evaluation.bench;

import io.madeleine.engine.gguf.GgufWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A vocabulary of any size without a text behind it: the 256 bytes, then every piece with every
 * byte behind it, shortest first, each with the byte-pair merge that makes it.
 */
final class MadeUpWords {

  static final List<String> SPECIALS = List.of("<|im_start|>", "<|im_end|>", "<|pad|>");

  private static final int BYTES = 256;

  /** The smallest vocabulary. */
  static final int FEWEST = BYTES + SPECIALS.size();

  private static final int NORMAL = 1;
  private static final int CONTROL = 3;

  private static final String CHAT_TEMPLATE =
      """
      {%- for message in messages -%}
      {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' -}}
      {%- endfor -%}
      {%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}\
      """;

  private MadeUpWords() {}

  /**
   * Writes what a tokenizer is read from.
   *
   * @param size at least {@link #FEWEST}
   */
  static void write(GgufWriter writer, int size) {
    List<String> letters = byteLetters();
    var pieces = new ArrayList<>(letters);
    var merges = new ArrayList<String>();
    int specials = size - SPECIALS.size();
    for (int piece = 0; pieces.size() < specials; piece++) {
      for (int b = 0; b < BYTES && pieces.size() < specials; b++) {
        merges.add(pieces.get(piece) + " " + letters.get(b));
        pieces.add(pieces.get(piece) + letters.get(b));
      }
    }
    pieces.addAll(SPECIALS);
    var kinds = new ArrayList<>(Collections.nCopies(specials, NORMAL));
    kinds.addAll(Collections.nCopies(SPECIALS.size(), CONTROL));
    writer
        .string("tokenizer.ggml.model", "gpt2")
        .string("tokenizer.ggml.pre", "llama-bpe")
        .strings("tokenizer.ggml.tokens", pieces)
        .integers("tokenizer.ggml.token_type", kinds)
        .strings("tokenizer.ggml.merges", merges)
        .integer("tokenizer.ggml.bos_token_id", specials)
        .integer("tokenizer.ggml.eos_token_id", specials + 1)
        .integer("tokenizer.ggml.padding_token_id", specials + 2)
        .flag("tokenizer.ggml.add_bos_token", false)
        .string("tokenizer.chat_template", CHAT_TEMPLATE);
  }

  /** The 256 letters that stand for bytes in byte-level BPE, in the order of the bytes. */
  private static List<String> byteLetters() {
    var letters = new ArrayList<String>();
    int next = BYTES;
    for (int b = 0; b < BYTES; b++) {
      boolean printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
      letters.add(Character.toString(printable ? b : next++));
    }
    return letters;
  }
}
