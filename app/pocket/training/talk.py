# SPDX-License-Identifier: Apache-2.0
"""Does it answer small talk as it was taught, as people type it, and does it call tools with the right words?

usage: talk.py CHECKPOINT [--context 500] [--dialogues 12] [--seed 70000]; CHECKPOINT is a .pt or an F16 .gguf
"""

import argparse
from collections import defaultdict

import torch

import gguf
from evaluate import dialogue_of
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
            told = told + ids
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
