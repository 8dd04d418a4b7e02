package io.madeleine.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.tokenizer.Texts;
import io.madeleine.engine.tokenizer.Tokenizers;
import io.madeleine.engine.tokenizer.Vocabularies;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class GenerationTest {
  private static final Tokenizer TOKENIZER =
      Tokenizers.of(Vocabularies.bytePair("gpt-2", 200, 3), "gpt2", "gpt-2");
  private static final int END = 1;

  private final CancelToken cancel = new CancelToken();

  /** Logits under which greedy takes {@code token}. */
  private static float[] wanting(int token) {
    float[] logits = new float[TOKENIZER.vocabulary().size()];
    logits[token] = 10;
    return logits;
  }

  private record Run(String text, List<String> pieces, Advance last, Generation generation) {}

  /** Has a greedy generation say {@code tokens}, then the end. */
  private Run run(int[] tokens, StopRule stop) {
    var options = GenerationOptions.of(SamplingOptions.GREEDY, stop);
    var generation = new Generation(TOKENIZER, new int[] {0}, options, cancel);
    int[] at = {0};
    List<String> pieces = new ArrayList<>();
    Advance last =
        new Generator(token -> wanting(++at[0] < tokens.length ? tokens[at[0]] : END))
            .run(generation, wanting(tokens[0]), step -> pieces.add(step.text()));
    return new Run(String.join("", pieces), pieces, last, generation);
  }

  @Test
  void run_stopId_endsTheAnswerAndIsNoPartOfIt() {
    int[] tokens = TOKENIZER.encode("Hello world", false);

    Run run = run(tokens, StopRule.at(END, 100));

    assertThat(run.text()).isEqualTo("Hello world");
    assertThat(run.last().finished()).contains(FinishReason.END);
    assertThat(run.generation().tokens()).isEqualTo(tokens);
    assertThat(run.generation().stopToken()).hasValue(END);
    assertThat(run.generation().usage(1)).isEqualTo(new Usage(1, 1, tokens.length));
  }

  @Test
  void run_maxTokens_endsWithTheLastTokensText() {
    Run run = run(TOKENIZER.encode("abcdefgh", false), new StopRule(Set.of(END), List.of(), 3));

    assertThat(run.last().finished()).contains(FinishReason.LENGTH);
    assertThat(run.generation().tokens()).hasSize(3);
    assertThat(run.text()).isEqualTo(TOKENIZER.decode(run.generation().tokens()));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void run_stopTextAcrossTokens_isCutExactly(long seed) {
    var random = new SplittableRandom(seed);
    String text = Texts.mixed(random, 12) + "…" + Texts.mixed(random, 12);
    int start = text.offsetByCodePoints(0, random.nextInt(text.codePointCount(0, text.length())));
    int points = text.codePointCount(start, text.length());
    String stop =
        text.substring(start, text.offsetByCodePoints(start, random.nextInt(1, points + 1)));
    String decoy = stop + "never";

    Run run =
        run(TOKENIZER.encode(text, false), new StopRule(Set.of(END), List.of(stop, decoy), 10_000));

    assertThat(run.text()).isEqualTo(text.substring(0, text.indexOf(stop)));
    assertThat(run.last().finished()).contains(FinishReason.STOP_TEXT);
  }

  @Test
  void run_stopTextThatOnlyBegins_comesOutAtTheEnd() {
    Run run =
        run(TOKENIZER.encode("a STO", false), new StopRule(Set.of(END), List.of("STOP"), 100));

    assertThat(run.text()).isEqualTo("a STO");
  }

  @Test
  void run_anEmoji_neverComesInHalves() {
    Run run = run(TOKENIZER.encode("a🦉b", false), StopRule.at(END, 100));

    assertThat(run.pieces()).noneMatch(p -> p.contains("\uFFFD"));
    assertThat(run.text()).isEqualTo("a🦉b");
  }

  @Test
  void accept_afterCancel_endsBeforeTheNextToken() {
    var generation =
        new Generation(
            TOKENIZER,
            new int[0],
            GenerationOptions.of(SamplingOptions.GREEDY, StopRule.at(END, 100)),
            cancel);
    generation.accept(wanting(300));
    cancel.cancel();

    assertThat(generation.accept(wanting(301)).finished()).contains(FinishReason.CANCELLED);
    assertThat(generation.tokens()).containsExactly(300);
    assertThatThrownBy(() -> generation.accept(wanting(302)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void accept_repetitionPenalty_looksBackAWindow() {
    var options =
        SamplingOptions.builder().temperature(0).repetitionPenalty(3).repetitionWindow(2).build();
    var generation =
        new Generation(
            TOKENIZER, new int[] {5}, GenerationOptions.of(options, StopRule.at(END, 100)), cancel);
    float[] logits = new float[TOKENIZER.vocabulary().size()];
    logits[5] = 3;
    logits[6] = 2;
    logits[7] = 1.5f;
    List<Integer> chosen = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      chosen.add(generation.accept(logits).next().orElseThrow());
    }

    assertThat(chosen).containsExactly(6, 7, 5, 6);
    assertThat(logits[5]).isEqualTo(3);
  }

  @Test
  void accept_chancesAsked_areNaturalLogarithms() {
    var options =
        new GenerationOptions(
            SamplingOptions.GREEDY,
            StopRule.at(END, 9),
            Optional.empty(),
            2,
            id -> false,
            Set.of());
    var generation = new Generation(TOKENIZER, new int[0], options, cancel);
    float[] logits = new float[TOKENIZER.vocabulary().size()];
    java.util.Arrays.fill(logits, Float.NEGATIVE_INFINITY);
    logits[5] = (float) Math.log(.75);
    logits[9] = (float) Math.log(.25);

    List<TokenChance> chances = generation.accept(logits).chances();

    assertThat(chances).extracting(TokenChance::token).containsExactly(5, 5, 9);
    assertThat(chances.get(2).logProbability()).isCloseTo(Math.log(.25), within(1e-6));
  }

  @Test
  void accept_mask_closesEverythingElse() {
    TokenMask two =
        new TokenMask() {
          private int left = 2;

          @Override
          public TokenSet allowed() {
            return TokenSet.of(400, id -> left > 0 && id == 300 + left);
          }

          @Override
          public boolean mayEnd() {
            return left == 0;
          }

          @Override
          public void accept(int token) {
            left--;
          }
        };
    var options =
        new GenerationOptions(
            SamplingOptions.GREEDY,
            StopRule.at(END, 9),
            Optional.of(two),
            -1,
            id -> false,
            Set.of());
    var generation = new Generation(TOKENIZER, new int[0], options, cancel);

    assertThat(generation.accept(wanting(END)).next()).hasValue(302);
    assertThat(generation.accept(wanting(END)).next()).hasValue(301);
    assertThat(generation.accept(wanting(5)).finished()).contains(FinishReason.END);
  }

  @Test
  void accept_never_isNotChosenThoughItWereLikeliest() {
    var options =
        new GenerationOptions(
            SamplingOptions.GREEDY,
            StopRule.at(END, 9),
            Optional.empty(),
            -1,
            id -> false,
            Set.of(300));
    var generation = new Generation(TOKENIZER, new int[0], options, cancel);
    float[] logits = wanting(300);
    logits[7] = 1;

    assertThat(generation.accept(logits).next()).hasValue(7);
  }
}
