# SPDX-License-Identifier: Apache-2.0
"""Training rows: dialogues as ids, a weight for each token, and positions with gaps."""

from dataclasses import replace

import torch

from asides import Asides
from dialogue import CARRIER, USER as USER_TEXT, Narrator, Part, Script, Turn, pocket_segments
from dice import Dice
from pointers import Reader
from questions import Asker
from tokenizer import BOS, USER
from typed import careless, typed
from world import World

# Weight in the loss of user text, small talk and acknowledgements, answer carriers, answer values, and the text of questions: which
# question comes next nobody can know, and a loss that cannot fall is only noise.
WEIGHTS = (0.25, 0.3, 1.0, 4.0, 0.05)
ASKED = 4

# What people say to a chat beside the world's small talk. It stands here because the world must not change: dialogues are told in Java
# too, word for word the same.
GREETINGS = [["Thanks.", "You are welcome."], ["Thanks for that.", "You are welcome."], ["Hey.", "Hello. What would you like to tell me?"], ["Good night.", "Good night."]]


class Rows:
    """An endless supply of rows of one seed."""

    def __init__(self, tokenizer, seed, max_position, world=None):
        self.tokenizer, self.dice, self.max_position = tokenizer, Dice(seed), max_position
        self.world = world or World()
        self.reader = Reader(tokenizer)

    def batch(self, rows, length):
        """ids [rows, length + 1], classes of the same shape, positions [rows, length]; and for each row its pointers."""
        ids = torch.zeros(rows, length + 1, dtype=torch.long)
        classes = torch.zeros(rows, length + 1, dtype=torch.long)
        positions = torch.arange(length).repeat(rows, 1)
        pointers = []
        for row in range(rows):
            row_ids, row_classes, row_pointers = self._row(length + 1)
            pointers.append([p for p in row_pointers if p.at < length])
            ids[row], classes[row] = torch.tensor(row_ids), torch.tensor(row_classes)
            self._open_gaps(positions[row], row_ids, length)
        return ids, classes, positions, pointers

    def _row(self, length):
        """Questions after statements in two of three rows, as in use; between them in the others."""
        dice, burst = self.dice, self.dice.percent(65)
        asker = Asker(self.world, dice)
        target = length * dice.between(40, 85) // 100 if burst else length
        inline = 0 if burst else dice.pick((25, 45, 60))
        script = Script(target, inline=inline, echo=dice.pick((0, 15, 30)), small_talk=dice.pick((5, 10, 20)))
        dialogue = Narrator(self.world, dice, script, self.length_of, asker).tell()
        turns = [self._told(turn) for turn in dialogue.turns]
        if dice.percent(30):
            turns = self._greeted(turns)
        row = Row(self, dialogue, turns)
        row.tell()
        while len(row.ids) < length:
            row.ask(asker)
        return row.ids[:length], row.classes[:length], row.pointers

    def _greeted(self, turns):
        """The turns, but the first says what people say to a chat, behind the session's name as in use."""
        return [replace(self.small_talk(), session=turns[0].session)] + turns[1:]

    def _told(self, turn):
        """One statement in three as people type it."""
        return replace(turn, user=typed(self.dice, turn.user)) if not turn.question and self.dice.percent(40) else turn

    def small_talk(self):
        """A turn of small talk, typed as people type. Its one reply can be known, unlike an acknowledgement: so it weighs as an answer does."""
        user, reply = self.dice.pick(GREETINGS if self.dice.percent(20) else self.world.chat)
        return Turn(typed(self.dice, user), [Part(" " + reply, CARRIER)], "", 0)

    def length_of(self, text):
        """A text in tokens."""
        return len(self.tokenizer.encode(text))

    def encode(self, turns):
        """The ids of a dialogue from its beginning, and the class of each."""
        ids, classes = [BOS], [0]
        for turn in turns:
            more_ids, more_classes = self.turn(turn)
            ids += more_ids
            classes += more_classes
        return ids, classes

    def turn(self, turn):
        """The ids of one turn, and the class of each."""
        ids, classes = [], []
        for part in pocket_segments(turn):
            piece = self.tokenizer.encode(part.text)
            ids += piece
            classes += [ASKED if turn.question and part.cls == USER_TEXT else part.cls] * len(piece)
        return ids, classes

    def _open_gaps(self, positions, ids, length):
        """Jumps ahead at 1-4 turns of most rows, so that a short row meets long distances.

        Zhu et al., "PoSE: efficient context window extension", 2023 (https://arxiv.org/abs/2309.10400).
        """
        room = self.max_position - length
        if room <= 0 or not self.dice.percent(70):
            return
        starts = [i for i in range(length) if ids[i] == USER]
        cuts = sorted(self.dice.pick(starts) for _ in range(self.dice.between(1, 4)))
        shares = [self.dice.between(1, 100) for _ in cuts]
        budget = self.dice.below(room + 1)
        for cut, share in zip(cuts, shares):
            positions[cut:] += budget * share // sum(shares)


class Row:
    """One row as it is told: the dialogue, asides between its turns, and then the questions."""

    def __init__(self, rows, dialogue, turns):
        self.rows, self.dice, self.dialogue, self.turns = rows, rows.dice, dialogue, turns
        self.ids, self.classes, self.starts, self.pointers = [BOS], [0], [], []
        self.asides, self.said = Asides(rows.world, rows.dice), {}  # what was said beside the world: (turn, where it begins)

    def tell(self):
        dice, turns = self.dice, self.turns
        between = sorted(dice.between(1, len(turns)) for _ in range(dice.pick((0, 0, 1, 1, 2, 4))))
        for at, turn in enumerate(turns):
            for _ in range(between.count(at)):
                self._tell_aside()
            self.starts.append(len(self.ids))
            self._put(turn, self._evidence(turn.question) if turn.question else ())

    def ask(self, asker):
        """A question nearly always; or small talk, an aside, a question about one."""
        throw = self.dice.below(100)
        if throw < 8:
            self._put(self.rows.small_talk())
        elif throw < 12:
            self._tell_aside()
        elif throw < (18 if self.asides.told else 14):
            self._ask_aside()
        else:
            question = asker.ask(self.dialogue)
            if question:
                self._ask(question)
            else:
                self._put(self.rows.small_talk())

    def _ask(self, question):
        text = careless(self.dice, question.text)
        self._put(Turn(text, question.answer, "", 0, question=question), self._evidence(question))

    def _tell_aside(self):
        key, turn = self.asides.tell()
        turn = replace(turn, user=typed(self.dice, turn.user))
        if key:
            self.said[key] = turn, len(self.ids)
        self._put(turn)

    def _ask_aside(self):
        key, turn = self.asides.ask()
        self._put(replace(turn, user=careless(self.dice, turn.user)), [self.said[key]] if key in self.said else ())

    def _evidence(self, question):
        return [(self.turns[t], self.starts[t]) for t in question.evidence]

    def _put(self, turn, told=()):
        if turn.question:
            self.pointers.extend(self.rows.reader.pointers(turn, len(self.ids), told))
        ids, classes = self.rows.turn(turn)
        self.ids.extend(ids)
        self.classes.extend(classes)
