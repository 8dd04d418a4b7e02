package io.madeleine.engine.tokenizer.word;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How byte-level BPE cuts text into words before it merges: the patterns that {@code
 * tokenizer.ggml.pre} names. A rule is a list of scanners; each cuts the words of the one before
 * it.
 *
 * @param scanners at least one, the coarsest first
 * @param wholeWordFirst whether a word that is a piece is taken as it is, without merging
 */
public record WordRule(List<WordScanner> scanners, boolean wholeWordFirst) {

  private static final WordRule GPT2 = new WordRule(List.of(new Gpt2Words()), false);
  private static final WordRule DIGITS_THEN_GPT2 =
      new WordRule(List.of(WordScanner.singleNumbers(), new Gpt2Words()), false);
  private static final WordRule LLAMA3 = new WordRule(List.of(new ModernWords(3)), true);
  private static final WordRule LLAMA3_MERGING = new WordRule(List.of(new ModernWords(3)), false);
  private static final WordRule QWEN2 = new WordRule(List.of(new ModernWords(1)), false);
  private static final WordRule TEKKEN = new WordRule(List.of(new CasedWords(1, false)), true);
  private static final WordRule GPT4O = new WordRule(List.of(new CasedWords(3, true)), false);
  private static final WordRule DEFAULT =
      new WordRule(
          List.of(
              WordScanner.punctuation(),
              new Gpt2Words(),
              WordScanner.numbers(),
              WordScanner.threeDigits()),
          false);

  public WordRule {
    scanners = List.copyOf(scanners);
  }

  /**
   * {@return the rule that {@code tokenizer.ggml.pre} calls {@code name}}
   *
   * @throws IllegalArgumentException if it is none of those known
   */
  public static WordRule named(String name) {
    return switch (name) {
      case "gpt-2", "phi-2", "mpt", "olmo", "roberta-bpe", "jais", "trillion" -> GPT2;
      case "smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b" ->
          DIGITS_THEN_GPT2;
      case "llama-bpe", "llama3", "llama-v3", "falcon3" -> LLAMA3;
      case "dbrx", "smaug-bpe", "chatglm-bpe", "glm4" -> LLAMA3_MERGING;
      case "qwen2", "deepseek-r1-qwen", "stablelm2", "hunyuan", "megrez" -> QWEN2;
      case "tekken" -> TEKKEN;
      case "gpt-4o", "llama4" -> GPT4O;
      case "default", "" -> DEFAULT;
      default ->
          throw new IllegalArgumentException(
              """
              unknown pre-tokenizer '%s' (tokenizer.ggml.pre); known are gpt-2, smollm, llama-bpe, \
              smaug-bpe, qwen2, tekken, gpt-4o and default, and names that mean one of them\
              """
                  .formatted(name));
    };
  }

  /** {@return the ends of the words of {@code text}, ascending; the last one is its length} */
  public int[] wordEnds(int[] text) {
    int[] ends = {text.length};
    for (WordScanner scanner : scanners) {
      ends = cut(text, ends, scanner);
    }
    return ends;
  }

  private static int[] cut(int[] text, int[] ends, WordScanner scanner) {
    int[] cut = new int[Math.max(16, ends.length)];
    int count = 0;
    int at = 0;
    for (int end : ends) {
      while (at < end) {
        at = scanner.endOfWord(text, at, end);
        if (count == cut.length) {
          cut = Arrays.copyOf(cut, 2 * count);
        }
        cut[count++] = at;
      }
    }
    return Arrays.copyOf(cut, count);
  }

  /** {@return the words of {@code text}; for tests and logs} */
  public List<String> words(String text) {
    int[] points = text.codePoints().toArray();
    List<String> words = new ArrayList<>();
    int start = 0;
    for (int end : wordEnds(points)) {
      words.add(new String(points, start, end - start));
      start = end;
    }
    return words;
  }
}
