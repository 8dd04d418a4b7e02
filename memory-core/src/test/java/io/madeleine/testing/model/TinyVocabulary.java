package io.madeleine.testing.model;

import io.madeleine.engine.gguf.GgufWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Small vocabularies of our own, in the two kinds that models use. */
public enum TinyVocabulary {
  /** Byte-level byte pairs, as Llama 3 and Qwen have: 256 bytes, merges, specials. */
  BYTE_PAIRS {
    @Override
    List<String> write(GgufWriter writer, String preTokenizer) {
      var pieces = new ArrayList<>(byteLetters());
      var merges = new ArrayList<String>();
      merge(pieces, merges);
      var kinds = new ArrayList<>(Collections.nCopies(pieces.size(), NORMAL));
      int specials = pieces.size();
      pieces.addAll(SPECIALS);
      kinds.addAll(Collections.nCopies(SPECIALS.size(), CONTROL));
      writer
          .string("tokenizer.ggml.model", "gpt2")
          .string("tokenizer.ggml.pre", preTokenizer)
          .strings("tokenizer.ggml.tokens", pieces)
          .integers("tokenizer.ggml.token_type", kinds)
          .strings("tokenizer.ggml.merges", merges)
          .integer("tokenizer.ggml.bos_token_id", specials)
          .integer("tokenizer.ggml.eos_token_id", specials + 2)
          .integer("tokenizer.ggml.padding_token_id", specials + 3)
          .flag("tokenizer.ggml.add_bos_token", false);
      return pieces;
    }
  },

  /** SentencePiece with scores and byte fallback, as Llama 2 and Gemma have. */
  SENTENCE_PIECE {
    @Override
    List<String> write(GgufWriter writer, String preTokenizer) {
      var pieces = new LinkedHashMap<String, Integer>();
      pieces.put("<unk>", UNKNOWN);
      pieces.put("<s>", CONTROL);
      pieces.put("</s>", CONTROL);
      for (int b = 0; b < 256; b++) {
        pieces.put("<0x%02X>".formatted(b), BYTE);
      }
      SPECIALS.forEach(special -> pieces.put(special, CONTROL));
      int firstNormal = pieces.size();
      WORDS.forEach(word -> prefixes("▁" + word).forEach(p -> pieces.putIfAbsent(p, NORMAL)));
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,!?'-:\n"
          .chars()
          .forEach(c -> pieces.putIfAbsent(Character.toString(c), NORMAL));
      var scores = new ArrayList<Float>();
      int i = 0;
      for (String piece : pieces.keySet()) {
        scores.add(i < firstNormal ? 0f : piece.length() - 100f - i / 1000f);
        i++;
      }
      writer
          .string("tokenizer.ggml.model", "llama")
          .string("tokenizer.ggml.pre", "default")
          .strings("tokenizer.ggml.tokens", List.copyOf(pieces.keySet()))
          .numbers("tokenizer.ggml.scores", scores)
          .integers("tokenizer.ggml.token_type", List.copyOf(pieces.values()))
          .integer("tokenizer.ggml.bos_token_id", 1)
          .integer("tokenizer.ggml.eos_token_id", 2)
          .integer("tokenizer.ggml.unknown_token_id", 0)
          .flag("tokenizer.ggml.add_bos_token", true)
          .flag("tokenizer.ggml.add_eos_token", false);
      return List.copyOf(pieces.keySet());
    }
  };

  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int BYTE = 6;

  private static final List<String> SPECIALS =
      List.of("<|begin|>", "<|im_start|>", "<|im_end|>", "<|pad|>", "<|tool|>");

  private static final List<String> WORDS =
      List.of(
          "the",
          "and",
          "that",
          "have",
          "with",
          "this",
          "from",
          "they",
          "would",
          "there",
          "their",
          "what",
          "about",
          "which",
          "when",
          "people",
          "remember",
          "memory",
          "episode",
          "user",
          "assistant",
          "system",
          "sister",
          "lives",
          "where",
          "hello",
          "world",
          "train",
          "Thursday");

  /** Writes the tokenizer's keys and {@return the pieces by id}. */
  abstract List<String> write(GgufWriter writer, String preTokenizer);

  private static List<String> prefixes(String word) {
    return IntStream.rangeClosed(1, word.length()).mapToObj(end -> word.substring(0, end)).toList();
  }

  /** The 256 letters that stand for bytes, in the order of the bytes. */
  private static List<String> byteLetters() {
    var letters = new ArrayList<String>();
    int next = 256;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
      letters.add(Character.toString(printable ? b : next++));
    }
    return letters;
  }

  /** Merges the words from left to right, so that each prefix becomes a piece. */
  private static void merge(List<String> pieces, List<String> merges) {
    Map<String, Boolean> known = new HashMap<>();
    for (String word : WORDS) {
      String spelled = "Ġ" + word;
      for (int end = 2; end <= spelled.length(); end++) {
        String piece = spelled.substring(0, end);
        if (known.put(piece, true) == null) {
          pieces.add(piece);
          merges.add(spelled.substring(0, end - 1) + " " + spelled.charAt(end - 1));
        }
      }
    }
  }
}
