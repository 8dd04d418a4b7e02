package io.madeleine.evaluation.dataset;

import io.madeleine.evaluation.dataset.AnnotatedConversation.Question;
import io.madeleine.evaluation.dataset.AnnotatedConversation.Turn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The same conversations without something that a ranking may have grown used to. What is found in
 * them tells how much of a figure belongs to the form of a data set. The same seed disguises alike.
 */
public enum Disguise {
  /** As published. */
  NONE,
  /** Questions call people by half a name or with a slip of the pen. */
  ALIASES,
  /** Questions name nobody: "they", "their". */
  NO_NAMES,
  /** Speakers are {@code user} and {@code assistant}, whatever the questions call them. */
  ROLES,
  /** No captions of images. */
  NO_CAPTIONS,
  /** Everything was said within one day. */
  ONE_DAY,
  /** Every turn falls apart into messages of a sentence, as people type them. */
  BURSTS;

  private static final Pattern CAPTION = Pattern.compile(" \\[image: [^\\]]*\\]$");
  private static final List<String> LABELS = List.of("user", "assistant", "third", "fourth");
  private static final int SEED = 5;

  /** {@return the conversations in disguise} */
  public List<AnnotatedConversation> of(List<AnnotatedConversation> conversations) {
    if (this == BURSTS) {
      return conversations.stream().map(Bursts::of).toList();
    }
    var random = new Random(SEED);
    return conversations.stream().map(one -> of(one, random)).toList();
  }

  private AnnotatedConversation of(AnnotatedConversation one, Random random) {
    var speakers = new TreeSet<String>();
    one.turns().forEach(turn -> speakers.add(turn.speaker()));
    Map<String, String> labels = new HashMap<>();
    for (String speaker : speakers) {
      labels.put(speaker, LABELS.get(Math.min(labels.size(), LABELS.size() - 1)));
    }
    List<Turn> turns = new ArrayList<>();
    for (Turn turn : one.turns()) {
      turns.add(turn(turn, one.turns().getFirst().at().plusSeconds(turns.size()), labels));
    }
    List<Question> questions = new ArrayList<>();
    for (Question question : one.questions()) {
      String text = question.text();
      for (String speaker : speakers) {
        text = called(text, speaker, random);
      }
      questions.add(
          new Question(text, question.answer(), question.category(), question.evidence()));
    }
    return new AnnotatedConversation(one.id(), turns, questions);
  }

  private Turn turn(Turn turn, Instant within, Map<String, String> labels) {
    return switch (this) {
      case NO_CAPTIONS -> with(turn, turn.at(), CAPTION.matcher(turn.text()).replaceFirst(""));
      case ONE_DAY -> with(turn, within, turn.text());
      case ROLES -> {
        String label = labels.getOrDefault(turn.speaker(), turn.speaker());
        String text = label + turn.text().substring(turn.speaker().length());
        yield new Turn(turn.id(), turn.session(), turn.at(), label, text);
      }
      case NONE, ALIASES, NO_NAMES, BURSTS -> turn;
    };
  }

  private static Turn with(Turn turn, Instant at, String text) {
    return new Turn(turn.id(), turn.session(), at, turn.speaker(), text);
  }

  private String called(String question, String speaker, Random random) {
    Pattern name = Pattern.compile("\\b" + Pattern.quote(speaker) + "\\b('s)?");
    return switch (this) {
      case ALIASES ->
          name.matcher(question)
              .replaceAll(
                  found ->
                      Matcher.quoteReplacement(
                          alias(speaker, random) + (found.group(1) == null ? "" : "'s")));
      case NO_NAMES ->
          name.matcher(question).replaceAll(found -> found.group(1) == null ? "they" : "their");
      case NONE, ROLES, NO_CAPTIONS, ONE_DAY, BURSTS -> question;
    };
  }

  private static String alias(String name, Random random) {
    if (name.length() < 4) {
      return name;
    }
    int at = 1 + random.nextInt(name.length() - 2);
    return switch (random.nextInt(4)) {
      case 0 -> name.substring(0, at) + name.substring(at + 1);
      case 1 ->
          name.substring(0, at) + name.charAt(at + 1) + name.charAt(at) + name.substring(at + 2);
      default -> name.substring(0, Math.max(3, name.length() / 2));
    };
  }
}
