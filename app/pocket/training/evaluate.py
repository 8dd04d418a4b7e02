# SPDX-License-Identifier: Apache-2.0
"""Asks a checkpoint independent questions behind statements; no question sees another.

usage: evaluate.py CHECKPOINT [--context 1000] [--questions 24] [--dialogues 12] [--held-out-phrases] [--careless] [--seed 7000]
CHECKPOINT is a .pt or an F16 .gguf.
"""

import argparse
from collections import defaultdict
from dataclasses import replace

import torch

import gguf
from dialogue import VALUE, Narrator, Script, Turn
from dice import Dice
from questions import TRAINING, Asker
from rows import Rows
from tokenizer import ASSISTANT, Tokenizer

EVEN = {kind: 1 for kind in TRAINING}


def dialogue_of(world, seed, context, length_of, phrases):
    """A held-out dialogue and its asker."""
    dice = Dice(seed)
    asker = Asker(world, dice, True, phrases, EVEN)
    return Narrator(world, dice, Script(context, True, phrases), length_of, asker).tell(), asker


def questions_of(dialogue, asker, count):
    """Different questions, the kinds in turn as far as the dialogue holds them."""
    found = {}
    for attempt in range(count * 4):
        kind = list(EVEN)[attempt % len(EVEN)]
        question = asker.ask_kind(dialogue, kind)
        if question and len(found) < count:
            found.setdefault(question.text, question)
    return list(found.values())


def careless(text):
    """A question as people type it: small, and without its mark."""
    return text[0].lower() + text[1:].rstrip("?.")


@torch.no_grad()
def ask(model, rows, dialogue, questions):
    """(kind, all values right, whole answer right) for each question, teacher-forced: the same as greedy decoding
    where the whole answer is right."""
    context, _ = rows.encode(dialogue.turns)
    for question in questions:
        ids, classes = rows.turn(Turn(question.text, question.answer, "", 0))
        row = torch.tensor([context + ids])
        best = model(row)[0, :-1].argmax(-1)
        start = len(context) + ids.index(ASSISTANT)
        right = (best[start:] == row[0, start + 1 :]).tolist()
        values = [r for r, cls in zip(right, classes[ids.index(ASSISTANT) + 1 :]) if cls == VALUE]
        yield question.kind, all(values), all(right)


def evaluate(model, context, dialogues, per_dialogue, phrases=False, seed=7000, typed=str):
    model.eval()
    rows = Rows(Tokenizer.load(), 0, 0)
    scores = defaultdict(lambda: [0, 0, 0])
    for d in range(dialogues):
        dialogue, asker = dialogue_of(rows.world, seed + d, context, rows.length_of, phrases)
        questions = [replace(q, text=typed(q.text)) for q in questions_of(dialogue, asker, per_dialogue)]
        for kind, value, whole in ask(model, rows, dialogue, questions):
            for key in (kind, "all") + (() if kind == "unknown" else ("answerable",)):
                scores[key] = [scores[key][0] + 1, scores[key][1] + value, scores[key][2] + whole]
    return {k: (n, round(v / n, 3), round(w / n, 3)) for k, (n, v, w) in sorted(scores.items())}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint")
    parser.add_argument("--context", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=24)
    parser.add_argument("--dialogues", type=int, default=12)
    parser.add_argument("--held-out-phrases", action="store_true")
    parser.add_argument("--careless", action="store_true", help="questions in small letters, without their mark")
    parser.add_argument("--seed", type=int, default=7000, help="of the first dialogue")
    a = parser.parse_args()
    torch.set_num_threads(1)
    model = gguf.checkpoint(a.checkpoint)
    result = evaluate(model, a.context, a.dialogues, a.questions, a.held_out_phrases, a.seed, careless if a.careless else str)
    for kind, (n, value, whole) in result.items():
        print("%-12s n %4d  values %.3f  whole answer %.3f" % (kind, n, value, whole))
