package io.madeleine.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.generation.TokenChance;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.token.Vocabulary.Kind;
import io.madeleine.engine.tokenizer.Tokenizers;
import io.madeleine.engine.tokenizer.Vocabularies;
import io.madeleine.server.openai.protocol.Wire.TokenProbability;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is told of tokens puts their answer together again. */
final class ProbabilitiesTest {

  private static final Tokenizer SENTENCE_PIECE =
      Tokenizers.of(
          Vocabularies.with(
              Vocabularies.sentencePiece(300, /* spaceFirst= */ true, 2),
              Kind.NORMAL,
              "▁The",
              "▁cat",
              "cat",
              "▁sat"),
          "llama",
          "");
  private static final Tokenizer BYTE_PAIR =
      Tokenizers.of(Vocabularies.bytePair("gpt-2", 50, 3), "gpt2", "gpt-2");

  @Test
  void of_piecesThatLeadWithASpace_keepAllButTheFirst() {
    int[] answer = ids("▁The", "▁cat", "▁sat", "<0x20>", "cat");

    List<TokenProbability> told = told(SENTENCE_PIECE, 0, answer);

    assertThat(told)
        .extracting(TokenProbability::token)
        .containsExactly("The", " cat", " sat", " ", "cat");
    assertThat(joined(told)).isEqualTo("The cat sat cat").isEqualTo(SENTENCE_PIECE.decode(answer));
  }

  @Test
  void of_characterInFourTokens_hasItsBytes() {
    List<TokenProbability> told =
        told(SENTENCE_PIECE, 0, ids("▁cat", "<0xF0>", "<0x9F>", "<0xA6>", "<0x9C>"));

    assertThat(told)
        .extracting(TokenProbability::bytes)
        .containsExactly(
            List.of(0x63, 0x61, 0x74), List.of(0xf0), List.of(0x9f), List.of(0xa6), List.of(0x9c));
    assertThat(joined(told)).isEqualTo("cat🦜");
  }

  @Test
  void of_bytePairs_joinToTheText() {
    String text = " The cat sat on 木 🦜 and purred.";

    assertThat(joined(told(BYTE_PAIR, 0, BYTE_PAIR.encode(text, false)))).isEqualTo(text);
  }

  @Test
  void of_likeliestOfAPlace_areToldApartByTheirSpaces() {
    int[] runs = ids("▁The", "cat", "▁cat", "▁cat", "cat", "▁cat");

    List<TokenProbability> told = told(SENTENCE_PIECE, 2, runs);

    assertThat(told).extracting(TokenProbability::token).containsExactly("The", " cat");
    assertThat(told.getFirst().likeliest())
        .as("where a text begins, the space of its first piece is no part of it")
        .extracting(TokenProbability::token)
        .containsExactly("cat", "cat");
    assertThat(told.getLast().likeliest())
        .extracting(TokenProbability::token)
        .containsExactly("cat", " cat");
  }

  @Test
  void of_inParts_goesOnWhereItWas() {
    var probabilities = new Probabilities(SENTENCE_PIECE.stream(), Set.of(), 0);

    assertThat(probabilities.of(chances(ids("▁The"))).getFirst().token()).isEqualTo("The");
    assertThat(probabilities.of(List.of())).isEmpty();
    assertThat(probabilities.of(chances(ids("▁cat"))).getFirst().token()).isEqualTo(" cat");
  }

  @Test
  void of_whatEndsTheAnswer_spellsNothing() {
    int[] answer = ids("▁cat", "<custom>", "</s>");
    var probabilities =
        new Probabilities(SENTENCE_PIECE.stream(), Set.of(ids("<custom>")[0]), /* likeliest= */ 0);

    assertThat(probabilities.of(chances(answer)))
        .extracting(TokenProbability::bytes)
        .containsExactly(List.of(0x63, 0x61, 0x74), List.of(), List.of());
  }

  @Test
  void of_notAskedFor_tellsNothing() {
    assertThat(told(SENTENCE_PIECE, -1, new int[0])).isEmpty();
  }

  private static List<TokenProbability> told(Tokenizer tokenizer, int likeliest, int[] ids) {
    return new Probabilities(tokenizer.stream(), Set.of(), likeliest).of(chances(ids));
  }

  private static List<TokenChance> chances(int[] ids) {
    return IntStream.of(ids).mapToObj(id -> new TokenChance(id, -1)).toList();
  }

  private static int[] ids(String... pieces) {
    return Arrays.stream(pieces)
        .mapToInt(piece -> SENTENCE_PIECE.vocabulary().pieces().indexOf(piece))
        .toArray();
  }

  private static String joined(List<TokenProbability> told) {
    var bytes = new ByteArrayOutputStream();
    told.forEach(each -> each.bytes().forEach(bytes::write));
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
