package io.madeleine.engine.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.tokenizer.Texts;
import io.madeleine.engine.tokenizer.Vocabularies;
import io.madeleine.testing.model.WordsFile;
import io.madeleine.testing.oracle.LlamaCpp;
import io.madeleine.testing.oracle.Oracle;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same ids as llama.cpp, text by text, special tokens parsed and not. */
final class TokenizerOracleTest {
  private static final int TEXTS = Integer.getInteger("texts", 1_000);

  private static final int[] NO_BEGINNING = {0x80, 0x9F, 0xBF, 0xF8, 0xFC, 0xFE, 0xFF};

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt-2",
        "smollm",
        "llama-bpe",
        "smaug-bpe",
        "qwen2",
        "tekken",
        "gpt-4o",
        "default"
      })
  void encode_bytePairs_givesLlamaCppsIds(String pre) {
    compare(Vocabularies.bytePair(pre, 500, 11), "gpt2", pre);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void encode_sentencePieces_givesLlamaCppsIds(boolean spaceFirst) {
    compare(Vocabularies.sentencePiece(3_000, spaceFirst, 12), "llama", "default");
  }

  @Test
  void encode_phi3_leavesOutWhiteSpaceBehindSpecialTokensAsLlamaCppDoes() {
    Oracle.assumePresent();
    Vocabulary phi3 =
        Vocabularies.with(
            Vocabularies.sentencePiece(500, true, 12),
            Vocabulary.Kind.CONTROL,
            "<|user|>",
            "<|end|>",
            "<|endoftext|>");
    Path path = WordsFile.write(folder.resolve("words.gguf"), phi3, "llama", "x", "Phi-3 Mini");
    try (GgufFile file = GgufFile.open(path);
        LlamaCpp oracle = LlamaCpp.load(path, LlamaCpp.Options.exact(64))) {
      Tokenizer tokenizer = ModelText.of(file, Clock.systemUTC()).tokenizer();
      var parts = List.of("<|user|>", "<|end|>", "<|endoftext|>", "<s>", "<custom>", "</s>", "é");
      var spaces = List.of("", " ", "\n", "\t \n", "hello", " a");
      var random = new SplittableRandom(3);
      for (int i = 0; i < TEXTS; i++) {
        var text = new StringBuilder();
        for (int part = 0; part < 6; part++) {
          text.append(parts.get(random.nextInt(parts.size())));
          text.append(spaces.get(random.nextInt(spaces.size())));
          text.append(spaces.get(random.nextInt(spaces.size())));
        }
        assertThat(tokenizer.encode(text.toString(), true))
            .as("'%s'", text)
            .isEqualTo(oracle.tokenize(text.toString(), /* addSpecial= */ false, true));
      }
      assertThat(tokenizer.encode("<|user|>\nhello", true))
          .isEqualTo(tokenizer.encode("<|user|>hello", true));
    }
  }

  private void compare(Vocabulary vocabulary, String model, String pre) {
    Oracle.assumePresent();
    Path path = WordsFile.write(folder.resolve("words.gguf"), vocabulary, model, pre);
    try (GgufFile file = GgufFile.open(path);
        LlamaCpp oracle = LlamaCpp.load(path, LlamaCpp.Options.exact(64))) {
      Tokenizer tokenizer = ModelText.of(file, Clock.systemUTC()).tokenizer();
      var random = new SplittableRandom(pre.hashCode());
      for (int i = 0; i < TEXTS; i++) {
        String mixed = text(random, pre);
        for (boolean special : new boolean[] {true, false}) {
          String text = model.equals("gpt2") ? mixed : withoutPieces(mixed, special);
          assertThat(tokenizer.encode(text, special))
              .as("%s, special %s: '%s'", pre, special, text)
              .isEqualTo(oracle.tokenize(text, /* addSpecial= */ false, special));
        }
      }
    }
  }

  /** Bytes that are no text reach us as U+FFFD, one for each; llama.cpp reads them so itself. */
  @ParameterizedTest
  @ValueSource(strings = {"gpt-2", "smollm", "llama-bpe", "qwen2", "tekken", "gpt-4o"})
  void encode_bytesThatAreNoUtf8_givesLlamaCppsIds(String pre) {
    Oracle.assumePresent();
    Vocabulary vocabulary = Vocabularies.bytePair(pre, 500, 11);
    Path path = WordsFile.write(folder.resolve("words.gguf"), vocabulary, "gpt2", pre);
    try (GgufFile file = GgufFile.open(path);
        LlamaCpp oracle = LlamaCpp.load(path, LlamaCpp.Options.exact(64))) {
      Tokenizer tokenizer = ModelText.of(file, Clock.systemUTC()).tokenizer();
      var random = new SplittableRandom(pre.hashCode());
      for (int i = 0; i < TEXTS / 5; i++) {
        byte[] bytes = spoiled(random, text(random, pre));
        String text = new String(bytes, StandardCharsets.UTF_8);
        assertThat(tokenizer.encode(text, false))
            .as("%s: '%s'", pre, text)
            .isEqualTo(oracle.tokenize(bytes, /* addSpecial= */ false, /* parseSpecial= */ false));
      }
    }
  }

  /** Bytes that begin nothing, among the characters of a text. */
  private static byte[] spoiled(SplittableRandom random, String text) {
    var bytes = new ByteArrayOutputStream();
    text.codePoints()
        .forEach(
            point -> {
              if (random.nextInt(4) == 0) {
                bytes.write(NO_BEGINNING[random.nextInt(NO_BEGINNING.length)]);
              }
              bytes.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
            });
    return bytes.toByteArray();
  }

  /**
   * llama.cpp merges the plain text of a SentencePiece control token or byte piece into the token
   * itself, which ours never does: it would let a person end a turn.
   */
  private static String withoutPieces(String text, boolean special) {
    String plain = text.replace("<0x0A>", "");
    return special ? plain : plain.replaceAll("</?s>|<unk>", "");
  }

  /** Letters, digits and marks that Unicode 16 added: the JDK knows them, llama.cpp not yet. */
  private static final int[][] SINCE_UNICODE_16 = {
    {0x0897, 0x0897},
    {0x1B4E, 0x1B4F},
    {0x1B7F, 0x1B7F},
    {0x1C89, 0x1C8A},
    {0xA7CB, 0xA7CD},
    {0xA7DA, 0xA7DC},
    {0x10EC2, 0x10EC4},
    {0x10EFC, 0x10EFC},
    {0x105C0, 0x105FF},
    {0x10D40, 0x10D8F},
    {0x11380, 0x113FF},
    {0x116D0, 0x116FF},
    {0x11BC0, 0x11BFF},
    {0x13460, 0x143FF},
    {0x16100, 0x1613F},
    {0x16D40, 0x16D7F},
    {0x1CC00, 0x1CEBF},
    {0x1E5D0, 0x1E5FF}
  };

  private static boolean knownToBoth(int point) {
    return Arrays.stream(SINCE_UNICODE_16)
        .noneMatch(block -> block[0] <= point && point <= block[1]);
  }

  /**
   * Where capitals matter llama.cpp knows those of ASCII alone and no combining marks, and so
   * deviates from the families' own tokenizers; there we follow those.
   */
  private static String text(SplittableRandom random, String pre) {
    boolean capitalsMatter = pre.equals("tekken") || pre.equals("gpt-4o");
    return Texts.mixed(random, 24)
        .codePoints()
        .filter(TokenizerOracleTest::knownToBoth)
        .filter(c -> c < 0x80 || !capitalsMatter || !isCasedOrMark(c))
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static boolean isCasedOrMark(int point) {
    return switch (Character.getType(point)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.COMBINING_SPACING_MARK ->
          true;
      default -> false;
    };
  }
}
