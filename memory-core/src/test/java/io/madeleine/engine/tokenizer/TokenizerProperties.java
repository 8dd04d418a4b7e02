package io.madeleine.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.token.Vocabulary.Kind;
import io.madeleine.engine.tokenizer.word.WordRule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every tokenizer must hold, and each against a twin that merges by looking everywhere. */
final class TokenizerProperties {
  private static final Vocabulary BYTE_PAIR = Vocabularies.bytePair("qwen2", 600, 1);
  private static final Vocabulary SENTENCE_PIECE = Vocabularies.sentencePiece(3_000, 2);

  private final Tokenizer bytePair = Tokenizers.of(BYTE_PAIR, "gpt2", "qwen2");
  private final Tokenizer sentencePiece = Tokenizers.of(SENTENCE_PIECE, "llama", "");

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void decode_whatWasEncoded_givesTheTextBack(long seed) {
    String text = Texts.mixed(new SplittableRandom(seed), 60);

    assertThat(bytePair.decode(bytePair.encode(text, false))).isEqualTo(text);
    if (!text.contains("▁")) {
      assertThat(sentencePiece.decode(sentencePiece.encode(text, false))).isEqualTo(text);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void encode_plainText_namesNoControlToken(long seed) {
    String text = Texts.mixed(new SplittableRandom(seed), 60);

    for (Tokenizer tokenizer : List.of(bytePair, sentencePiece)) {
      for (int id : tokenizer.encode(text, false)) {
        assertThat(tokenizer.vocabulary().kinds().get(id)).isNotEqualTo(Kind.CONTROL);
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#few")
  void encode_word_mergesLikeTheSlowTwin(long seed) {
    var random = new SplittableRandom(seed);
    String text = Texts.mixed(random, 40).replace("<", "").replace("▁", "");

    assertThat(bytePair.encode(text, false)).containsExactly(slowBytePair(text));
    assertThat(sentencePiece.encode(text, false)).containsExactly(slowSentencePiece(text));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void stream_oneIdAtATime_equalsDecode(long seed) {
    var random = new SplittableRandom(seed);
    int[] ids = random.ints(random.nextInt(1, 200), 0, BYTE_PAIR.size()).toArray();

    var stream = bytePair.stream();
    var text = new StringBuilder();
    var bytes = new java.io.ByteArrayOutputStream();
    for (int id : ids) {
      String piece = stream.next(id);
      assertThat(piece.codePoints()).allMatch(c -> c < 0xD800 || c > 0xDFFF);
      text.append(piece);
      bytes.writeBytes(bytePair.bytes(id));
    }
    text.append(stream.finish());
    assertThat(text.toString()).isEqualTo(bytes.toString(StandardCharsets.UTF_8));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void streamBytes_joined_areTheText(long seed) {
    String text = Texts.mixed(new SplittableRandom(seed), 60).replace("▁", "");

    for (Tokenizer tokenizer : List.of(bytePair, sentencePiece)) {
      var stream = tokenizer.stream();
      var bytes = new java.io.ByteArrayOutputStream();
      for (int id : tokenizer.encode(text, false)) {
        bytes.writeBytes(stream.bytes(id));
        assertThat(stream.bytes(id)).as("looking takes nothing").isEqualTo(stream.bytes(id));
        stream.next(id);
      }
      assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo(text);
    }
  }

  private static int[] slowBytePair(String text) {
    List<Integer> ids = new ArrayList<>();
    var alphabet = new ByteAlphabet();
    for (String word : WordRule.named("qwen2").words(text)) {
      List<String> symbols = new ArrayList<>();
      for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
        symbols.add(String.valueOf(alphabet.letter(b & 0xFF)));
      }
      for (int best = 0; best >= 0; ) {
        best = -1;
        int bestRank = Integer.MAX_VALUE;
        for (int i = 0; i + 1 < symbols.size(); i++) {
          int rank = BYTE_PAIR.merges().indexOf(symbols.get(i) + " " + symbols.get(i + 1));
          if (rank >= 0 && rank < bestRank) {
            best = i;
            bestRank = rank;
          }
        }
        if (best >= 0) {
          symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
        }
      }
      symbols.forEach(s -> ids.add(BYTE_PAIR.pieces().indexOf(s)));
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int[] slowSentencePiece(String text) {
    List<String> symbols = new ArrayList<>();
    if (!text.isEmpty()) {
      (" " + text).replace(' ', '▁').codePoints().forEach(c -> symbols.add(Character.toString(c)));
    }
    for (int best = 0; best >= 0; ) {
      best = -1;
      float bestScore = Float.NEGATIVE_INFINITY;
      for (int i = 0; i + 1 < symbols.size(); i++) {
        int id = piece(symbols.get(i) + symbols.get(i + 1));
        if (id >= 0 && SENTENCE_PIECE.scores().get(id) > bestScore) {
          best = i;
          bestScore = SENTENCE_PIECE.scores().get(id);
        }
      }
      if (best >= 0) {
        symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
      }
    }
    List<Integer> ids = new ArrayList<>();
    for (String symbol : symbols) {
      if (piece(symbol) >= 0) {
        ids.add(piece(symbol));
      } else {
        for (byte b : symbol.getBytes(StandardCharsets.UTF_8)) {
          ids.add(3 + (b & 0xFF));
        }
      }
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int piece(String text) {
    int id = SENTENCE_PIECE.pieces().indexOf(text);
    return id >= 259 ? id : -1;
  }
}
