# SPDX-License-Identifier: Apache-2.0
"""Makes a checkpoint larger without changing what it computes, so that training goes on instead of beginning again.

usage: grow.py FROM.pt|FROM.gguf TO.pt [--width 192] [--feed-forward 384] [--repeat 2,4] [--more-heads 2]

A repeated layer is a copy behind itself whose outputs are zero ("LLaMA Pro", Wu et al., 2024); new dimensions are read
with small random weights and written with zeros; the norms' weights make up for the mean over more dimensions
("Net2Net", Chen et al., 2016). New heads look where the old ones do, not quite (their queries and keys are copies with a
little noise), read something new there, and are not heard at first. --point-layers of train.py counts the new layers.
"""

import argparse
from dataclasses import replace

import torch

import gguf
from model import Pocket

SMALL = 0.3
"""Of the spread that a new model's weights begin with."""


def grown(old, width, feed_forward, repeat, more_heads=1):
    """more_heads: how many times as many."""
    layers = [i for i in range(old.config.layers) for _ in range(2 if i in repeat else 1)]
    heads = {"heads": old.config.heads * more_heads, "kv_heads": old.config.kv_heads * more_heads}
    new = Pocket(replace(old.config, width=width, feed_forward=feed_forward, layers=len(layers), **heads))
    before, after = old.state_dict(), new.state_dict()
    for name in after:
        source, copy = _source(name, layers)
        after[name] = _padded(source, before[source], after[name], (old.config.width / width) ** 0.5)
        if copy and _writes(name):
            after[name].zero_()
    new.load_state_dict(after)
    return new


def _source(name, layers):
    """The tensor that this one comes from, and whether it is the second that comes from it."""
    if not name.startswith("blk."):
        return name, False
    _, index, rest = name.split(".", 2)
    index = int(index)
    return "blk.%d.%s" % (layers[index], rest), index > 0 and layers[index - 1] == layers[index]


def _padded(name, small, large, norm_scale):
    if small.dim() == 1:
        large = torch.full_like(large, float(small.mean()))
        large[: len(small)] = small
        return large * norm_scale
    rows, columns = small.shape
    large = torch.zeros_like(large) if name == "token_embd.weight" or _writes(name) else large * SMALL
    if _writes(name):
        large[:, columns:] = 0
    large[:rows, :columns] = small
    if "attn_q" in name or "attn_k" in name:
        for copy in range(rows, large.shape[0], rows):
            large[copy : copy + rows, :columns] += small
    return large


def _writes(name):
    return "attn_output" in name or "ffn_down" in name


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--feed-forward", type=int, default=384)
    parser.add_argument("--more-heads", type=int, default=1, help="how many times as many, of queries and of keys")
    parser.add_argument("--repeat", default="2,4", help="layers, from 0, that get a copy behind them")
    a = parser.parse_args()
    torch.manual_seed(1)
    old = gguf.checkpoint(a.old)
    new = grown(old, a.width, a.feed_forward, {int(x) for x in a.repeat.split(",") if x}, a.more_heads)
    ids = torch.randint(0, old.config.vocabulary, (1, 64))
    difference = float((old(ids) - new(ids)).detach().abs().max())
    assert difference < 1e-2, "grown model differs by %g" % difference
    new.save(a.new)
    print(a.new, sum(p.numel() for p in new.parameters()), "parameters; greatest difference of a logit", difference)
