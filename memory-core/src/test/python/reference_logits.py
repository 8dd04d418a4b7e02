#!/usr/bin/env python3
"""Logits of a small F32 GGUF file, by numpy alone and in double precision: the second opinion on families that the
llama.cpp of the tests does not know. usage: reference_logits.py model.gguf token,token,... > expected.txt

Written from the published model definitions (Qwen3, SmolLM3, Gemma 3), one token sequence at a time, without a cache.
Prints, for each position, the position and the first eight logits, then the root mean square of all logits there.
"""
import struct
import sys

import numpy as np


def read_gguf(path):
    data = open(path, "rb").read()
    at = [0]

    def take(form):
        size = struct.calcsize("<" + form)
        value = struct.unpack_from("<" + form, data, at[0])[0]
        at[0] += size
        return value

    def text():
        size = take("Q")
        at[0] += size
        return data[at[0] - size : at[0]].decode()

    def value(kind):
        if kind == 8:
            return text()
        if kind == 9:
            inner, count = take("I"), take("Q")
            return [value(inner) for _ in range(count)]
        return take({0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}[kind])

    assert take("I") == 0x46554747 and take("I") == 3
    tensor_count, key_count = take("Q"), take("Q")
    keys = {}
    for _ in range(key_count):
        name = text()
        keys[name] = value(take("I"))
    infos = []
    for _ in range(tensor_count):
        name = text()
        shape = [take("Q") for _ in range(take("I"))]
        assert take("I") == 0, name + " is not F32"
        infos.append((name, shape[::-1], take("Q")))
    alignment = keys.get("general.alignment", 32)
    start = (at[0] + alignment - 1) // alignment * alignment
    tensors = {}
    for name, shape, offset in infos:
        count = int(np.prod(shape))
        tensors[name] = np.frombuffer(data, "<f4", count, start + offset).reshape(shape).astype(np.float64)
    return keys, tensors


def rms_norm(x, weight, epsilon):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * weight


def rotate(x, positions, base, adjacent):
    size = x.shape[-1]
    angle = positions[:, None] * base ** (-np.arange(0, size, 2) / size)
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    first, second = (x[..., 0::2], x[..., 1::2]) if adjacent else (x[..., : size // 2], x[..., size // 2 :])
    turned = first * cos - second * sin, second * cos + first * sin
    if not adjacent:
        return np.concatenate(turned, -1)
    return np.stack(turned, -1).reshape(x.shape)


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


def silu(x):
    return x / (1 + np.exp(-x))


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def forward(keys, weights, tokens):
    family = keys["general.architecture"]
    key = lambda name: keys[family + "." + name]
    heads, kv_heads = key("attention.head_count"), key("attention.head_count_kv")
    size, epsilon = key("attention.key_length"), key("attention.layer_norm_rms_epsilon")
    positions = np.arange(len(tokens))
    x = weights["token_embd.weight"][tokens]
    if family == "gemma3":
        x = x * np.sqrt(x.shape[-1])
    for layer in range(key("block_count")):
        w = lambda name: weights.get("blk.%d.%s.weight" % (layer, name))
        h = rms_norm(x, w("attn_norm"), epsilon)
        q = (h @ w("attn_q").T).reshape(len(tokens), heads, size)
        k = (h @ w("attn_k").T).reshape(len(tokens), kv_heads, size)
        v = (h @ w("attn_v").T).reshape(len(tokens), kv_heads, size)
        if w("attn_q_norm") is not None:
            q, k = rms_norm(q, w("attn_q_norm"), epsilon), rms_norm(k, w("attn_k_norm"), epsilon)
        local = family == "gemma3" and (layer + 1) % 6 != 0
        if not (family == "smollm3" and (layer + 1) % 4 == 0):
            base = 10000.0 if local else key("rope.freq_base")
            q, k = (rotate(y, positions, base, family == "smollm3") for y in (q, k))
        seen = positions[None, :] <= positions[:, None]
        if local:
            seen &= positions[:, None] - positions[None, :] < key("attention.sliding_window")
        mixed = np.empty_like(q)
        for head in range(heads):
            group = head // (heads // kv_heads)
            scores = q[:, head] @ k[:, group].T / np.sqrt(size)
            mixed[:, head] = softmax(np.where(seen, scores, -np.inf)) @ v[:, group]
        attended = mixed.reshape(len(tokens), -1) @ w("attn_output").T
        if w("post_attention_norm") is not None:
            attended = rms_norm(attended, w("post_attention_norm"), epsilon)
        x = x + attended
        h = rms_norm(x, w("ffn_norm"), epsilon)
        gate = (gelu if family == "gemma3" else silu)(h @ w("ffn_gate").T)
        fed = (gate * (h @ w("ffn_up").T)) @ w("ffn_down").T
        if w("post_ffw_norm") is not None:
            fed = rms_norm(fed, w("post_ffw_norm"), epsilon)
        x = x + fed
    x = rms_norm(x, weights["output_norm.weight"], epsilon)
    return x @ weights.get("output.weight", weights["token_embd.weight"]).T


if __name__ == "__main__":
    keys, weights = read_gguf(sys.argv[1])
    tokens = [int(token) for token in sys.argv[2].split(",")]
    for position, row in enumerate(forward(keys, weights, tokens)):
        print(position, *("%.7g" % logit for logit in row[:8]), "%.7g" % np.sqrt((row * row).mean()))
