# SPDX-License-Identifier: Apache-2.0
"""Does surprise rise where the topic shifts? Area under the ROC curve over the turns of held-out dialogues.

raw: mean surprisal of the first 8 tokens of a turn. gain: surprisal of the user's text behind the context, minus
the same behind <|bos|> alone, a token. Turns that begin a session or have fewer than 8 tokens are left out.

usage: surprise.py CHECKPOINT [--dialogues 20] [--context 1000] [--seed 8000]; CHECKPOINT is a .pt or an F16 .gguf
"""

import argparse

import torch

import gguf
from evaluate import dialogue_of
from rows import Rows
from tokenizer import ASSISTANT, BOS, Tokenizer

FIRST = 8


@torch.no_grad()
def surprisal(model, ids):
    """Nats of every token but the first."""
    log = model(torch.tensor([ids]))[0, :-1].log_softmax(-1)
    return (-log.gather(1, torch.tensor(ids[1:])[:, None])[:, 0]).tolist()


def measure(model, dialogues, context, seed):
    """{name: (values at shifts, values inside a topic)}"""
    rows = Rows(Tokenizer.load(), 0, 0)
    found = {"raw": ([], []), "gain": ([], [])}
    for d in range(dialogues):
        dialogue, _ = dialogue_of(rows.world, seed + d, context, rows.length_of, False)
        ids, _ = rows.encode(dialogue.turns)
        behind, at, before = [0.0, *surprisal(model, ids)], 1, None
        for turn in dialogue.turns:
            piece, _ = rows.turn(turn)
            user = piece[: piece.index(ASSISTANT)]
            if before is not None and not turn.session and len(user) >= FIRST:
                side = 0 if turn.segment != before else 1
                found["raw"][side].append(sum(behind[at : at + FIRST]) / FIRST)
                alone = surprisal(model, [BOS] + user)[1:]
                gain = sum(behind[at + 1 : at + len(user)]) - sum(alone)
                found["gain"][side].append(gain / len(user))
            at, before = at + len(piece), turn.segment
    return found


def area(shift, same):
    """The chance that a shift has the larger value."""
    wins = sum((s > t) + 0.5 * (s == t) for s in shift for t in same)
    return wins / (len(shift) * len(same))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint")
    parser.add_argument("--dialogues", type=int, default=20)
    parser.add_argument("--context", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=8000, help="of the first dialogue")
    a = parser.parse_args()
    torch.set_num_threads(1)
    model = gguf.checkpoint(a.checkpoint)
    for name, (shift, same) in measure(model, a.dialogues, a.context, a.seed).items():
        means = sum(shift) / len(shift), sum(same) / len(same)
        print("%-5s shift %.3f (%d)  same topic %.3f (%d)  AUC %.3f" % (name, means[0], len(shift), means[1], len(same), area(shift, same)))
