# SPDX-License-Identifier: Apache-2.0
"""Training rows: dialogues as ids, a weight for each token, and positions with gaps."""

from dataclasses import replace

import torch

from dialogue import CARRIER, USER as USER_TEXT, Narrator, Part, Script, Turn, pocket_segments
from dice import Dice
from pointers import Reader
from questions import Asker
from tokenizer import BOS, USER
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
        ids, classes, starts, pointers = [BOS], [0], [], []

        def put(turn):
            question = turn.question
            if question:
                told = [(dialogue.turns[t], starts[t]) for t in question.evidence]
                pointers.extend(self.reader.pointers(turn, len(ids), told))
            more_ids, more_classes = self.turn(turn)
            ids.extend(more_ids)
            classes.extend(more_classes)

        for turn in turns:
            starts.append(len(ids))
            put(turn)
        while len(ids) < length:
            question = None if dice.percent(8) else asker.ask(dialogue)
            put(Turn(self._careless(question.text), question.answer, "", 0, question=question) if question else self.small_talk())
        return ids[:length], classes[:length], pointers

    def _greeted(self, turns):
        """The turns, but the first says what people say to a chat, behind the session's name as in use."""
        return [replace(self.small_talk(), session=turns[0].session)] + turns[1:]

    def _told(self, turn):
        """One statement in seven as people type it."""
        return replace(turn, user=self._typed(turn.user)) if not turn.question and self.dice.percent(20) else turn

    def small_talk(self):
        """A turn of small talk, typed as people type. Its one reply can be known, unlike an acknowledgement: so it weighs as an answer does."""
        user, reply = self.dice.pick(GREETINGS if self.dice.percent(20) else self.world.chat)
        return Turn(self._typed(user), [Part(" " + reply, CARRIER)], "", 0)

    def _typed(self, text):
        """As people type: often without the full stop or the mark, with an exclamation mark, in small letters."""
        how = self.dice.below(4)
        if how == 0 or text[-1] not in ".?":
            return text
        if text.endswith("?"):
            return (text[:-1], text[0].lower() + text[1:], text[0].lower() + text[1:-1])[how - 1]
        bare = text[:-1]
        return (bare, bare + "!", bare[0].lower() + bare[1:])[how - 1]

    def _careless(self, question):
        """One question in five without its mark, in small letters, or both."""
        how = self.dice.below(15)
        if how > 2:
            return question
        bare = question.rstrip("?.") if how != 1 else question
        return bare[0].lower() + bare[1:] if how else bare

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
