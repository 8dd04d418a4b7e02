package io.madeleine.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.token.Vocabulary;
import org.junit.jupiter.api.Test;

final class TokenizersTest {
  private final Vocabulary vocabulary = Vocabularies.bytePair("gpt-2", 50, 3);
  private final Tokenizer tokenizer = Tokenizers.of(vocabulary, "gpt2", "gpt-2");

  @Test
  void of_unknownModel_namesTheKnown() {
    assertThatThrownBy(() -> Tokenizers.of(vocabulary, "wordpiece", ""))
        .hasMessageContaining("wordpiece")
        .hasMessageContaining("gpt2 and llama");
  }

  @Test
  void encode_specialAsked_isOneToken() {
    int id = vocabulary.pieces().indexOf("<|im_start|>");

    assertThat(tokenizer.encode("<|im_start|>", true)).containsExactly(id);
    assertThat(tokenizer.encode("<|im_start|>", false)).doesNotContain(id);
  }

  @Test
  void encode_userDefined_isAlwaysOneToken() {
    assertThat(tokenizer.encode("<custom>", false))
        .containsExactly(vocabulary.pieces().indexOf("<custom>"));
  }

  @Test
  void decode_controlToken_isLeftOut() {
    assertThat(tokenizer.decode(tokenizer.encode("a<|im_end|>b", true))).isEqualTo("ab");
  }

  @Test
  void encode_loneSurrogate_becomesTheReplacementCharacter() {
    assertThat(tokenizer.decode(tokenizer.encode("a\uD800b", false))).isEqualTo("a\uFFFDb");
  }

  @Test
  void stream_emojiInFourTokens_comesWhole() {
    var stream = tokenizer.stream();
    int[] ids = tokenizer.encode("🦉", false);

    for (int i = 0; i < ids.length - 1; i++) {
      assertThat(stream.next(ids[i])).isEmpty();
    }
    assertThat(stream.next(ids[ids.length - 1])).isEqualTo("🦉");
  }

  @Test
  void stream_unfinishedCharacter_isReplacedAtTheEnd() {
    var stream = tokenizer.stream();
    stream.next(tokenizer.encode("🦉", false)[0]);

    assertThat(stream.finish()).isEqualTo("\uFFFD");
  }

  @Test
  void merge_oneLongWord_costsStepsInProportion() {
    PairMerger.Pairs everythingMerges = (start, middle, end) -> end - start;
    var small = new PairMerger(50_000, everythingMerges);
    var large = new PairMerger(500_000, everythingMerges);
    small.merge();
    large.merge();

    assertThat((double) large.steps() / small.steps()).isBetween(9.0, 11.0);
    assertThat(large.steps()).isLessThan(3L * 500_000);
  }

  @Test
  void encode_aMegabyteWithoutASpace_ends() {
    int[] ids = tokenizer.encode("aB".repeat(500_000), false);

    assertThat(ids).hasSizeBetween(1, 1_000_000);
  }
}
