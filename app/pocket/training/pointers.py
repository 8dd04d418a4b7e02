# SPDX-License-Identifier: Apache-2.0
"""Where an answer's values stand in what was told, and how much of a layer's attention goes there.

A small model finds out slowly, from wrong first tokens alone, which of forty statements a question means. The generator
knows it. So one more term of the loss asks that some head of a layer looks at the told value at the moment when the answer
begins to say it. It is a term of training only: the model stays plain Llama.
"""

import re
from collections import namedtuple

import torch

from dialogue import VALUE, pocket_segments
from tokenizer import PATTERN

# At input `at`, which predicts the first token of a told word, attention belongs on one of `told`.
Pointer = namedtuple("Pointer", "at told")
CARRIERS = {"a", "an", "and", "the", "not", "your", "you", "yes", "no", "so", ","}
WORD = re.compile(PATTERN)


class Reader:
    """Finds words of turns as positions in a row of ids."""

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer

    def words(self, turn, start):
        """(word, position of its first token, class) of a turn that begins at start."""
        at = start
        for part in pocket_segments(turn):
            if part.text.startswith("<|"):
                at += 1
                continue
            for word in WORD.findall(part.text):
                yield word.strip().lower(), at, part.cls
                at += len(self.tokenizer.encode(word))

    def pointers(self, asked, start, told):
        """The pointers of an answered question that begins at start; told holds (turn, its start) of the evidence."""
        places = {}
        for turn, begin in told:
            for word, at, _ in self.words(turn, begin):
                places.setdefault(word, []).append(at)
        for word, at, cls in self.words(asked, start):
            if cls == VALUE and word in places and word not in CARRIERS:
                yield Pointer(at - 1, places[word])


def pointing_loss(queries, keys, pointers):
    """The mean over pointers of -log of the heads' mean attention on the told word.

    queries [B,T,H,hd] and keys [B,T,K,hd] of one layer, behind RoPE; pointers: for each row a list.
    """
    group, losses = queries.shape[2] // keys.shape[2], []
    for row, row_pointers in enumerate(pointers):
        if not row_pointers:
            continue
        at = torch.tensor([p.at for p in row_pointers], device=queries.device)
        k = keys[row].repeat_interleave(group, 1)  # [T,H,hd]
        scores = torch.einsum("nhd,thd->nht", queries[row, at], k) * queries.shape[3] ** -0.5
        future = torch.arange(k.shape[0], device=k.device)[None] > at[:, None]
        attention = scores.masked_fill(future[:, None], -1e9).softmax(-1)
        told = torch.zeros(len(row_pointers), k.shape[0], device=k.device)
        for i, pointer in enumerate(row_pointers):
            told[i, pointer.told] = 1
        losses.append(-((attention * told[:, None]).sum(-1).mean(1) + 1e-6).log())
    return torch.cat(losses).mean() if losses else queries.new_zeros(())
