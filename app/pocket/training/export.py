# SPDX-License-Identifier: Apache-2.0
"""Turns a checkpoint into a GGUF file (architecture "llama"), Q8_0 or F16.

usage: export.py CHECKPOINT.pt OUT.gguf [--f16] [--safetensors OUT.safetensors]
"""

import argparse
import hashlib
import json
import struct
from pathlib import Path

import numpy as np

from model import Pocket
from tokenizer import BOS, END, SPECIAL, Tokenizer

ALIGNMENT = 32
F32, F16, Q8_0 = 0, 1, 8
UINT32, FLOAT32, BOOL, STRING, ARRAY, INT32 = 4, 6, 7, 8, 9, 5
NORMAL, CONTROL, BYTE = 1, 3, 6
TEMPLATE = Path(__file__).parent.parent / "src/main/resources/io/madeleine/pocket/pocket.jinja"


def interleave(w, heads):
    """Rows of q and k from half-split RoPE to the interleaved pairs that GGUF's llama expects."""
    rows, width = w.shape
    return w.reshape(heads, 2, rows // heads // 2, width).swapaxes(1, 2).reshape(rows, width)


def q8_0(w):
    """Blocks of 32: an f16 scale and 32 int8."""
    blocks = w.reshape(-1, 32).astype(np.float32)
    scale = (np.abs(blocks).max(1, keepdims=True) / 127).astype(np.float16)
    inverse = np.where(scale == 0, 0, 1 / np.where(scale == 0, 1, scale.astype(np.float32)))
    quants = np.clip(np.rint(blocks * inverse), -127, 127).astype(np.int8)
    return np.concatenate([scale.view(np.uint8), quants.view(np.uint8)], 1).tobytes()


def string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key, kind, value):
    return string(key) + struct.pack("<I", kind) + value


def array(kind, values):
    return struct.pack("<IQ", kind, len(values)) + b"".join(values)


def metadata(config, tokenizer, parameters, positions):
    number = lambda key, n: entry(key, UINT32, struct.pack("<I", n))
    real = lambda key, x: entry(key, FLOAT32, struct.pack("<f", x))
    text = lambda key, t: entry(key, STRING, string(t))
    kinds = [CONTROL if i < len(SPECIAL) else NORMAL for i in range(len(tokenizer.pieces))]
    return [
        text("general.architecture", "llama"),
        text("general.name", "Madeleine pocket"),
        text("general.license", "apache-2.0"),
        text("general.size_label", "%.1fM" % (parameters / 1e6)),
        number("general.alignment", ALIGNMENT),
        number("llama.context_length", positions),
        number("llama.embedding_length", config.width),
        number("llama.block_count", config.layers),
        number("llama.feed_forward_length", config.feed_forward),
        number("llama.attention.head_count", config.heads),
        number("llama.attention.head_count_kv", config.kv_heads),
        number("llama.attention.key_length", config.head_dim),
        number("llama.attention.value_length", config.head_dim),
        number("llama.rope.dimension_count", config.head_dim),
        number("llama.vocab_size", config.vocabulary),
        real("llama.attention.layer_norm_rms_epsilon", 1e-5),
        real("llama.rope.freq_base", config.theta),
        text("tokenizer.ggml.model", "gpt2"),
        text("tokenizer.ggml.pre", "gpt-2"),
        entry("tokenizer.ggml.tokens", ARRAY, array(STRING, [string(p) for p in tokenizer.pieces])),
        entry("tokenizer.ggml.token_type", ARRAY, array(INT32, [struct.pack("<i", k) for k in kinds])),
        entry("tokenizer.ggml.merges", ARRAY, array(STRING, [string(a + " " + b) for a, b in tokenizer.merges])),
        number("tokenizer.ggml.bos_token_id", BOS),
        number("tokenizer.ggml.eos_token_id", END),
        number("tokenizer.ggml.padding_token_id", 0),
        entry("tokenizer.ggml.add_bos_token", BOOL, b"\x01"),
        text("tokenizer.chat_template", TEMPLATE.read_text().strip()),
    ]


def tensors(model):
    """GGUF names and arrays; matrices stay [out, in], q and k with interleaved rows."""
    c = model.config
    for name, parameter in model.state_dict().items():
        w = parameter.numpy()
        if "attn_q" in name or "attn_k" in name:
            w = interleave(w, c.heads if "attn_q" in name else c.kv_heads)
        yield name, w


def write_gguf(model, path, wide, positions):
    tokenizer = Tokenizer.load()
    header, data = [], b""
    for name, w in tensors(model):
        kind = F32 if w.ndim == 1 else F16 if wide else Q8_0
        raw = q8_0(w) if kind == Q8_0 else w.astype(np.float16 if kind == F16 else np.float32).tobytes()
        sizes = struct.pack("<%dQ" % w.ndim, *reversed(w.shape))
        header.append(string(name) + struct.pack("<I", w.ndim) + sizes + struct.pack("<IQ", kind, len(data)))
        data += raw + b"\0" * (-len(raw) % ALIGNMENT)
    entries = metadata(model.config, tokenizer, sum(p.numel() for p in model.parameters()), positions)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(header), len(entries)) + b"".join(entries) + b"".join(header)
    Path(path).write_bytes(head + b"\0" * (-len(head) % ALIGNMENT) + data)


def write_safetensors(model, path):
    """The weights as f16 in half-split RoPE, as they were trained: what a later run can start from."""
    header, data = {}, b""
    for name, parameter in model.state_dict().items():
        w = parameter.numpy().astype(np.float32 if parameter.dim() == 1 else np.float16)
        kind = "F32" if w.dtype == np.float32 else "F16"
        header[name] = {"dtype": kind, "shape": list(w.shape), "data_offsets": [len(data), len(data) + w.nbytes]}
        data += w.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint")
    parser.add_argument("out")
    parser.add_argument("--f16", action="store_true")
    parser.add_argument("--safetensors")
    a = parser.parse_args()
    model, saved = Pocket.load(a.checkpoint)
    positions = saved.get("arguments", {}).get("max_position", 4096)
    write_gguf(model, a.out, a.f16, positions)
    if a.safetensors:
        write_safetensors(model, a.safetensors)
    for path in filter(None, (a.out, a.safetensors)):
        content = Path(path).read_bytes()
        print(path, len(content), "bytes, SHA-256", hashlib.sha256(content).hexdigest())
    print("tokens seen:", saved.get("tokens"), "arguments:", saved.get("arguments"))
