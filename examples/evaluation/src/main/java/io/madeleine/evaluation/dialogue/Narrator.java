// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.dialogue;

import static io.madeleine.evaluation.world.Pattern.capital;
import static io.madeleine.evaluation.world.Pattern.fill;
import static io.madeleine.evaluation.world.Pattern.lower;

import io.madeleine.evaluation.world.Attribute;
import io.madeleine.evaluation.world.Dice;
import io.madeleine.evaluation.world.Form;
import io.madeleine.evaluation.world.ToolKind;
import io.madeleine.evaluation.world.World;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * Tells one dialogue: runs of turns on one topic in which the user states facts and the helper
 * acknowledges them. It throws the same dice in the same order as {@code dialogue.py} of the
 * trainer; a change here is a change there.
 */
public final class Narrator {

  private static final int TRIES = 20;

  private final World world;
  private final Dice dice;
  private final Script script;
  private final ToIntFunction<Turn> lengthOf;
  private final Dialogue dialogue = new Dialogue();
  private int length;
  private int segment = -1;
  private int session;
  private String topic = "";

  /**
   * A narrator of one dialogue.
   *
   * @param lengthOf the length of a turn, in the unit of the script's length
   */
  public Narrator(World world, Dice dice, Script script, ToIntFunction<Turn> lengthOf) {
    this.world = world;
    this.dice = dice;
    this.script = script;
    this.lengthOf = lengthOf;
  }

  /** {@return the dialogue; to be called once} */
  public Dialogue tell() {
    cast();
    while (length < script.length()) {
      tellSegment();
    }
    return dialogue;
  }

  private void cast() {
    int count = Math.max(3, Math.min(60, script.length() / dice.between(90, 180)));
    while (dialogue.people.size() < count) {
      String name = world.value(dice, "name", true);
      Form pronoun = dice.pick(List.of(Form.SHE, Form.HE));
      addOnce(dialogue.people, new Subject(name, pronoun));
    }
    int kin = dice.between(1, 3);
    for (int i = 0; i < kin; i++) {
      String relation = dice.pick(List.copyOf(world.relations().keySet()));
      addOnce(dialogue.kin, new Subject("my " + relation, pronoun(relation)));
    }
  }

  private static void addOnce(List<Subject> subjects, Subject subject) {
    if (subjects.stream().noneMatch(s -> s.key().equals(subject.key()))) {
      subjects.add(subject);
    }
  }

  private Form pronoun(String relation) {
    return switch (relation(relation).gender()) {
      case "she" -> Form.SHE;
      case "he" -> Form.HE;
      default -> dice.pick(List.of(Form.SHE, Form.HE));
    };
  }

  private World.Relation relation(String name) {
    World.Relation relation = world.relations().get(name);
    if (relation == null) {
      throw new IllegalArgumentException("the world has no relation " + name);
    }
    return relation;
  }

  private Subject someone() {
    int roll = dice.below(100);
    return roll < 30 ? Subject.USER : dice.pick(roll < 42 ? dialogue.kin : dialogue.people);
  }

  private void tellSegment() {
    segment++;
    String before = topic;
    topic = dice.pick(world.topics().stream().filter(t -> !t.equals(before)).toList());
    Subject main = someone();
    Subject second = someone();
    if (session == 0 || dice.percent(15)) {
      session++;
      openSession();
    }
    if (dice.percent(25)) {
      String opener = dice.pick(world.openers(topic));
      say(opener, dice.pick(world.wordings("openerReplies")));
    }
    boolean introduced = !main.isNamed() || dialogue.kinship(main).isPresent() || !dice.percent(60);
    int turns = dice.between(4, 9);
    for (int i = 0; i < turns && length < script.length(); i++) {
      if (dice.percent(script.smallTalk())) {
        smallTalk();
      } else if (topic.equals("tools")) {
        useTool();
      } else if (!introduced) {
        introduced = true;
        introduce(main);
      } else {
        state(dice.percent(75) ? main : second);
      }
    }
  }

  private void openSession() {
    String heading = " Session " + session + ", " + dice.pick(world.closed("weekday")) + ".";
    World.SmallTalk talk;
    if (dice.percent(40)) {
      talk = dice.pick(world.chat());
    } else {
      String opener = dice.pick(world.openers(topic));
      talk = new World.SmallTalk(opener, dice.pick(world.wordings("openerReplies")));
    }
    put(
        new Turn(
            talk.user(),
            talk(talk.reply()),
            topic,
            segment,
            Optional.empty(),
            Optional.of(heading.strip())));
  }

  private void smallTalk() {
    List<World.SmallTalk> talks = dice.percent(70) ? world.smallTalk(topic) : world.chat();
    World.SmallTalk talk = dice.pick(talks);
    say(talk.user(), talk.reply());
  }

  private void say(String user, String reply) {
    put(Turn.of(user, talk(reply), topic, segment));
  }

  private static List<Part> talk(String reply) {
    return List.of(new Part(" " + reply, Part.Role.TALK));
  }

  private void put(Turn turn) {
    dialogue.turns.add(turn);
    length += lengthOf.applyAsInt(turn);
  }

  private void state(Subject subject) {
    if (subject.isNamed() && dice.percent(10) && dialogue.kinship(subject).isEmpty()) {
      introduce(subject);
    } else if (!(dice.percent(12) && deny(subject))) {
      stateFact(subject);
    }
  }

  private void stateFact(Subject subject) {
    Optional<Told> told = newFact(subject, world.attributes(topic));
    if (told.isEmpty()) {
      smallTalk();
      return;
    }
    Fact fact = told.get().fact();
    String text = statement(told.get().pattern(), fact, subject.told());
    List<Attribute> others =
        world.attributes(topic).stream()
            .filter(a -> !a.impersonal() && !a.equals(fact.attribute()))
            .toList();
    if (!fact.attribute().impersonal() && !others.isEmpty() && dice.percent(25)) {
      text += newFact(subject, others).map(more -> " " + sentence(more, subject)).orElse("");
    }
    acknowledge(text, fact);
  }

  private static String sentence(Told told, Subject subject) {
    Form form = subject.isUser() ? Form.I : subject.pronoun();
    return capital(fill(told.pattern(), form, told.fact().param(), told.fact().value()));
  }

  private void acknowledge(String text, Fact fact) {
    if (dice.percent(script.echo())) {
      String echo = Part.text(fact.answer());
      boolean sentenceCase = echo.startsWith("The ") || echo.startsWith("You");
      say(text, dice.pick(world.wordings("echoes")) + (sentenceCase ? lower(echo) : echo));
    } else {
      say(text, dice.pick(world.wordings("acknowledgements")));
    }
  }

  private String statement(String pattern, Fact fact, Form form) {
    String text = fill(pattern, form, fact.param(), fact.value());
    if (!dice.percent(30)) {
      return capital(text);
    }
    String prefix =
        dice.pick(world.wordings(script.heldOutPhrases() ? "heldOutPrefixes" : "prefixes"));
    boolean sentenceCase = Character.isUpperCase(pattern.charAt(0)) && !pattern.startsWith("I ");
    return prefix + (sentenceCase ? lower(text) : text);
  }

  /** A fact and the pattern to tell it with. */
  private record Told(Fact fact, String pattern) {}

  private Optional<Told> newFact(Subject subject, List<Attribute> attributes) {
    for (int i = 0; i < TRIES && !attributes.isEmpty(); i++) {
      Attribute attribute = dice.pick(attributes);
      String param = param(attribute);
      if (attribute.id().equals("relative") && subject.isUser()) {
        continue;
      }
      String value = world.value(dice, attribute.value(), true);
      Fact.Key key = key(attribute, subject, param);
      Optional<Fact> known = Optional.ofNullable(dialogue.facts.get(key));
      if (known.isPresent() && !mayChange(attribute, known.get(), value)) {
        continue;
      }
      if (says(dialogue.denied, key, value)) {
        continue;
      }
      String pattern = dice.pick(known.isPresent() ? attribute.update() : patterns(attribute));
      Fact fresh = Fact.of(attribute, subject, param, value, dialogue.turns.size());
      Fact fact = known.map(fresh::after).orElse(fresh);
      dialogue.facts.put(key, fact);
      return Optional.of(new Told(fact, pattern));
    }
    return Optional.empty();
  }

  private boolean mayChange(Attribute attribute, Fact known, String value) {
    return !attribute.update().isEmpty() && !known.value().equals(value) && dice.percent(50);
  }

  private static boolean says(Map<Fact.Key, Fact> facts, Fact.Key key, String value) {
    Fact fact = facts.get(key);
    return fact != null && fact.value().equals(value);
  }

  private String param(Attribute attribute) {
    List<String> params = world.params(attribute);
    return params.isEmpty() ? "" : dice.pick(params);
  }

  private static Fact.Key key(Attribute attribute, Subject subject, String param) {
    return new Fact.Key(attribute.id(), attribute.impersonal() ? "" : subject.key(), param);
  }

  private List<String> patterns(Attribute attribute) {
    return script.heldOutPhrases() ? attribute.heldOut().state() : attribute.state();
  }

  private boolean deny(Subject subject) {
    List<Attribute> attributes =
        world.attributes(topic).stream().filter(a -> !a.deny().isEmpty()).toList();
    if (attributes.isEmpty()) {
      return false;
    }
    Attribute attribute = dice.pick(attributes);
    String param = param(attribute);
    String value = world.value(dice, attribute.value(), true);
    Fact.Key key = key(attribute, subject, param);
    boolean own = attribute.id().equals("relative") && subject.isUser();
    if (dialogue.denied.containsKey(key) || says(dialogue.facts, key, value) || own) {
      return false;
    }
    Fact fact = Fact.of(attribute, subject, param, value, dialogue.turns.size());
    dialogue.denied.put(key, fact);
    String text = statement(attribute.deny(), fact, subject.told());
    say(text, dice.pick(world.wordings("acknowledgements")));
    return true;
  }

  private void introduce(Subject subject) {
    List<String> free = freeRelations(subject);
    if (free.isEmpty()) {
      smallTalk();
      return;
    }
    List<String> once = free.stream().filter(dialogue.relations::containsKey).toList();
    String relation = dice.pick(!once.isEmpty() && dice.percent(60) ? once : free);
    List<Dialogue.Holder> holders =
        dialogue.relations.computeIfAbsent(relation, r -> new ArrayList<>());
    Attribute relative = world.attribute("relative");
    String pattern = dice.pick(patterns(holders.isEmpty() ? relative : world.several()));
    int turn = dialogue.turns.size();
    holders.add(new Dialogue.Holder(subject.key(), turn));
    Fact fact = Fact.of(relative, Subject.USER, relation, subject.key(), turn);
    dialogue.facts.put(new Fact.Key("relative", "I", relation + " " + holders.size()), fact);
    acknowledge(statement(pattern, fact, Form.I), fact);
  }

  private List<String> freeRelations(Subject subject) {
    String gender = subject.pronoun().equals(Form.SHE) ? "she" : "he";
    Set<String> taken = dialogue.kin.stream().map(Subject::key).collect(Collectors.toSet());
    return world.relations().entrySet().stream()
        .filter(e -> !taken.contains("my " + e.getKey()))
        .filter(e -> hasRoom(e.getKey(), e.getValue()))
        .filter(e -> e.getValue().gender().isEmpty() || e.getValue().gender().equals(gender))
        .map(Map.Entry::getKey)
        .toList();
  }

  private boolean hasRoom(String relation, World.Relation about) {
    return dialogue.relations.getOrDefault(relation, List.of()).size() < (about.several() ? 2 : 1);
  }

  private void useTool() {
    ToolKind tool = dice.pick(world.tools());
    Attribute attribute = tool.attribute();
    String param = world.value(dice, attribute.param(), true);
    String result = tool.result();
    String said = tool.said();
    for (int i = 0; i < tool.values().size(); i++) {
      String value = toolValue(tool.values().get(i));
      result = result.replace("{" + i + "}", value);
      said = said.replace("{" + i + "}", value);
    }
    Fact.Key key = new Fact.Key(attribute.id(), "", param);
    Fact fresh = Fact.of(attribute, Subject.USER, param, said, dialogue.turns.size()).fromTool();
    Fact fact = Optional.ofNullable(dialogue.facts.get(key)).map(fresh::after).orElse(fresh);
    dialogue.facts.put(key, fact);
    String request = fill(dice.pick(tool.request()), Form.NOBODY, param, "");
    String reply =
        dice.percent(50) ? fill(dice.pick(tool.reply()), Form.NOBODY, param, said) : "Here it is.";
    Turn.ToolUse use = new Turn.ToolUse(fill(tool.call(), Form.NOBODY, param, ""), result);
    put(new Turn(request, talk(reply), topic, segment, Optional.of(use), Optional.empty()));
  }

  private String toolValue(ToolKind.ValueKind kind) {
    return kind.high() > 0
        ? Integer.toString(dice.between(kind.low(), kind.high()))
        : world.value(dice, kind.kind(), false);
  }
}
