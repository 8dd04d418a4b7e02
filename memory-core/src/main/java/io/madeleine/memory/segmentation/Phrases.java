package io.madeleine.memory.segmentation;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The few words that say what a turn does rather than what it is about. English; in other languages
 * nothing matches and the other signals decide.
 */
final class Phrases {
  private Phrases() {}

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}']+");

  /** Kinds of words looked for among the first two of a turn. */
  static final List<Set<String>> OPENERS =
      List.of(
          words("hi hello hey greetings morning evening"),
          words("yes yeah yep sure yup correct right ok okay absolutely definitely"),
          words("no nope not nothing"),
          words("thanks thank appreciate cheers"),
          words("also another additionally addition besides else"),
          words("bye goodbye welcome enjoy later"),
          words("it that this they them those these there he she its their one"),
          words("what where when why how which who"),
          words("is are do does did can could will would should may have has am was were if"),
          words("need want looking would like help find looking book check tell"));

  static final List<String> OPENER_NAMES =
      List.of(
          "hello", "yes", "no", "thanks", "also", "goodbye", "back", "what", "auxiliary", "want");

  static final Set<String> FIRST_PERSON = words("i i'm my me");

  /** Kinds of words looked for anywhere in a turn. */
  static final List<Set<String>> ANYWHERE =
      List.of(
          OPENERS.get(3),
          OPENERS.get(4),
          OPENERS.get(6),
          OPENERS.get(7),
          OPENERS.get(9),
          words("you your you're"),
          FIRST_PERSON);

  static final List<String> ANYWHERE_NAMES =
      List.of("thanks", "also", "back", "what", "want", "you", "me");

  private static final Set<String> FUNCTION_WORDS =
      words(
          """
          a an the and or but if then so of to in on at by for from with without about as is are was
          were be been being am i i'm i'll i've i'd you you're your yours he she it its it's we they
          them their his her our us me my mine this that these those there here what which who whom
          whose when where why how do does did doing done have has had having can could will would
          shall should may might must not no yes ok okay please thank thanks just also too very
          really more most some any all each every other another such only own same than up down out
          off over under again further once get got go going know like want need let s t don't d m re
          ve ll oh well yeah sure right good great nice hi hello hey
          """);

  private static final List<String> ENDINGS = List.of("ing", "ed", "es", "s");

  private static Set<String> words(String spaced) {
    return Set.copyOf(List.of(spaced.strip().split("\\s+")));
  }

  static List<String> split(String text) {
    return WORD.matcher(text.toLowerCase(Locale.ROOT).replace('’', '\''))
        .results()
        .map(found -> found.group())
        .toList();
  }

  /** {@return whether the word says what a text is about} */
  static boolean isContent(String word) {
    return word.length() > 1 && !FUNCTION_WORDS.contains(word);
  }

  /** {@return the word without a plural or verb ending, so that "hotels" meets "hotel"} */
  static String stem(String word) {
    String bare = word.replace("'s", "");
    for (String ending : ENDINGS) {
      if (bare.endsWith(ending) && bare.length() - ending.length() >= 3) {
        return bare.substring(0, bare.length() - ending.length());
      }
    }
    return bare;
  }
}
