package io.madeleine.evaluation.dataset;

import io.madeleine.evaluation.dataset.AnnotatedConversation.Question;
import io.madeleine.evaluation.dataset.AnnotatedConversation.Turn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Turns that fall apart into messages of a sentence, 40 seconds apart. The evidence of a question
 * is then the message that says most of the question's and the answer's words, compared by their
 * first five letters: a guess, as nobody annotated sentences.
 */
final class Bursts {

  private static final Pattern BETWEEN = Pattern.compile("(?<=[.!?])\\s+");
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{Nd}]+");
  private static final int SECONDS = 40;
  private static final int FEWEST_WORDS = 4;
  private static final int HEAD = 5;

  private final List<Turn> messages = new ArrayList<>();
  private final List<Integer> firsts = new ArrayList<>();

  private Bursts(List<Turn> turns) {
    int inSession = 0;
    for (int i = 0; i < turns.size(); i++) {
      Turn turn = turns.get(i);
      boolean opens = i == 0 || turns.get(i - 1).session() != turn.session();
      inSession = opens ? 0 : inSession;
      firsts.add(messages.size());
      String words = turn.text().substring(turn.speaker().length() + 2);
      for (String sentence : sentences(words)) {
        messages.add(
            new Turn(
                turn.id() + "." + messages.size(),
                turn.session(),
                turn.at().plusSeconds((long) SECONDS * inSession++),
                turn.speaker(),
                turn.speaker() + ": " + sentence));
      }
    }
    firsts.add(messages.size());
  }

  static AnnotatedConversation of(AnnotatedConversation one) {
    var bursts = new Bursts(one.turns());
    List<Question> questions =
        one.questions().stream()
            .map(
                question ->
                    new Question(
                        question.text(),
                        question.answer(),
                        question.category(),
                        question.evidence().stream().map(e -> bursts.said(e, question)).toList()))
            .toList();
    return new AnnotatedConversation(one.id(), bursts.messages, questions);
  }

  /** A caption stays with what is said before it; two or three words are no message. */
  private static List<String> sentences(String text) {
    List<String> sentences = new ArrayList<>();
    for (String part : BETWEEN.split(text.strip())) {
      boolean goesOn =
          !sentences.isEmpty()
              && (sentences.getLast().split(" ").length < FEWEST_WORDS || part.startsWith("["));
      if (goesOn) {
        sentences.add(sentences.removeLast() + " " + part);
      } else {
        sentences.add(part);
      }
    }
    return sentences;
  }

  private int said(int turn, Question question) {
    Set<String> wanted = heads(question.text());
    wanted.addAll(question.answerable() ? heads(question.answer()) : Set.of());
    int best = firsts.get(turn);
    long most = -1;
    for (int i = firsts.get(turn); i < firsts.get(turn + 1); i++) {
      long says = heads(messages.get(i).text()).stream().filter(wanted::contains).count();
      if (says > most) {
        most = says;
        best = i;
      }
    }
    return best;
  }

  private static Set<String> heads(String text) {
    return WORD.matcher(text.toLowerCase(Locale.ROOT))
        .results()
        .map(word -> word.group().substring(0, Math.min(HEAD, word.group().length())))
        .collect(Collectors.toCollection(HashSet::new));
  }
}
