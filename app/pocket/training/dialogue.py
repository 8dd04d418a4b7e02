# SPDX-License-Identifier: Apache-2.0
"""Tells dialogues: topical segments in which a user states facts and a helper acknowledges them.

The Java class Narrator throws the same dice in the same order; a change here is a change there.
"""

from collections import namedtuple
from dataclasses import dataclass, field

from world import HE, I, SHE, YOU, Form, capital, fill, lower, third

# What a piece of an assistant's text is to the loss and to the scorer.
USER, TALK, CARRIER, VALUE = 0, 1, 2, 3
Part = namedtuple("Part", "text cls")
Tool = namedtuple("Tool", "call result")


@dataclass(frozen=True)
class Subject:
    """Someone that facts are told about: the user, a named person, or a relation without a name."""

    key: str  # "I", "Mara" or "my boss"
    pronoun: Form = I

    @property
    def is_user(self):
        return self.key == "I"

    @property
    def is_named(self):
        return not self.is_user and not self.key.startswith("my ")

    def told(self):
        """How the user says it, in statements and questions."""
        return I if self.is_user else third(self.key)

    def answered(self):
        """How the helper says it."""
        return YOU if self.is_user else third(self.key.replace("my ", "your ", 1))


USER_SUBJECT = Subject("I")


@dataclass
class Fact:
    attribute: dict
    subject: Subject
    param: str
    value: str
    turn: int
    old: str = ""
    version: int = 0
    tool: bool = False


@dataclass
class Question:
    """A question of a kind, the parts of its one right answer, and the turns that hold the evidence."""

    kind: str
    text: str
    answer: list
    evidence: list


@dataclass
class Turn:
    user: str
    parts: list
    topic: str
    segment: int
    tool: Tool = None
    session: str = ""
    question: Question = None


@dataclass
class Script:
    """How a dialogue is to be told. Chances are percentages."""

    length: int  # stop at this length of the context, in the unit of the measure
    held_out_words: bool = False
    held_out_phrases: bool = False
    inline: int = 0  # chance of a question after each turn, again and again
    echo: int = 15  # chance that the helper repeats the fact
    small_talk: int = 8


@dataclass
class Dialogue:
    turns: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)  # (attribute id, subject key, param) -> Fact
    denied: dict = field(default_factory=dict)  # the same key -> Fact whose value is said to be wrong
    people: list = field(default_factory=list)
    kin: list = field(default_factory=list)
    relations: dict = field(default_factory=dict)  # relation -> [(name, turn)]

    def relation_of(self, subject):
        """The user's relation to a named person, with its turn; or None."""
        for relation, holders in self.relations.items():
            for name, turn in holders:
                if name == subject.key:
                    return relation, turn
        return None


def split_answer(text, value):
    """The parts of an answer with {v} in it: carrier, value, carrier."""
    before, after = text.split("{v}")
    if not before.strip():
        return [Part(" " + capital(value), VALUE), Part(after, CARRIER)]
    return [Part(" " + capital(before.rstrip()), CARRIER), Part(" " + value, VALUE), Part(after, CARRIER)]


def answer_parts(fact, form=None):
    """The sentence that recalls a fact: who and what first, the value after it."""
    pattern = fact.attribute["answer"]
    if fact.value[0] in "aeiou":
        pattern = pattern.replace(" a {v}", " an {v}")
    return split_answer(fill(pattern, form or fact.subject.answered(), fact.param), fact.value)


def text_of(parts):
    return "".join(part.text for part in parts).strip()


class Narrator:
    """Tells one dialogue; length_of measures a text, so that the length can be in tokens or in words."""

    def __init__(self, world, dice, script, length_of, asker=None):
        self.world, self.dice, self.script, self.length_of, self.asker = world, dice, script, length_of, asker
        self.dialogue = Dialogue()
        self.length = 0
        self.segment = -1
        self.session = 0
        self.topic = ""

    def tell(self):
        self._cast()
        while self.length < self.script.length:
            self._segment()
        return self.dialogue

    # --- who is in it

    def _cast(self):
        dice, dialogue = self.dice, self.dialogue
        count = max(3, min(60, self.script.length // dice.between(90, 180)))
        while len(dialogue.people) < count:
            name = self.world.value(dice, "name", self.script.held_out_words)
            pronoun = dice.pick((SHE, HE))
            if all(p.key != name for p in dialogue.people):
                dialogue.people.append(Subject(name, pronoun))
        for _ in range(dice.between(1, 3)):
            relation = dice.pick(list(self.world.relations))
            key = "my " + relation
            pronoun = self._pronoun(relation)
            if all(k.key != key for k in dialogue.kin):
                dialogue.kin.append(Subject(key, pronoun))

    def _pronoun(self, relation):
        gender = self.world.relations[relation]["gender"]
        if not gender:
            return self.dice.pick((SHE, HE))
        return SHE if gender == "she" else HE

    def _someone(self):
        throw = self.dice.below(100)
        if throw < 30:
            return USER_SUBJECT
        return self.dice.pick(self.dialogue.kin if throw < 42 else self.dialogue.people)

    # --- one topic for a while

    def _segment(self):
        world, dice = self.world, self.dice
        self.segment += 1
        self.topic = dice.pick([t for t in world.topics if t != self.topic])
        main, second = self._someone(), self._someone()
        if self.session == 0 or dice.percent(15):
            self.session += 1
            self._session()
        if dice.percent(25):
            self._say(dice.pick(world.openers[self.topic]), dice.pick(world.openerReplies))
        introduced = not main.is_named or self.dialogue.relation_of(main) or not dice.percent(60)
        for _ in range(dice.between(4, 9)):
            if self.length >= self.script.length:
                break
            if dice.percent(self.script.small_talk):
                self._small_talk()
            elif self.topic == "tools":
                self._tool()
            elif not introduced:
                introduced = True
                self._introduce(main)
            else:
                self._state(main if dice.percent(75) else second)
            while self.script.inline and dice.percent(self.script.inline):
                self._ask()

    def _session(self):
        text = " Session %d, %s." % (self.session, self.dice.pick(self.world.closed["weekday"]))
        if self.dice.percent(40):
            user, reply = self.dice.pick(self.world.chat)
        else:
            user, reply = self.dice.pick(self.world.openers[self.topic]), self.dice.pick(self.world.openerReplies)
        self._put(Turn(user, [Part(" " + reply, TALK)], self.topic, self.segment, session=text))

    def _small_talk(self):
        user, reply = self.dice.pick(self.world.smallTalk[self.topic] if self.dice.percent(70) else self.world.chat)
        self._say(user, reply)

    def _say(self, user, reply):
        self._put(Turn(user, [Part(" " + reply, TALK)], self.topic, self.segment))

    def _put(self, turn):
        self.dialogue.turns.append(turn)
        for text in pocket_texts(turn):
            self.length += self.length_of(text)

    def _ask(self):
        question = self.asker.ask(self.dialogue)
        if question:
            self._put(Turn(question.text, question.answer, self.topic, self.segment, question=question))

    # --- statements

    def _state(self, subject):
        dice, dialogue = self.dice, self.dialogue
        if subject.is_named and dice.percent(10) and not dialogue.relation_of(subject):
            return self._introduce(subject)
        if dice.percent(12) and self._deny(subject):
            return None
        fact, pattern = self._new_fact(subject, self.world.by_topic[self.topic])
        if not fact:
            return self._small_talk()
        text = self._statement(pattern, fact, subject.told())
        others = [a for a in self.world.by_topic[self.topic] if not a.get("impersonal") and a is not fact.attribute]
        if not fact.attribute.get("impersonal") and others and dice.percent(25):
            more, pattern = self._new_fact(subject, others)
            if more:
                form = I if subject.is_user else subject.pronoun
                text += " " + capital(fill(pattern, form, more.param, more.value))
        return self._acknowledge(text, fact)

    def _acknowledge(self, text, fact):
        dice = self.dice
        if dice.percent(self.script.echo):
            echo = text_of(answer_parts(fact))
            reply = dice.pick(self.world.echoes) + (lower(echo) if echo.startswith(("The ", "You")) else echo)
        else:
            reply = dice.pick(self.world.acknowledgements)
        self._say(text, reply)

    def _statement(self, pattern, fact, form):
        text = fill(pattern, form, fact.param, fact.value)
        if not self.dice.percent(30):
            return capital(text)
        prefixes = self.world.heldOutPrefixes if self.script.held_out_phrases else self.world.prefixes
        prefix = self.dice.pick(prefixes)
        sentence_case = pattern[0].isupper() and not pattern.startswith("I ")
        return prefix + (lower(text) if sentence_case else text)

    def _new_fact(self, subject, attributes):
        """A fact that is new or changes an old one, and the pattern to say it with; None after 20 tries."""
        dice, dialogue = self.dice, self.dialogue
        for _ in range(20):
            attribute = dice.pick(attributes)
            params = self.world.params(attribute)
            param = dice.pick(params) if params else ""
            if attribute["id"] == "relative" and subject.is_user:
                continue
            value = self.world.value(dice, attribute["value"], self.script.held_out_words)
            key = (attribute["id"], "" if attribute.get("impersonal") else subject.key, param)
            known = dialogue.facts.get(key)
            if known and (not attribute.get("update") or known.value == value or not dice.percent(50)):
                continue
            if key in dialogue.denied and dialogue.denied[key].value == value:
                continue
            pattern = dice.pick(attribute["update"] if known else self._patterns(attribute))
            fact = Fact(attribute, subject, param, value, len(dialogue.turns))
            if known:
                fact.old, fact.version = known.value, known.version + 1
            dialogue.facts[key] = fact
            return fact, pattern
        return None, None

    def _patterns(self, attribute):
        return attribute["heldOut"]["state"] if self.script.held_out_phrases else attribute["state"]

    def _deny(self, subject):
        dice, dialogue = self.dice, self.dialogue
        attributes = [a for a in self.world.by_topic[self.topic] if "deny" in a]
        if not attributes:
            return False
        attribute = dice.pick(attributes)
        params = self.world.params(attribute)
        param = dice.pick(params) if params else ""
        value = self.world.value(dice, attribute["value"], self.script.held_out_words)
        key = (attribute["id"], "" if attribute.get("impersonal") else subject.key, param)
        if key in dialogue.denied or (key in dialogue.facts and dialogue.facts[key].value == value):
            return False
        if attribute["id"] == "relative" and subject.is_user:
            return False
        fact = Fact(attribute, subject, param, value, len(dialogue.turns))
        dialogue.denied[key] = fact
        text = self._statement(attribute["deny"], fact, subject.told())
        self._say(text, dice.pick(self.world.acknowledgements))
        return True

    def _introduce(self, subject):
        """Says how a named person is related to the user."""
        world, dice, dialogue = self.world, self.dice, self.dialogue
        gender = "she" if subject.pronoun is SHE else "he"
        taken = {k.key for k in dialogue.kin}
        free = []
        for relation, about in world.relations.items():
            holders = dialogue.relations.get(relation, ())
            room = 2 if about["several"] else 1
            if "my " + relation not in taken and len(holders) < room and about["gender"] in ("", gender):
                free.append(relation)
        once = [r for r in free if dialogue.relations.get(r)]
        if not free:
            return self._small_talk()
        relation = dice.pick(once if once and dice.percent(60) else free)
        holders = dialogue.relations.setdefault(relation, [])
        about = world.several if holders else world.relative
        pattern = dice.pick(self._patterns(about))
        holders.append((subject.key, len(dialogue.turns)))
        fact = Fact(world.relative, USER_SUBJECT, relation, subject.key, len(dialogue.turns))
        dialogue.facts[("relative", "I", relation + " " + str(len(holders)))] = fact
        return self._acknowledge(self._statement(pattern, fact, I), fact)

    # --- tools

    def _tool(self):
        world, dice, dialogue = self.world, self.dice, self.dialogue
        tool = dice.pick(world.tools)
        param = world.value(dice, tool["param"], self.script.held_out_words)
        values = [self._tool_value(spec) for spec in tool["value"]]
        result, said = tool["result"], tool["said"]
        for i, value in enumerate(values):
            result, said = result.replace("{%d}" % i, value), said.replace("{%d}" % i, value)
        key = (tool["id"], "", param)
        known = dialogue.facts.get(key)
        fact = Fact(tool, USER_SUBJECT, param, said, len(dialogue.turns), tool=True)
        if known:
            fact.old, fact.version = known.value, known.version + 1
        dialogue.facts[key] = fact
        request = fill(dice.pick(tool["request"]), param=param)
        reply = fill(dice.pick(tool["reply"]), param=param, value=said) if dice.percent(50) else "Here it is."
        call = Tool(" " + fill(tool["call"], param=param), " " + result)
        self._put(Turn(request, [Part(" " + reply, TALK)], self.topic, self.segment, tool=call))

    def _tool_value(self, spec):
        return str(self.dice.between(spec[1], spec[2])) if len(spec) == 3 else self.world.value(self.dice, spec[0], False)


def pocket_segments(turn):
    """A turn in the pocket model's chat format: texts with the class of each."""
    out = []
    if turn.session:
        out += [Part("<|session|>", USER), Part(turn.session, USER)]
    out += [Part("<|user|>", USER), Part(" " + turn.user, USER), Part("<|assistant|>", TALK)]
    if turn.tool:
        out += [Part("<|tool|>", TALK), Part(turn.tool.call, TALK)]
        out += [Part("<|result|>", USER), Part(turn.tool.result, USER), Part("<|assistant|>", TALK)]
    return out + turn.parts + [Part("<|end|>", TALK)]


def pocket_texts(turn):
    return [part.text for part in pocket_segments(turn)]
