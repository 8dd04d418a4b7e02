# SPDX-License-Identifier: Apache-2.0
"""What the pocket model's world consists of: words, sentence patterns, and how a pattern becomes a sentence.

Everything that is told or asked stands in world.json, which the Java laboratory reads as well; a few greetings that only training says
stand in rows.py.
"""

import json
import re
from collections import namedtuple
from pathlib import Path

WORLD = Path(__file__).parent.parent / "src/main/resources/io/madeleine/pocket/world.json"

# How a subject is named in a sentence: nominative, possessive, and which column of a verb it takes.
Form = namedtuple("Form", "name possessive person")
FIRST, SECOND, THIRD = 0, 1, 2
VERBS = {
    "{is}": ("am", "are", "is"),
    "{was}": ("was", "were", "was"),
    "{has}": ("have", "have", "has"),
    "{does}": ("do", "do", "does"),
}
I, YOU, NOBODY = Form("I", "my", FIRST), Form("you", "your", SECOND), Form("", "", THIRD)
HE, SHE = Form("he", "his", THIRD), Form("she", "her", THIRD)
CHOICE = re.compile(r"\[([^|\]]*)\|([^\]]*)\]")


def third(name):
    return Form(name, name + "'s", THIRD)


def capital(text):
    return text[:1].upper() + text[1:]


def lower(text):
    return text[:1].lower() + text[1:]


def fill(pattern, form=NOBODY, param="", value=None):
    """The sentence of a pattern, not yet capitalised. Without a value {v} stays, to be split at."""
    text = pattern
    if "[" in text:
        text = CHOICE.sub(r"\2" if form.person == THIRD else r"\1", text)
    for verb, columns in VERBS.items():
        if verb in text:
            text = text.replace(verb, columns[form.person])
    if value is not None and value[0] in "aeiou":
        text = text.replace(" a {v}", " an {v}")
    if param and param[0] in "aeiou":
        text = text.replace(" a {p}", " an {p}")
    text = text.replace("{s's}", form.possessive).replace("{s}", form.name).replace("{p}", param)
    return text if value is None else text.replace("{v}", value)


class World:
    def __init__(self, path=WORLD):
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        self.__dict__.update(data)
        self.by_topic = {t: [a for a in self.attributes if a["topic"] == t] for t in self.topics}
        self.relative = next(a for a in self.attributes if a["id"] == "relative")
        self.training_words = [w for kind in self.words.values() for w in kind["train"]]

    def params(self, attribute):
        """The names that an attribute's {p} can take; a relation is one of them."""
        kind = attribute.get("param")
        return list(self.relations) if kind == "relation" else self.parameters[kind] if kind else None

    def value(self, dice, kind, held_out):
        """A value of a kind; with held_out a word that training never shows."""
        if kind in self.words:
            return self._word(dice, self.words[kind], held_out)
        if kind in self.closed:
            return dice.pick(self.closed[kind])
        if kind in self.parameters:
            return dice.pick(self.parameters[kind])
        if kind == "digits":
            return "%04d" % dice.below(10000)
        if kind == "number":
            return str(dice.between(10, 99))
        if kind == "date":
            return dice.pick(self.closed["month"]) + " " + str(dice.between(1, 28))
        if kind == "day":
            day = dice.pick(self.closed["weekday"])
            return day + " at " + str(dice.between(1, 12)) if dice.percent(50) else day
        if kind == "clock":
            return str(dice.between(5, 11)) + ":" + dice.pick(("00", "15", "30", "45"))
        raise ValueError("no such kind of value: " + kind)

    def _word(self, dice, kind, held_out):
        if held_out:
            listed = kind["heldOut"] and not (kind["capital"] and dice.percent(30))
            word = dice.pick(kind["heldOut"]) if listed else self._syllables(dice)
        elif dice.percent(kind["invented"]):
            word = self._syllables(dice) if dice.percent(50) else self._splice(dice)
        else:
            word = dice.pick(kind["train"])
        return capital(word) if kind["capital"] else lower(word)

    def _syllables(self, dice):
        word = ""
        for _ in range(dice.pick((1, 2, 2, 2, 3))):
            word += dice.pick(self.syllables["onset"]) + dice.pick(self.syllables["nucleus"])
        return word + dice.pick(self.syllables["coda"])

    def _splice(self, dice):
        a = dice.pick(self.training_words).lower()
        b = dice.pick(self.training_words).lower()
        start = dice.between(1, min(6, len(a)))
        end = dice.between(1, min(6, len(b)))
        return a[:start] + b[-end:]
