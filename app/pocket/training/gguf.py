# SPDX-License-Identifier: Apache-2.0
"""Reads the weights of an F16 file of export.py back, so that training can go on from the checkpoint in the jar."""

import struct
from pathlib import Path

import numpy as np
import torch

from model import Config, Pocket

ALIGNMENT, F32, F16 = 32, 0, 1
SIZES = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9
SHORTEST = 4096
"""Positions of checkpoints that do not say for how many they were trained."""


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values[0]

    def string(self):
        length = self.take("Q")
        self.at += length
        return self.data[self.at - length : self.at].decode()

    def value(self, kind):
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            inner, count = self.take("I"), self.take("Q")
            return [self.value(inner) for _ in range(count)]
        return self.take(SIZES[kind])


def halves(w, heads):
    """Rows of q and k from interleaved RoPE pairs back to two halves: the inverse of export.interleave."""
    rows, width = w.shape
    return w.reshape(heads, rows // heads // 2, 2, width).swapaxes(1, 2).reshape(rows, width)


def checkpoint(path):
    """The model of a .pt or an F16 .gguf."""
    return load(path)[0] if path.endswith(".gguf") else Pocket.load(path)[0]


def positions(path):
    """How many positions a .pt or an F16 .gguf was trained for."""
    if path.endswith(".gguf"):
        return load(path)[1]["llama.context_length"]
    return Pocket.load(path)[1].get("arguments", {}).get("max_position", SHORTEST)


def load(path):
    """The model of a GGUF file whose matrices are F16 or F32, and what the file says about it."""
    reader = Reader(Path(path).read_bytes())
    if reader.data[:4] != b"GGUF":
        raise ValueError("%s is not a GGUF file" % path)
    reader.at = 8
    tensors, entries = reader.take("Q"), reader.take("Q")
    about = {}
    for _ in range(entries):
        key = reader.string()
        about[key] = reader.value(reader.take("I"))
    headers = []
    for _ in range(tensors):
        name, sizes = reader.string(), reader.take("I")
        shape = [reader.take("Q") for _ in range(sizes)][::-1]
        headers.append((name, shape, reader.take("I"), reader.take("Q")))
    start = -(-reader.at // ALIGNMENT) * ALIGNMENT
    model = Pocket(config_of(about))
    model.load_state_dict({name: matrix(reader.data, start, header, model.config) for header in headers for name in header[:1]})
    return model, about


def config_of(about):
    number = lambda key: about["llama." + key]
    return Config(
        number("vocab_size"), number("embedding_length"), number("block_count"), number("attention.head_count"),
        number("attention.head_count_kv"), number("attention.key_length"), number("feed_forward_length"),
        number("rope.freq_base"),
    )  # fmt: skip


def matrix(data, start, header, config):
    name, shape, kind, offset = header
    if kind not in (F32, F16):
        raise ValueError("tensor %s has type %d; only F32 (0) and F16 (1) can be trained on" % (name, kind))
    form = np.float32 if kind == F32 else np.float16
    w = np.frombuffer(data, form, int(np.prod(shape)), start + offset).astype(np.float32).reshape(shape)
    if "attn_q" in name or "attn_k" in name:
        w = halves(w, config.heads if "attn_q" in name else config.kv_heads)
    return torch.from_numpy(np.ascontiguousarray(w))
