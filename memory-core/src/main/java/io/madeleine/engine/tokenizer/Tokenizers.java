package io.madeleine.engine.tokenizer;

import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.tokenizer.word.WordRule;

/** Makes the tokenizer that a model file asks for. */
public final class Tokenizers {
  private Tokenizers() {}

  /**
   * {@return the tokenizer for {@code vocabulary}}
   *
   * @param vocabulary pieces, kinds, and either merges or scores
   * @param model {@code tokenizer.ggml.model}: {@code gpt2} (byte-level BPE) or {@code llama}
   *     (SentencePiece)
   * @param pre {@code tokenizer.ggml.pre}: how byte-level BPE cuts text into words; not read for
   *     SentencePiece
   * @throws IllegalArgumentException if {@code model} or {@code pre} is unknown, with those known
   */
  public static Tokenizer of(Vocabulary vocabulary, String model, String pre) {
    return switch (model) {
      case "gpt2" -> new BytePairTokenizer(vocabulary, WordRule.named(pre));
      case "llama" -> new SentencePieceTokenizer(vocabulary);
      default ->
          throw new IllegalArgumentException(
              "unknown tokenizer model '%s' (tokenizer.ggml.model); known are gpt2 and llama"
                  .formatted(model));
    };
  }
}
