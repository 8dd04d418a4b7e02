package io.madeleine.memory.retrieval;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who "my sister" is. A question may call somebody by what they are to the asker, while all that
 * was told of them was told by name; one sentence joins the two ("Mara is my sister"). This reads
 * such sentences: English ones, about people and pets, where relation and name stand side by side.
 */
final class Introductions {

  private static final int MOST_RELATIONS = 3;
  private static final int LOOKED_INTO = 2_000;

  private static final String PEOPLE =
      "(?:mother|father|sister|brother|son|daughter)[- ]in[- ]law"
          + "|sister|brother|mother|father|mum|mom|dad|mama|papa|aunt|uncle|cousin|niece|nephew"
          + "|grand(?:mother|father|ma|pa|son|daughter)|granny|wife|husband|spouse|partner"
          + "|girlfriend|boyfriend|fianc[eé]e?|son|daughter|child|kid|baby|twin"
          + "|step(?:mother|father|sister|brother|son|daughter)|god(?:mother|father|son|daughter)"
          + "|boss|manager|supervisor|colleague|co-?worker|teammate|assistant|neighbou?r"
          + "|teacher|tutor|coach|trainer|professor|mentor|student|pupil|friend|flatmate|roommate"
          + "|housemate|landlord|landlady|tenant|doctor|dentist|therapist|vet|nurse|lawyer"
          + "|accountant|gardener|babysitter|nanny|hairdresser|barber|client"
          + "|dog|cat|puppy|kitten|rabbit|horse|pony|parrot|hamster|goat|pet";

  /** They tell nobody from somebody else of the same relation. */
  private static final Set<String> PLAIN =
      words(
          "new other little big older younger elder eldest youngest oldest dear lovely own best"
              + " good great favourite favorite only");

  /** They tell of somebody who is not meant unless the question says so too. */
  private static final Set<String> PAST = words("ex former previous late old first last");

  private static final String MY =
      "(?<![\\p{L}'’-])(?iu:(?:my|our) (?<marks>(?:[\\p{L}-]{1,30} ){0,2}?)(?<head>"
          + PEOPLE
          + ")s?)(?![\\p{L}-])";

  private static final Pattern ASKED = Pattern.compile(MY);

  /** What begins with a capital letter and is nobody's name. */
  private static final String NOBODY =
      "(?!(?iu:i|my|our|your|his|her|the|a|an|they|we|you|he|she|it|this|that|these|there|here|what"
          + "|who|whose|where|when|why|how|which|is|are|was|did|does|do|and|but|so|or|if|as|because"
          + "|since|while|also|besides|well|oh|hi|hello|hey|yes|no|ok|okay|then|now|today|yesterday"
          + "|tomorrow|another|one|everyone|nobody|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
          + "|january|february|march|april|may|june|july|august|september|october|november"
          + "|december)(?![\\p{L}-]))";

  private static final String WORD = NOBODY + "\\p{Lu}[\\p{L}\\p{M}-]{0,40}";

  private static final String NAME = "(?<![\\p{L}-])(?<name>" + WORD + "(?: " + WORD + "){0,2})";

  /** Nothing follows that would make the relation a part of another noun ("my dog walker"). */
  private static final String ENDS =
      "(?!['’])(?= *(?:[^\\p{L}\\s]|$|\\R)| (?:and|but|who|from|in|at|since|now|too|here|there)\\b)";

  private static final List<Pattern> PATTERNS =
      List.of(
          Pattern.compile(
              MY
                  + "(?:['’]s name| has the name)?"
                  + "(?:| (?:is|was)(?: now| also)?)(?: called| named)? "
                  + NAME),
          Pattern.compile(MY + "[,:] " + NAME + "(?=[^\\p{L}\\s]|\\R|$)"),
          Pattern.compile(
              NAME
                  + "(?: is| was|['’]s)(?: now| also)?(?: the name of| what (?:they|we) call)? "
                  + MY
                  + ENDS),
          Pattern.compile(
              NAME + " and " + NAME.replace("<name>", "<also>") + " are(?: both)? " + MY + ENDS),
          Pattern.compile(
              "(?iu:\\b(?:(?:i|we)(?: have|['’]ve)(?: got)?(?: an?| one)?|there(?: is|['’]s) one)"
                  + "(?: another| more)? (?<marks>(?:[\\p{L}-]{1,30} )?)(?<head>"
                  + PEOPLE
                  + "))(?:,? (?:called|named)|:) "
                  + NAME),
          Pattern.compile(
              NAME
                  + "(?: is| was|['’]s)(?: also)? (?iu:an? (?<marks>(?:[\\p{L}-]{1,30} )?)(?<head>"
                  + PEOPLE
                  + ") of (?:mine|ours))\\b"));

  private Introductions() {}

  /**
   * Somebody whom a question calls by what they are to the asker.
   *
   * @param head what they are, in small letters
   * @param marks what tells them from others ("piano" of a piano teacher)
   * @param start where "my" begins in the question
   * @param end where it ends
   */
  record Relation(String head, Set<String> marks, int start, int end) {

    private boolean isMeantBy(String otherHead, String otherMarks) {
      Set<String> others = telling(otherMarks);
      return head.equals(otherHead.toLowerCase(Locale.ROOT))
          && (others.equals(marks)
              || (marks.isEmpty() && others.stream().noneMatch(PAST::contains)));
    }
  }

  /** {@return those of {@code question}, each once, three at most} */
  static List<Relation> asked(String question) {
    List<Relation> relations = new ArrayList<>();
    Matcher found = ASKED.matcher(question);
    while (relations.size() < MOST_RELATIONS && found.find()) {
      String head = found.group("head").toLowerCase(Locale.ROOT);
      if (relations.stream().noneMatch(known -> known.head().equals(head))) {
        relations.add(
            new Relation(head, telling(found.group("marks")), found.start(), found.end()));
      }
    }
    return relations;
  }

  /** {@return the names that the beginning of {@code said} gives to {@code relation}} */
  static Set<String> names(String said, Relation relation) {
    String text = said.substring(0, Math.min(said.length(), LOOKED_INTO));
    Set<String> names = new LinkedHashSet<>();
    for (Pattern pattern : PATTERNS) {
      for (Matcher found = pattern.matcher(text); found.find(); ) {
        if (relation.isMeantBy(found.group("head"), found.group("marks"))) {
          names.add(found.group("name"));
          if (found.namedGroups().containsKey("also")) {
            names.add(found.group("also"));
          }
        }
      }
    }
    return names;
  }

  /** {@return {@code question} with the name where it says "my sister"} */
  static String renamed(String question, Relation relation, String name) {
    return question.substring(0, relation.start()) + name + question.substring(relation.end());
  }

  private static Set<String> telling(String before) {
    Set<String> marks = new LinkedHashSet<>(List.of(before.toLowerCase(Locale.ROOT).split(" ")));
    marks.remove("");
    marks.removeAll(PLAIN);
    return marks;
  }

  private static Set<String> words(String several) {
    return Set.of(several.split(" "));
  }
}
