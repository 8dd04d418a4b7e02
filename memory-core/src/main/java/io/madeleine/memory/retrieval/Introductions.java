package io.madeleine.memory.retrieval;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Who "my sister" is. A question may call somebody by what they are to the asker, while all that
 * was told of them was told by name; one turn joins the two ("Mara is my sister"). This reads such
 * turns. It knows English only, and knows nothing but what stands in one sentence, side by side.
 */
final class Introductions {

  private static final int LONGEST_RELATION = 3;
  private static final int MOST_RELATIONS = 3;
  private static final int LOOKED_INTO = 2_000;

  private static final Pattern OWNED =
      Pattern.compile("\\b(?:my|our)((?:\\s+[\\p{L}-]{1,40}){1,3})", Pattern.CASE_INSENSITIVE);

  /** A capital letter begins it; two or three of them are one name. */
  private static final String NAME =
      "(?<![\\p{L}-])(?<name>\\p{Lu}[\\p{L}\\p{M}-]{0,40}(?: \\p{Lu}[\\p{L}\\p{M}-]{0,40}){0,2})";

  private static final String BETWEEN =
      "(?:'s|’s|[,:]|\\b(?:is|was|are|were|has|who|the|a|an|also|now|other|new|name|named|called|"
          + "goes|by|of|what|they|call)\\b)";

  private static final String IS = "(?: (?:is|was)|'s|’s)\\b";

  /** What begins a sentence or a question with a capital letter and is nobody's name. */
  private static final Set<String> NOBODY =
      Set.of(
          ("i my our the they what who she he it this that there here another one and but so also"
                  + " yes no then today yesterday tomorrow monday tuesday wednesday thursday friday"
                  + " saturday sunday")
              .split(" "));

  private Introductions() {}

  /** A name in place of a relation. */
  record Named(String relation, String name) {}

  /**
   * {@return what {@code question} calls the asker's own, as words behind "my" or "our": the
   * longest first, for where a relation ends only a text that says it tells; three of them at most}
   */
  static List<String> relations(String question) {
    Set<String> relations = new LinkedHashSet<>();
    Matcher owned = OWNED.matcher(question);
    for (int found = 0; found < MOST_RELATIONS && owned.find(); found++) {
      String[] words = owned.group(1).strip().split("\\s+");
      for (int n = Math.min(LONGEST_RELATION, words.length); n > 0; n--) {
        relations.add(String.join(" ", List.of(words).subList(0, n)).toLowerCase(Locale.ROOT));
      }
    }
    return List.copyOf(relations);
  }

  /**
   * {@return the first of {@code relations} to which the beginning of {@code said} gives a name,
   * and that name}
   */
  static Optional<Named> in(String said, List<String> relations) {
    String text = said.substring(0, Math.min(said.length(), LOOKED_INTO));
    for (String relation : relations) {
      for (Pattern pattern : patterns(relation)) {
        for (Matcher found = pattern.matcher(text); found.find(); ) {
          String name = found.group("name");
          if (!NOBODY.contains(name.toLowerCase(Locale.ROOT))) {
            return Optional.of(new Named(relation, name));
          }
        }
      }
    }
    return Optional.empty();
  }

  /** {@return {@code question} with the name where it says "my" or "our" and the relation} */
  static String renamed(String question, Named named) {
    return Pattern.compile("\\b(?:my|our)\\s+" + spaced(named.relation()) + "\\b", CASELESS)
        .matcher(question)
        .replaceAll(Matcher.quoteReplacement(named.name()));
  }

  private static final int CASELESS = Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;

  private static List<Pattern> patterns(String relation) {
    String one =
        spaced(relation.endsWith("s") ? relation.substring(0, relation.length() - 1) : relation);
    String my = "(?i:\\b(?:my|our) +(?:[\\p{L}-]{1,40} +)?" + one + "s?\\b)";
    String glue = "(?: *" + BETWEEN + "){0,5} *";
    return Stream.of(
            my + glue + NAME,
            NAME + IS + glue + my,
            NAME + IS + "(?: also)? (?i:an? " + one + " of (?:mine|ours)\\b)",
            "(?i:\\b(?:a|another|more) " + one + ") *(?:,? *(?:called|named)|:) *" + NAME)
        .map(Pattern::compile)
        .toList();
  }

  private static String spaced(String relation) {
    return Pattern.quote(relation).replace(" ", "\\E\\s+\\Q");
  }
}
