# SPDX-License-Identifier: Apache-2.0
"""Does it answer small talk as it was taught, as people type it, call tools with the right words, take statements for statements, and
remember what people say about themselves?

usage: talk.py CHECKPOINT [--context 500] [--dialogues 12] [--seed 70000]; CHECKPOINT is a .pt or an F16 .gguf
"""

import argparse
from collections import defaultdict

import torch

import gguf
from asides import MEETING, Asides
from dialogue import text_of
from dice import Dice
from evaluate import careless, dialogue_of
from rows import Rows
from tokenizer import ASSISTANT, BOS, RESULT, Tokenizer

EACH = 24
SESSION = "<|session|>", " Session 1, Monday."


@torch.no_grad()
def right(model, before, ids, end=None):
    """Whether each token behind the assistant's first mark is the model's best, which is greedy decoding where all are."""
    start = ids.index(ASSISTANT)
    ids = ids[: end or len(ids)]
    row = torch.tensor([before + ids])
    best = model(row)[0, :-1].argmax(-1)
    return bool((best[len(before) + start :] == row[0, len(before) + start + 1 :]).all())


@torch.no_grad()
def acknowledged(model, rows, before, text):
    """Whether the reply to a statement begins as an acknowledgement, an echo or "Nice to meet you" does, by two tokens."""
    encode, world = rows.tokenizer.encode, rows.world
    row = before + [i for part in ("<|user|>", " " + text, "<|assistant|>") for i in encode(part)]
    for _ in range(2):
        row.append(int(model(torch.tensor([row]))[0, -1].argmax()))
    return row[-2:] in [encode(" " + known)[:2] for known in world.acknowledgements + world.echoes + [MEETING]]


def is_statement(turn, world):
    reply = text_of(turn.parts)
    return reply in world.acknowledgements or reply.startswith(tuple(world.echoes))


def asides(model, rows, before, seed, found):
    """Eight things said about oneself in words that training has not, then asked for."""
    aside = Asides(rows.world, Dice(seed), held_out=True)
    told = before
    for _ in range(8):
        _, turn = aside.tell()
        count(found["statement of one's own, typed small"], acknowledged(model, rows, told, careless(turn.user)))
        told = told + rows.turn(turn)[0]
    for _ in range(8):
        key, turn = aside.ask()
        what = "never told" if key not in aside.told else "told: " + key[0]
        count(found["of oneself, " + what], right(model, told, rows.turn(turn)[0]))


def measure(model, dialogues, context, seed):
    """{what: [asked, right]}"""
    rows = Rows(Tokenizer.load(), seed, 0)
    opening = [BOS] + [i for text in SESSION for i in rows.tokenizer.encode(text)]
    found = defaultdict(lambda: [0, 0])
    for d in range(dialogues):
        dialogue, _ = dialogue_of(rows.world, seed + d, context, rows.length_of, False)
        told = [BOS]
        for turn in dialogue.turns:
            ids, _ = rows.turn(turn)
            if turn.tool:
                count(found["tool call"], right(model, told, ids, ids.index(RESULT) + 1))
            elif is_statement(turn, rows.world):
                count(found["statement, as written"], acknowledged(model, rows, told, turn.user))
                count(found["statement, typed small"], acknowledged(model, rows, told, careless(turn.user)))
            told = told + ids
        asides(model, rows, opening, seed + d, found)
        for _ in range(EACH):
            ids, _ = rows.turn(rows.small_talk())
            count(found["small talk, first"], right(model, opening, ids))
            count(found["small talk, behind a dialogue"], right(model, told, ids))
    return found


def count(counted, good):
    counted[0] += 1
    counted[1] += good


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint")
    parser.add_argument("--context", type=int, default=500)
    parser.add_argument("--dialogues", type=int, default=12)
    parser.add_argument("--seed", type=int, default=70000, help="of the first dialogue")
    a = parser.parse_args()
    torch.set_num_threads(1)
    model = gguf.checkpoint(a.checkpoint)
    for what, (asked, good) in measure(model, a.dialogues, a.context, a.seed).items():
        print("%-30s n %4d  right %.3f" % (what, asked, good / asked))
