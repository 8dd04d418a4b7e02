package io.madeleine.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.token.Vocabulary.Kind;
import io.madeleine.engine.tokenizer.SpecialTokens.Occurrence;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SpecialTokensTest {

  private static final Vocabulary PLAIN = Vocabularies.bytePair("gpt-2", 50, 3);

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void in_anyText_takesWhatTheSlowTwinTakes(long seed) {
    var random = new SplittableRandom(seed);
    Vocabulary vocabulary = withTokens(random);
    String text = letters(random, random.nextInt(60));

    assertThat(new SpecialTokens(vocabulary).in(text, /* parseSpecial= */ true))
        .as(text)
        .isEqualTo(slowly(vocabulary, text));
  }

  private static Vocabulary withTokens(SplittableRandom random) {
    Vocabulary vocabulary = PLAIN;
    for (int i = random.nextInt(1, 12); i > 0; i--) {
      vocabulary =
          Vocabularies.with(
              vocabulary,
              random.nextBoolean() ? Kind.CONTROL : Kind.USER_DEFINED,
              letters(random, random.nextInt(1, 5)));
    }
    return vocabulary;
  }

  /** Of an alphabet so small that tokens overlap, repeat and stand in each other. */
  private static String letters(SplittableRandom random, int count) {
    var text = new StringBuilder();
    while (text.length() < count) {
      text.append(random.nextInt(3) == 0 ? "<>".charAt(random.nextInt(2)) : '\n');
    }
    return text.toString();
  }

  /** All that match anywhere, the longest first, then the lowest id, then the leftmost. */
  private static List<Occurrence> slowly(Vocabulary vocabulary, String text) {
    List<Occurrence> found = new ArrayList<>();
    for (int id = 0; id < vocabulary.size(); id++) {
      String piece = vocabulary.pieces().get(id);
      Kind kind = vocabulary.kinds().get(id);
      if (kind != Kind.CONTROL && kind != Kind.USER_DEFINED) {
        continue;
      }
      for (int at = text.indexOf(piece); at >= 0; at = text.indexOf(piece, at + 1)) {
        found.add(new Occurrence(at, at + piece.length(), id));
      }
    }
    found.sort(
        Comparator.comparingInt((Occurrence o) -> o.start() - o.end())
            .thenComparingInt(Occurrence::id)
            .thenComparingInt(Occurrence::start));
    List<Occurrence> taken = new ArrayList<>();
    for (Occurrence each : found) {
      if (taken.stream().noneMatch(o -> o.start() < each.end() && each.start() < o.end())) {
        taken.add(each);
      }
    }
    taken.sort(Comparator.comparingInt(Occurrence::start));
    return taken;
  }

  /** As in Gemma 3, which has a token for each run of up to 31 line ends, or of blanks. */
  @Test
  void in_whiteSpaceThatIsTokens_takesMemoryInProportionToTheText() {
    String[] runs =
        IntStream.rangeClosed(2, 31)
            .boxed()
            .flatMap(n -> List.of("\n".repeat(n), " ".repeat(n)).stream())
            .toArray(String[]::new);
    var tokens = new SpecialTokens(Vocabularies.with(PLAIN, Kind.USER_DEFINED, runs));
    int longest = 20_000;
    String text = "\n".repeat(31 * longest + 3) + " ".repeat(31 * longest + 2);

    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());

    List<Occurrence> found = tokens.in(text, /* parseSpecial= */ false);

    // All 30 tokens that begin at each character would be some 700 bytes.
    long after = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
    assertThat((after - before) / text.length()).isLessThan(150);
    List<Integer> lengths = found.stream().map(o -> o.end() - o.start()).toList();
    assertThat(lengths).hasSize(2 * longest + 2).contains(3, 2);
    assertThat(Collections.frequency(lengths, 31)).isEqualTo(2 * longest);
  }
}
