# SPDX-License-Identifier: Apache-2.0
"""What somebody meets who tries it out: one to six statements, and a question at once.

told: questions of all kinds whose answer was told. unknown: what was never said, asked as in the dialogues of training. untold: the
same of somebody whose name is known, asked by the relation ("my sister Zelandra", and then "where does my sister live?"). Right is
what the answer has to recall, or that it says it was not told; given the words around it, as in evaluate.py.

usage: tryout.py CHECKPOINT [--dialogues 400] [--seed 310000]; CHECKPOINT is a .pt or an F16 .gguf
"""

import argparse

import torch

import gguf
from dialogue import VALUE, Narrator, Part, Question, Script, Turn
from dice import Dice
from questions import Asker
from rows import Rows
from tokenizer import ASSISTANT, Tokenizer
from world import third


def untold(asker, dialogue):
    """A question by the relation about someone named, of whom that was never said; None after 20 tries."""
    dice, world = asker.dice, asker.world
    named = [(relation, holders[0][0]) for relation, holders in dialogue.relations.items() if len(holders) == 1]
    for _ in range(20 if named else 0):
        (relation, name), attribute = dice.pick(named), dice.pick(world.attributes)
        if attribute["id"] == "relative" or attribute.get("impersonal"):
            continue
        known = [f for f in dialogue.facts.values() if f.attribute is attribute and f.subject.key in (name, "my " + relation)]
        if not known:
            params = world.params(attribute)
            text = asker._question(attribute, third("my " + relation), dice.pick(params) if params else "")
            return Question("unknown", text, [Part(" " + world.unknown, VALUE)], [])
    return None


@torch.no_grad()
def right(model, rows, context, question):
    """Whether every recalled token is the likeliest, given those before it."""
    ids, classes = rows.turn(Turn(question.text, question.answer, "", 0))
    start = ids.index(ASSISTANT)
    best = model(torch.tensor([context + ids]))[0, len(context) + start : -1].argmax(-1).tolist()
    return all(b == i for b, i, c in zip(best, ids[start + 1 :], classes[start + 1 :]) if c == VALUE)


def asked(asker, dialogue):
    """Four questions as they come, one about what was not said, one by the relation: each with its name here."""
    questions = [asker.ask(dialogue) for _ in range(4)] + [asker.ask_kind(dialogue, "unknown")]
    named = [("unknown" if q.kind == "unknown" else "told", q) for q in questions if q]
    more = untold(asker, dialogue)
    return named + ([("untold", more)] if more else [])


def main(a):
    torch.set_num_threads(1)
    model, rows = gguf.checkpoint(a.checkpoint).eval(), Rows(Tokenizer.load(), 0, 0)
    found = {"told": [], "unknown": [], "untold": []}
    for d in range(a.dialogues):
        dice = Dice(a.seed + d)
        asker = Asker(rows.world, dice, held_out_words=True)
        script = Script(40 + 30 * (d % 4), inline=0, echo=10, small_talk=0, held_out_words=True)
        dialogue = Narrator(rows.world, dice, script, rows.length_of, asker).tell()
        context, _ = rows.encode(dialogue.turns)
        for name, question in asked(asker, dialogue):
            found[name].append(right(model, rows, context, question))
    for name, answers in found.items():
        print("%-7s %.3f of %d" % (name, sum(answers) / max(1, len(answers)), len(answers)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint")
    parser.add_argument("--dialogues", type=int, default=400)
    parser.add_argument("--seed", type=int, default=310000, help="of the first dialogue")
    main(parser.parse_args())
