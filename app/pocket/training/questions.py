# SPDX-License-Identifier: Apache-2.0
"""Asks about a dialogue. Each question has one right answer in one wording, and knows its evidence."""

from dialogue import CARRIER, USER_SUBJECT, VALUE, Part, Question, answer_parts, split_answer
from world import Form, capital, fill, third

# How often each kind is asked in training.
TRAINING = {
    "single": 12, "dated": 5, "updated": 15, "twohop": 10, "who": 21, "which": 16,
    "both": 6, "yesno": 12, "negated": 4, "unknown": 9, "tool": 5, "list": 16,
}  # fmt: skip
DATED = ("date", "day", "clock")


class Asker:
    def __init__(self, world, dice, held_out_words=False, held_out_phrases=False, kinds=None):
        self.world, self.dice = world, dice
        self.held_out_words, self.held_out_phrases = held_out_words, held_out_phrases
        self.kinds = kinds or TRAINING

    def ask(self, dialogue):
        """A question of a random kind that the dialogue allows, or None after 8 tries."""
        for _ in range(8):
            question = self.ask_kind(dialogue, self.dice.weighted(self.kinds))
            if question:
                return question
        return None

    def ask_kind(self, dialogue, kind):
        """A question of this kind, or None if the dialogue holds nothing for it."""
        return getattr(self, "_" + kind)(dialogue)

    # --- recalling one value

    def _single(self, dialogue):
        return self._direct(dialogue, "single", lambda f: f.version == 0 and not f.tool and not dated(f))

    def _dated(self, dialogue):
        return self._direct(dialogue, "dated", lambda f: f.version == 0 and not f.tool and dated(f))

    def _updated(self, dialogue):
        return self._direct(dialogue, "updated", lambda f: f.version > 0 and not f.tool)

    def _tool(self, dialogue):
        return self._direct(dialogue, "tool", lambda f: f.tool)

    def _direct(self, dialogue, kind, fits):
        fact = self._pick(dialogue, lambda f: fits(f) and not ambiguous(dialogue, f))
        if not fact:
            return None
        text = self._question(fact.attribute, fact.subject.told(), fact.param)
        return Question(kind, text, answer_parts(fact), [fact.turn])

    def _twohop(self, dialogue):
        """Asks by the relation, about someone whose facts were told by name."""
        named = {h[0][0]: (r, h[0][1]) for r, h in dialogue.relations.items() if len(h) == 1}
        fact = self._pick(dialogue, lambda f: f.subject.key in named and not impersonal(f))
        if not fact:
            return None
        relation, turn = named[fact.subject.key]
        text = self._question(fact.attribute, third("my " + relation), fact.param)
        answer = answer_parts(fact, third("your " + relation + " " + fact.subject.key))
        return Question("twohop", text, recalling(answer, relation, fact.subject.key), [turn, fact.turn])

    # --- recalling the subject

    def _who(self, dialogue):
        fact = self._pick(dialogue, lambda f: self._singles_out(dialogue, f))
        if not fact:
            return None
        text = fill(self.dice.pick(fact.attribute["who"]), param=fact.param, value=fact.value)
        return Question("who", capital(text), subject_answer(fact, fact.subject.answered().name), [fact.turn])

    def _which(self, dialogue):
        """Which of two people with the same relation."""
        pairs = {n: (r, t) for r, h in dialogue.relations.items() if len(h) == 2 for n, t in h}
        fact = self._pick(dialogue, lambda f: f.subject.key in pairs and self._singles_out(dialogue, f))
        if not fact:
            return None
        relation, turn = pairs[fact.subject.key]
        text = fill(self.dice.pick(fact.attribute["who"]), param=fact.param, value=fact.value)
        text = text.replace("Who ", "Which of my %ss " % relation, 1)
        answer = subject_answer(fact, "your %s %s" % (relation, fact.subject.key))
        return Question("which", text, answer, [turn, fact.turn])

    def _singles_out(self, dialogue, fact):
        if fact.version or fact.subject.is_user or "who" not in fact.attribute:
            return False
        return sum(same_value(fact, other) for other in dialogue.facts.values()) == 1

    def _both(self, dialogue):
        pairs = [r for r, h in dialogue.relations.items() if len(h) == 2]
        if not pairs:
            return None
        relation = self.dice.pick(pairs)
        (one, turn), (two, later) = dialogue.relations[relation]
        several = self.world.several
        asks = several["heldOut"]["ask"] if self.held_out_phrases else several["ask"]
        text = fill(self.dice.pick(asks), param=relation)
        answer = split_answer(fill(several["answer"], param=relation), one + " and " + two)
        return Question("both", text, answer, [turn, later])

    # --- yes, no, and not told

    def _yesno(self, dialogue):
        """The answer recalls first and judges after."""
        fact = self._pick(dialogue, lambda f: "yesno" in f.attribute and not ambiguous(dialogue, f))
        if not fact:
            return None
        asked = fact.value if self.dice.percent(50) else self._wrong(dialogue, fact)
        text = fill(self.dice.pick(fact.attribute["yesno"]), fact.subject.told(), fact.param, asked)
        answer = judge(answer_parts(fact), asked == fact.value)
        return Question("yesno", capital(text), answer, [fact.turn])

    def _wrong(self, dialogue, fact):
        if fact.old and self.dice.percent(50):
            return fact.old
        others = [f.value for f in dialogue.facts.values() if same_attribute(fact, f) and f.value != fact.value]
        if others and self.dice.percent(70):
            return self.dice.pick(others)
        return self.world.value(self.dice, fact.attribute["value"], self.held_out_words)

    def _negated(self, dialogue):
        facts = [f for k, f in dialogue.denied.items() if k not in dialogue.facts]
        if not facts:
            return None
        fact = self.dice.pick(facts)
        text = fill(self.dice.pick(fact.attribute["yesno"]), fact.subject.told(), fact.param, fact.value)
        denial = capital(fill(fact.attribute["deny"], fact.subject.answered(), fact.param, fact.value))
        before, after = denial.split(" not ", 1)
        # who and what belong to the value: behind "Mara does" every model says "not"
        parts = [Part(" " + before + " not", VALUE), Part(" " + after, CARRIER)]
        return Question("negated", capital(text), judge(parts, False), [fact.turn])

    def _unknown(self, dialogue):
        """Asks what was never said; what is only denied counts as not said."""
        dice, world = self.dice, self.world
        answer = [Part(" " + world.unknown, VALUE)]
        if dice.percent(8):
            name = world.value(dice, "name", self.held_out_words)
            if all(p.key != name for p in dialogue.people):
                return Question("unknown", self._about(name), answer, [])
        for _ in range(20):
            attribute = dice.pick(world.attributes)
            params = world.params(attribute)
            param = dice.pick(params) if params else ""
            subject = self._anyone(dialogue)
            told = any(self._knows(f, attribute, subject, param) for f in dialogue.facts.values())
            kin = attribute["id"] == "relative" and subject.is_user
            if told or (kin and any(k.key == "my " + param for k in dialogue.kin)):
                continue
            if "yesno" in attribute and dice.percent(25):
                value = world.value(dice, attribute["value"], self.held_out_words)
                if any(same_denial(f, attribute, subject, param, value) for f in dialogue.denied.values()):
                    continue
                text = capital(fill(dice.pick(attribute["yesno"]), subject.told(), param, value))
            else:
                text = self._question(attribute, subject.told(), param)
            return Question("unknown", text, answer, [])
        return None

    def _anyone(self, dialogue):
        throw = self.dice.below(100)
        if throw < 30:
            return USER_SUBJECT
        return self.dice.pick(dialogue.kin if throw < 40 else dialogue.people)

    @staticmethod
    def _knows(fact, attribute, subject, param):
        same = fact.attribute is attribute and fact.param == param
        return same and (impersonal(fact) or fact.subject.key == subject.key)

    # --- what do you know about

    def _list(self, dialogue):
        """At most three facts about someone, in the order in which they were first told."""
        known = [s for s in dialogue.people + dialogue.kin if self._facts_about(dialogue, s)]
        if not known:
            return None
        subject = self.dice.pick(known)
        relation = dialogue.relation_of(subject)
        parts, evidence = [], []
        if relation:
            parts += split_answer(fill(self.world.kinship, subject.answered(), "{v}"), relation[0])
            evidence.append(relation[1])
        for fact in self._facts_about(dialogue, subject)[: 3 - len(evidence)]:
            parts += answer_parts(fact)
            evidence.append(fact.turn)
        return Question("list", self._about(subject.told().name), parts, sorted(set(evidence)))

    @staticmethod
    def _facts_about(dialogue, subject):
        return [f for f in dialogue.facts.values() if f.subject.key == subject.key and not f.tool and not impersonal(f)]

    def _about(self, name):
        return fill(self.dice.pick(self.world.heldOutAbout if self.held_out_phrases else self.world.about), third(name))

    # --- wording

    def _pick(self, dialogue, fits):
        facts = [f for f in dialogue.facts.values() if fits(f)]
        return self.dice.pick(facts) if facts else None

    def _question(self, attribute, form, param):
        dice, world = self.dice, self.world
        wrap = dice.percent(30) and "indirect" in attribute
        if wrap:
            inner = fill(dice.pick(attribute["indirect"]), form, param)
            wrappers = world.heldOutIndirect if self.held_out_phrases else world.indirect
            return dice.pick(wrappers).replace("{i}", inner)
        asks = attribute["heldOut"]["ask"] if self.held_out_phrases else attribute["ask"]
        return capital(fill(dice.pick(asks), form, param))


def dated(fact):
    return fact.attribute["value"] in DATED


def impersonal(fact):
    return fact.tool or bool(fact.attribute.get("impersonal"))


def ambiguous(dialogue, fact):
    """Whether a question by the relation could mean two people."""
    return fact.attribute["id"] == "relative" and fact.subject.is_user and len(dialogue.relations[fact.param]) > 1


def same_attribute(fact, other):
    return other.attribute is fact.attribute


def same_value(fact, other):
    return other.attribute is fact.attribute and other.value == fact.value and other.param == fact.param


def same_denial(fact, attribute, subject, param, value):
    return fact.attribute is attribute and fact.subject.key == subject.key and fact.param == param and fact.value == value


def subject_answer(fact, name):
    """The answer sentence with the subject as the part to be recalled."""
    form = Form("{v}", "{v}'s", 2)
    pattern = fact.attribute["answer"].replace("{v}", "{value}")
    if fact.value[0] in "aeiou":
        pattern = pattern.replace(" a {value}", " an {value}")
    text = fill(pattern, form, fact.param).replace("{value}", fact.value)
    return split_answer(text, name)


def recalling(parts, relation, name):
    """The same answer where the name behind the relation, too, has to be recalled."""
    out = []
    for part in parts:
        at = part.text.find(relation + " " + name) if part.cls == CARRIER else -1
        if at < 0:
            out.append(part)
            continue
        cut = at + len(relation)
        end = cut + 1 + len(name)
        out += [Part(part.text[:cut], CARRIER), Part(part.text[cut:end], VALUE), Part(part.text[end:], CARRIER)]
    return [part for part in out if part.text]


def judge(parts, yes):
    """Turns a recalled sentence into 'sentence, so yes.'"""
    last = parts[-1]
    body = parts[:-1] + [Part(last.text[:-1] + ", so", CARRIER)]
    return body + [Part(" yes" if yes else " no", VALUE), Part(".", CARRIER)]
