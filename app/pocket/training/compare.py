# SPDX-License-Identifier: Apache-2.0
"""What bfloat16 products change in a checkpoint's loss and gradient, and what they save: one row, with and without.

usage: compare.py CHECKPOINT [--length 2048]
CHECKPOINT is a .pt or an F16 .gguf. The processor needs AVX512-BF16.
"""

import argparse
import time

import torch
from torch.nn import functional as F

import gguf
import half
from rows import Rows
from tokenizer import Tokenizer

ROUNDS = 5


def step(model, ids):
    """The loss, its gradient in one piece, and the milliseconds that both took."""
    began = time.perf_counter()
    model.zero_grad(set_to_none=True)
    loss = F.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
    loss.backward()
    milliseconds = (time.perf_counter() - began) * 1e3
    return float(loss), torch.cat([p.grad.flatten() for p in model.parameters()]), milliseconds


def measure(model, ids, on):
    half.on = on
    step(model, ids)
    rounds = [step(model, ids) for _ in range(ROUNDS)]
    return *rounds[0][:2], sorted(r[2] for r in rounds)[ROUNDS // 2]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint")
    parser.add_argument("--length", type=int, default=2048)
    a = parser.parse_args()
    torch.set_num_threads(1)
    model = gguf.checkpoint(a.checkpoint)
    ids, *_ = Rows(Tokenizer.load(), 1, 0).batch(2, a.length)
    (loss, gradient, slow), (other, near, fast) = (measure(model, ids, on) for on in (False, True))
    difference = float((gradient - near).norm() / gradient.norm())
    print("loss %.4f and %.4f, gradients apart by %.3f of their length, %.0f ms and %.0f ms" % (loss, other, difference, slow, fast))
