# SPDX-License-Identifier: Apache-2.0
"""What people tell a chat about themselves that the world has no sentence for: their name, "my shoe size is 42", what they like.

"My name is Tom" is the first thing that many say to something that remembers. It stands here and not in world.json because the world
must not change: dialogues are told in Java too, word for word the same. Training rows say it between the world's turns and ask for it later.
"""

from collections import namedtuple

from dialogue import TALK, VALUE, Part, Question, Turn, split_answer
from world import capital, fill

Kind = namedtuple("Kind", "chance values tell ask answer")

NAME = Kind(35, ("name",),
    ["My name is {v}.", "I am {v}.", "I'm {v}.", "Call me {v}.", "You can call me {v}.", "Hi, I am {v}.", "Hello, my name is {v}.", "My name is {v}, by the way."],
    ["What is my name?", "Who am I?", "Do you know my name?", "Do you remember my name?", "What's my name?", "What am I called?"],
    "Your name is {v}.")  # fmt: skip
THING = Kind(45, ("name", "city", "food", "hobby", "color", "number", "firm", "instrument", "number"),
    ["My {p} is {v}.", "My {p} is {v}.", "{v} is my {p}.", "By the way, my {p} is {v}.", "Please remember that my {p} is {v}."],
    ["What is my {p}?", "What is my {p}?", "What's my {p}?", "Do you remember my {p}?", "Tell me my {p}."],
    "Your {p} is {v}.")  # fmt: skip
LIKE = Kind(20, ("food", "drink", "hobby", "instrument", "pet"),
    ["I like {v}.", "I really like {v}.", "I like {v} a lot."],
    ["What do I like?", "Do you know what I like?"],
    "You like {v}.")  # fmt: skip
KINDS = {"name": NAME, "thing": THING, "like": LIKE}
MEETING = "Nice to meet you, {v}."

THINGS = (
    "favourite colour", "favourite song", "favourite book", "favourite film", "favourite team", "favourite number", "favourite city", "favourite flower",
    "lucky number", "shoe size", "middle name", "surname", "nickname", "age", "bike", "laptop", "school", "star sign", "seat", "boat", "project", "flower",
    "locker", "user name", "bank", "favourite game", "favourite singer", "first job", "old school", "second name", "desk", "bus", "train", "phone",
)  # fmt: skip
HELD_OUT_THINGS = ("favourite band", "favourite place", "table", "room number", "favourite season", "last name", "ship", "house number")
"""Training never says these; `talk.py` asks about them."""

REMARKS = (
    "We moved to {v} last week.", "I saw {v} yesterday.", "I bought some {v} today.", "Yesterday we had {v} for dinner.", "I met {v} in town.",
    "I read a lot about {v}.", "The {v} was very good.", "We went to {v} on Sunday.", "I have a meeting with {v} tomorrow.", "{v} sent me a letter.",
    "There is a {v} in the garden.", "My train was late.", "The weather is nice.", "I had a long day.", "We are at home.", "I think about {v}.",
)  # fmt: skip


class Asides:
    """What one row tells beside its world."""

    def __init__(self, world, dice, held_out=False):
        self.world, self.dice, self.held_out = world, dice, held_out
        self.told = {}  # (kind, thing) -> value

    def tell(self):
        """(the key of what is told or None, a turn): a name, a thing, what the user likes; or a remark that nobody asks about."""
        key = None if self.dice.percent(25) else self._key()
        if not key or key in self.told:
            return None, self._remark()
        kind, thing = key
        value = self._value(KINDS[kind])
        value = self.told[key] = value.lower() if self.dice.percent(15) else value
        text = capital(fill(self.dice.pick(KINDS[kind].tell), param=thing, value=value))
        reply = split_answer(MEETING, value) if kind == "name" and self.dice.percent(80) else self._noted()
        return key, Turn(text, reply, "", 0)

    def ask(self):
        """(the key of what is asked for, the question's turn); the answer to what was never told is that."""
        key = self.dice.pick(list(self.told)) if self.told and self.dice.percent(85) else self._key()
        kind, thing = key
        text = fill(self.dice.pick(KINDS[kind].ask), param=thing)
        value = self.told.get(key)
        answer = split_answer(fill(KINDS[kind].answer, param=thing), value) if value else [Part(" " + self.world.unknown, VALUE)]
        return key, Turn(text, answer, "", 0, question=Question(kind, text, answer, []))

    def _key(self):
        kind = self.dice.weighted({name: kind.chance for name, kind in KINDS.items()})
        return kind, self._thing() if kind == "thing" else ""

    def _thing(self):
        if self.held_out:
            return self.dice.pick(HELD_OUT_THINGS)
        if self.dice.percent(60):
            return self.dice.pick(THINGS)
        return ("favourite " if self.dice.percent(30) else "") + self.world.value(self.dice, self.dice.pick(("food", "hobby", "instrument")), False)

    def _value(self, kind):
        return self.world.value(self.dice, self.dice.pick(kind.values), self.held_out)

    def _remark(self):
        kind = self.dice.pick(("name", "city", "food", "firm", "pet"))
        return Turn(capital(fill(self.dice.pick(REMARKS), value=self.world.value(self.dice, kind, self.held_out))), self._noted(), "", 0)

    def _noted(self):
        return [Part(" " + self.dice.pick(self.world.acknowledgements), TALK)]
