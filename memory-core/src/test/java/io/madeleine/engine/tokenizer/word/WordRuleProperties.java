package io.madeleine.engine.tokenizer.word;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.tokenizer.Texts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The scanners against their slow twin: the families' own patterns in java.util.regex. */
final class WordRuleProperties {
  private static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
  private static final String MODERN =
      "'[sStTmMdD]|'[rR][eE]|'[vV][eE]|'[lL][lL]|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}%s|"
          + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String SUFFIX = "(?:'[sStTmMdD]|'[rR][eE]|'[vV][eE]|'[lL][lL])?";
  private static final String CASED =
      "[^\\r\\n\\p{L}\\p{N}]?@U*@W+@S|[^\\r\\n\\p{L}\\p{N}]?@U+@W*@S|\\p{N}@N|"
          + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final Map<String, List<String>> PATTERNS =
      Map.of(
          "gpt-2", List.of(GPT2),
          "smollm", List.of("\\p{N}", GPT2),
          "llama-bpe", List.of(MODERN.formatted("{1,3}")),
          "smaug-bpe", List.of(MODERN.formatted("{1,3}")),
          "qwen2", List.of(MODERN.formatted("")),
          "tekken", List.of(cased("", "")),
          "gpt-4o", List.of(cased("{1,3}", SUFFIX)),
          "default", List.of("[\\p{P}$+<=>^~|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]"));

  private static String cased(String numbers, String suffix) {
    return CASED
        .replace("@N", numbers)
        .replace("@S", suffix)
        .replace("@U", UPPER)
        .replace("@W", LOWER);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void wordEnds_everyRule_cutsLikeItsPattern(long seed) {
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 10; i++) {
      String text = Texts.mixed(random, 30);
      PATTERNS.forEach(
          (name, patterns) ->
              assertThat(WordRule.named(name).words(text))
                  .as("%s on %s", name, text)
                  .isEqualTo(byRegex(text, patterns)));
    }
  }

  @Test
  void named_unknownName_saysWhichAreKnown() {
    assertThatThrownBy(() -> WordRule.named("klingon"))
        .hasMessageContaining("klingon")
        .hasMessageContaining("llama-bpe");
  }

  private static List<String> byRegex(String text, List<String> patterns) {
    List<String> words = text.isEmpty() ? List.of() : List.of(text);
    for (String pattern : patterns) {
      Pattern compiled = Pattern.compile(pattern, Pattern.UNICODE_CHARACTER_CLASS);
      words = words.stream().flatMap(w -> cut(w, compiled).stream()).toList();
    }
    return words;
  }

  private static List<String> cut(String text, Pattern pattern) {
    List<String> out = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    int at = 0;
    while (matcher.find()) {
      if (matcher.start() > at) {
        out.add(text.substring(at, matcher.start()));
      }
      out.add(matcher.group());
      at = matcher.end();
    }
    if (at < text.length()) {
      out.add(text.substring(at));
    }
    return out;
  }
}
