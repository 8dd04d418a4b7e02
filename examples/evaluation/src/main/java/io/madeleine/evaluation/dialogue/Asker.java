// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.dialogue;

import static io.madeleine.evaluation.world.Pattern.capital;
import static io.madeleine.evaluation.world.Pattern.fill;

import io.madeleine.evaluation.dialogue.Question.Kind;
import io.madeleine.evaluation.world.Attribute;
import io.madeleine.evaluation.world.Dice;
import io.madeleine.evaluation.world.Form;
import io.madeleine.evaluation.world.Pattern;
import io.madeleine.evaluation.world.World;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Asks about a dialogue. It throws the same dice in the same order as {@code questions.py} of the
 * trainer; a change here is a change there.
 */
public final class Asker {

  private static final int TRIES = 20;
  private static final int LISTED = 3;

  private final World world;
  private final Dice dice;
  private final boolean heldOutPhrases;

  /**
   * An asker.
   *
   * @param heldOutPhrases whether questions are worded as training never words them
   */
  public Asker(World world, Dice dice, boolean heldOutPhrases) {
    this.world = world;
    this.dice = dice;
    this.heldOutPhrases = heldOutPhrases;
  }

  /** {@return at most {@code count} different questions, the kinds in turn} */
  public List<Question> ask(Dialogue dialogue, int count) {
    Map<String, Question> found = new LinkedHashMap<>();
    Kind[] kinds = Kind.values();
    for (int attempt = 0; attempt < count * 4; attempt++) {
      Optional<Question> question = ask(dialogue, kinds[attempt % kinds.length]);
      if (found.size() < count) {
        question.ifPresent(q -> found.putIfAbsent(q.text(), q));
      }
    }
    return List.copyOf(found.values());
  }

  /** {@return a question of this kind, if the dialogue holds one} */
  public Optional<Question> ask(Dialogue dialogue, Kind kind) {
    return switch (kind) {
      case SINGLE -> direct(dialogue, kind, f -> told(f) && !f.attribute().dated());
      case DATED -> direct(dialogue, kind, f -> told(f) && f.attribute().dated());
      case UPDATED -> direct(dialogue, kind, f -> f.version() > 0 && !f.tool());
      case TOOL -> direct(dialogue, kind, Fact::tool);
      case TWOHOP -> twoHop(dialogue);
      case WHO -> who(dialogue);
      case WHICH -> which(dialogue);
      case BOTH -> both(dialogue);
      case YESNO -> yesNo(dialogue);
      case NEGATED -> negated(dialogue);
      case UNKNOWN -> unknown(dialogue);
      case LIST -> list(dialogue);
    };
  }

  private static boolean told(Fact fact) {
    return fact.version() == 0 && !fact.tool();
  }

  private Optional<Question> direct(Dialogue dialogue, Kind kind, Predicate<Fact> fits) {
    return pick(dialogue, f -> fits.test(f) && !dialogue.ambiguous(f))
        .map(
            fact -> {
              String text = question(fact.attribute(), fact.subject().told(), fact.param());
              return new Question(kind, text, fact.answer(), List.of(fact.turn()));
            });
  }

  private Optional<Question> twoHop(Dialogue dialogue) {
    Map<String, Dialogue.Kinship> named = dialogue.holders(1, 1);
    return pick(dialogue, f -> named.containsKey(f.subject().key()) && !f.impersonal())
        .map(
            fact -> {
              Dialogue.Kinship kin = kin(named, fact);
              Form asked = Form.third("my " + kin.relation());
              String text = question(fact.attribute(), asked, fact.param());
              Form form = Form.third("your " + kin.relation() + " " + fact.subject().key());
              List<Integer> evidence = List.of(kin.turn(), fact.turn());
              List<Part> answer =
                  Part.recalling(fact.answer(form), kin.relation(), fact.subject().key());
              return new Question(Kind.TWOHOP, text, answer, evidence);
            });
  }

  private static Dialogue.Kinship kin(Map<String, Dialogue.Kinship> named, Fact fact) {
    return Optional.ofNullable(named.get(fact.subject().key())).orElseThrow();
  }

  private Optional<Question> who(Dialogue dialogue) {
    return pick(dialogue, f -> singlesOut(dialogue, f))
        .map(
            fact -> {
              String text =
                  fill(dice.pick(fact.attribute().who()), Form.NOBODY, fact.param(), fact.value());
              List<Part> answer = fact.subjectAnswer(fact.subject().answered().name());
              return new Question(Kind.WHO, capital(text), answer, List.of(fact.turn()));
            });
  }

  private Optional<Question> which(Dialogue dialogue) {
    Map<String, Dialogue.Kinship> pairs = dialogue.holders(2, 2);
    return pick(dialogue, f -> pairs.containsKey(f.subject().key()) && singlesOut(dialogue, f))
        .map(
            fact -> {
              Dialogue.Kinship kin = kin(pairs, fact);
              String who =
                  fill(dice.pick(fact.attribute().who()), Form.NOBODY, fact.param(), fact.value());
              String text = "Which of my " + kin.relation() + "s " + who.substring("Who ".length());
              String name = "your " + kin.relation() + " " + fact.subject().key();
              List<Integer> evidence = List.of(kin.turn(), fact.turn());
              return new Question(Kind.WHICH, text, fact.subjectAnswer(name), evidence);
            });
  }

  private static boolean singlesOut(Dialogue dialogue, Fact fact) {
    return fact.version() == 0
        && !fact.subject().isUser()
        && !fact.attribute().who().isEmpty()
        && dialogue.factsThat(fact::sameValue).size() == 1;
  }

  private Optional<Question> both(Dialogue dialogue) {
    List<String> pairs =
        dialogue.relations.entrySet().stream()
            .filter(e -> e.getValue().size() == 2)
            .map(Map.Entry::getKey)
            .toList();
    if (pairs.isEmpty()) {
      return Optional.empty();
    }
    String relation = dice.pick(pairs);
    List<Dialogue.Holder> holders = dialogue.relations.getOrDefault(relation, List.of());
    Attribute several = world.several();
    String ask = dice.pick(heldOutPhrases ? several.heldOut().ask() : several.ask());
    String names = holders.get(0).name() + " and " + holders.get(1).name();
    List<Part> answer = Part.split(Pattern.open(several.answer(), Form.NOBODY, relation), names);
    List<Integer> evidence = List.of(holders.get(0).turn(), holders.get(1).turn());
    String text = Pattern.open(ask, Form.NOBODY, relation);
    return Optional.of(new Question(Kind.BOTH, text, answer, evidence));
  }

  private Optional<Question> yesNo(Dialogue dialogue) {
    return pick(dialogue, f -> !f.attribute().yesno().isEmpty() && !dialogue.ambiguous(f))
        .map(
            fact -> {
              String asked = dice.percent(50) ? fact.value() : wrong(dialogue, fact);
              List<Part> answer = Part.judge(fact.answer(), asked.equals(fact.value()));
              return new Question(Kind.YESNO, yesNoText(fact, asked), answer, List.of(fact.turn()));
            });
  }

  private String yesNoText(Fact fact, String asked) {
    String pattern = dice.pick(fact.attribute().yesno());
    return capital(fill(pattern, fact.subject().told(), fact.param(), asked));
  }

  private String wrong(Dialogue dialogue, Fact fact) {
    if (!fact.old().isEmpty() && dice.percent(50)) {
      return fact.old();
    }
    List<String> others =
        dialogue.factsThat(f -> fact.sameAttribute(f) && !f.value().equals(fact.value())).stream()
            .map(Fact::value)
            .toList();
    return !others.isEmpty() && dice.percent(70)
        ? dice.pick(others)
        : world.value(dice, fact.attribute().value(), true);
  }

  private Optional<Question> negated(Dialogue dialogue) {
    List<Fact> facts =
        dialogue.denied.entrySet().stream()
            .filter(e -> !dialogue.facts.containsKey(e.getKey()))
            .map(Map.Entry::getValue)
            .toList();
    if (facts.isEmpty()) {
      return Optional.empty();
    }
    Fact fact = dice.pick(facts);
    String text = yesNoText(fact, fact.value());
    Form form = fact.subject().answered();
    String denial = capital(fill(fact.attribute().deny(), form, fact.param(), fact.value()));
    int end = denial.indexOf(" not ") + " not".length();
    // who and what belong to the value: behind "Mara does" every model says "not"
    List<Part> parts =
        List.of(
            new Part(" " + denial.substring(0, end), Part.Role.VALUE),
            new Part(denial.substring(end), Part.Role.CARRIER));
    List<Part> answer = Part.judge(parts, false);
    return Optional.of(new Question(Kind.NEGATED, text, answer, List.of(fact.turn())));
  }

  private Optional<Question> unknown(Dialogue dialogue) {
    if (dice.percent(8)) {
      String name = world.value(dice, "name", true);
      if (dialogue.people.stream().noneMatch(p -> p.key().equals(name))) {
        return Optional.of(notTold(about(name)));
      }
    }
    for (int i = 0; i < TRIES; i++) {
      Attribute attribute = dice.pick(world.attributes());
      List<String> params = world.params(attribute);
      String param = params.isEmpty() ? "" : dice.pick(params);
      Subject subject = anyone(dialogue);
      if (knows(dialogue, attribute, subject, param)) {
        continue;
      }
      Optional<String> text = unknownText(dialogue, attribute, subject, param);
      if (text.isPresent()) {
        return Optional.of(notTold(text.get()));
      }
    }
    return Optional.empty();
  }

  private Question notTold(String text) {
    Part answer = new Part(" " + world.wording("unknown"), Part.Role.VALUE);
    return new Question(Kind.UNKNOWN, text, List.of(answer), List.of());
  }

  private Optional<String> unknownText(
      Dialogue dialogue, Attribute attribute, Subject subject, String param) {
    if (attribute.yesno().isEmpty() || !dice.percent(25)) {
      return Optional.of(question(attribute, subject.told(), param));
    }
    String value = world.value(dice, attribute.value(), true);
    Fact asked = Fact.of(attribute, subject, param, value, 0);
    boolean denied =
        dialogue.denied.values().stream()
            .anyMatch(f -> f.sameValue(asked) && f.subject().key().equals(subject.key()));
    return denied ? Optional.empty() : Optional.of(yesNoText(asked, value));
  }

  private Subject anyone(Dialogue dialogue) {
    int roll = dice.below(100);
    return roll < 30 ? Subject.USER : dice.pick(roll < 40 ? dialogue.kin : dialogue.people);
  }

  private static boolean knows(
      Dialogue dialogue, Attribute attribute, Subject subject, String param) {
    boolean kin =
        attribute.id().equals("relative")
            && subject.isUser()
            && dialogue.kin.stream().anyMatch(k -> k.key().equals("my " + param));
    return kin
        || dialogue.facts.values().stream()
            .anyMatch(
                f ->
                    f.attribute().id().equals(attribute.id())
                        && f.param().equals(param)
                        && (f.impersonal() || f.subject().key().equals(subject.key())));
  }

  private Optional<Question> list(Dialogue dialogue) {
    List<Subject> known =
        Stream.concat(dialogue.people.stream(), dialogue.kin.stream())
            .filter(s -> !dialogue.factsAbout(s).isEmpty())
            .toList();
    if (known.isEmpty()) {
      return Optional.empty();
    }
    Subject subject = dice.pick(known);
    List<Part> parts = new ArrayList<>();
    TreeSet<Integer> evidence = new TreeSet<>();
    int facts = LISTED;
    Optional<Dialogue.Kinship> kinship = dialogue.kinship(subject);
    if (kinship.isPresent()) {
      String text = Pattern.open(world.wording("kinship"), subject.answered(), Part.HOLE);
      parts.addAll(Part.split(text, kinship.get().relation()));
      evidence.add(kinship.get().turn());
      facts--;
    }
    for (Fact fact : dialogue.factsAbout(subject).stream().limit(facts).toList()) {
      parts.addAll(fact.answer());
      evidence.add(fact.turn());
    }
    String text = about(subject.told().name());
    return Optional.of(new Question(Kind.LIST, text, parts, List.copyOf(evidence)));
  }

  private String about(String name) {
    String pattern = dice.pick(world.wordings(heldOutPhrases ? "heldOutAbout" : "about"));
    return Pattern.open(pattern, Form.third(name), "");
  }

  private Optional<Fact> pick(Dialogue dialogue, Predicate<Fact> fits) {
    List<Fact> facts = dialogue.factsThat(fits);
    return facts.isEmpty() ? Optional.empty() : Optional.of(dice.pick(facts));
  }

  private String question(Attribute attribute, Form form, String param) {
    if (dice.percent(30) && !attribute.indirect().isEmpty()) {
      String inner = Pattern.open(dice.pick(attribute.indirect()), form, param);
      String wrapper = dice.pick(world.wordings(heldOutPhrases ? "heldOutIndirect" : "indirect"));
      return wrapper.replace("{i}", inner);
    }
    String ask = dice.pick(heldOutPhrases ? attribute.heldOut().ask() : attribute.ask());
    return capital(Pattern.open(ask, form, param));
  }
}
