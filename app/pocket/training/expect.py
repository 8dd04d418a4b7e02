# SPDX-License-Identifier: Apache-2.0
"""Writes what the Java laboratory must tell and ask for the same seeds.

usage: expect.py OUT.txt [seeds]     one readable dialogue, then a SHA-256 for every seed
"""

import hashlib
import sys

from dialogue import Narrator, Script, pocket_texts
from dice import Dice
from questions import TRAINING, Asker
from world import World


def words(text):
    return 1 if text.startswith("<|") else len(text.split())


def transcript(world, seed, length, phrases):
    """A dialogue in the chat format, a line for each turn, then two questions of every kind."""
    dice = Dice(seed)
    dialogue = Narrator(world, dice, Script(length, True, phrases), words).tell()
    lines = ["".join(pocket_texts(turn)) for turn in dialogue.turns]
    asker = Asker(world, dice, True, phrases)
    for kind in list(TRAINING) * 2:
        question = asker.ask_kind(dialogue, kind)
        if question:
            answer = "|".join(part.text for part in question.answer)
            lines.append("%s: %s ->%s %s" % (kind, question.text, answer, question.evidence))
    return "\n".join(lines) + "\n"


def main(path, seeds):
    world = World()
    out = [transcript(world, 1, 200, False)]
    for seed in range(seeds):
        text = transcript(world, seed, 150 + 40 * seed, seed % 2 == 1)
        out.append("%d %s\n" % (seed, hashlib.sha256(text.encode()).hexdigest()))
    with open(path, "w") as file:
        file.write("".join(out))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60)
