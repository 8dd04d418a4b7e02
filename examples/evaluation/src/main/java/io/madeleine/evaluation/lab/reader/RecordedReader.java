package io.madeleine.evaluation.lab.reader;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.text.ModelText;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.evaluation.dataset.AnnotatedConversation;
import io.madeleine.evaluation.dialogue.Part;
import io.madeleine.evaluation.dialogue.Question;
import io.madeleine.evaluation.dialogue.Question.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads recorded conversations to an instruct model as one long message, and asks what their
 * annotators asked. The seed chooses the conversation; it is read from its beginning until the
 * context is full, and only questions whose evidence was read are asked.
 *
 * <p>"Values" are right where the answer's token F1 is 0.5 or more; where nothing was told
 * (category "adversarial"), where the model says so. Single-hop and open-domain questions count as
 * {@link Kind#SINGLE}, multi-hop as {@link Kind#TWOHOP}, temporal as {@link Kind#DATED}.
 */
public final class RecordedReader implements DialogueReader {

  private static final double RIGHT = 0.5;
  private static final String PLACE = "\u2042";
  private static final String INTRODUCTION = "This is a conversation.\n\n";
  private static final String ASKS =
      "\nAnswer from the conversation, in a few words. If it does not say, answer: not mentioned.\n";

  private final List<AnnotatedConversation> conversations;
  private final ModelText text;
  private final String opening;
  private final String closing;

  /**
   * A reader for the model that speaks like this.
   *
   * @throws IllegalArgumentException without a conversation
   */
  public RecordedReader(List<AnnotatedConversation> conversations, ModelText text) {
    if (conversations.isEmpty()) {
      throw new IllegalArgumentException("the data hold no conversation to read");
    }
    this.conversations = List.copyOf(conversations);
    this.text = text;
    String message = text.template().render(List.of(new ChatMessage.User(PLACE)), List.of(), true);
    int place = message.indexOf(PLACE);
    this.opening = message.substring(0, place);
    this.closing = message.substring(place + PLACE.length());
  }

  @Override
  public Reading read(long seed, int context, int questions, boolean heldOutPhrases) {
    AnnotatedConversation one =
        conversations.get((int) Math.floorMod(seed, (long) conversations.size()));
    List<Integer> ids = new ArrayList<>();
    add(ids, text.encode(opening + INTRODUCTION));
    List<TokenSpan> turns = new ArrayList<>();
    List<TokenSpan> segments = new ArrayList<>();
    List<Integer> segmentOfTurn = new ArrayList<>();
    for (AnnotatedConversation.Turn turn : one.turns()) {
      if (ids.size() >= context) {
        break;
      }
      int start = ids.size();
      add(ids, plain(turn.text() + "\n"));
      turns.add(new TokenSpan(start, ids.size()));
      if (turn.session() == segments.size()) {
        segments.add(turns.getLast());
      } else {
        segments.set(turn.session(), new TokenSpan(segments.getLast().start(), ids.size()));
      }
      segmentOfTurn.add(turn.session());
    }
    return new Reading(
        Readings.array(ids), turns, segments, segmentOfTurn, asked(one, turns.size(), questions));
  }

  @Override
  public int dialogues() {
    return conversations.size();
  }

  /** Questions from all over the list, each answered in the turns that were read. */
  private List<Reading.Asked> asked(AnnotatedConversation one, int turns, int most) {
    List<AnnotatedConversation.Question> known =
        one.questions().stream()
            .filter(q -> q.evidence().stream().allMatch(turn -> turn < turns))
            .filter(q -> !q.answer().isBlank())
            .toList();
    List<Reading.Asked> asked = new ArrayList<>();
    int count = Math.min(most, known.size());
    for (int i = 0; i < count; i++) {
      asked.add(asked(known.get((int) ((long) i * known.size() / count))));
    }
    return asked;
  }

  private Reading.Asked asked(AnnotatedConversation.Question q) {
    Kind kind =
        switch (q.category()) {
          case "adversarial" -> Kind.UNKNOWN;
          case "multi-hop" -> Kind.TWOHOP;
          case "temporal" -> Kind.DATED;
          default -> Kind.SINGLE;
        };
    List<Part> answer = List.of(new Part(q.answer(), Part.Role.VALUE));
    int[] prompt = text.tokenizer().encode(ASKS + q.text() + closing, true);
    return new Reading.Asked(
        new Question(kind, q.text(), answer, q.evidence()), prompt, new int[0], new boolean[0]);
  }

  private int[] plain(String words) {
    return text.tokenizer().encode(words, false);
  }

  private static void add(List<Integer> ids, int[] more) {
    Arrays.stream(more).forEach(ids::add);
  }

  @Override
  public List<Verdict> answer(
      Transformer model, List<KvCache> caches, List<Reading.Asked> questions) {
    List<String> said = Speech.answers(model, text, caches, questions);
    List<Verdict> verdicts = new ArrayList<>();
    for (int i = 0; i < said.size(); i++) {
      verdicts.add(verdict(questions.get(i).question(), said.get(i)));
    }
    return verdicts;
  }

  private static Verdict verdict(Question question, String said) {
    if (question.kind() == Kind.UNKNOWN) {
      return Verdict.of(PlainLanguage.saysNotTold(said));
    }
    double f1 = TokenF1.of(Part.text(question.answer()), said);
    return new Verdict(f1 >= RIGHT, f1 == 1, f1);
  }
}
