# SPDX-License-Identifier: Apache-2.0
"""attention.c for autograd, or attention_half.c, built on first use. On a CUDA device PyTorch's own attention serves."""

import ctypes
import hashlib
import os
import platform
import subprocess
from functools import cache
from pathlib import Path

import torch

import half

HERE = Path(__file__).parent
WIDE = ["-mprefer-vector-width=512"] if platform.machine() in ("x86_64", "AMD64") else []
FLAGS = ["-O3", "-march=native", *WIDE, "-ffast-math", "-shared", "-fPIC"]


def processor():
    """What -march=native means here."""
    known = Path("/proc/cpuinfo")
    return next((line for line in known.read_text().split("\n") if line.startswith("flags")), "") if known.exists() else ""


@cache
def library(name):
    """Named by what it was made of, and put in place whole: ranks start together."""
    source = HERE / name
    made_of = hashlib.sha256(source.read_bytes() + " ".join([*FLAGS, processor()]).encode()).hexdigest()[:12]
    target = HERE / "build" / ("%s-%s.so" % (source.stem, made_of))
    if not target.exists():
        target.parent.mkdir(exist_ok=True)
        part = target.with_suffix(".%d" % os.getpid())
        subprocess.run(["gcc", *FLAGS, str(source), "-o", str(part), "-lm"], check=True)
        os.replace(part, target)
    return ctypes.CDLL(str(target))


def pointers(*tensors):
    return [ctypes.c_void_p(t.data_ptr()) for t in tensors]


class CausalAttention(torch.autograd.Function):
    @staticmethod
    def forward(ctx, q, k, v):
        ctx.library = library("attention_half.c" if half.on else "attention.c")
        q, k, v = q.contiguous(), k.contiguous(), v.contiguous()
        sizes = (*q.shape[:3], k.shape[2], q.shape[3])
        out, lse = torch.empty_like(q), torch.empty(q.shape[0], q.shape[2], q.shape[1])
        ctx.library.attention_forward(*sizes, *pointers(q, k, v, out, lse))
        ctx.save_for_backward(q, k, v, out, lse)
        return out

    @staticmethod
    def backward(ctx, grad):
        q, k, v, out, lse = ctx.saved_tensors
        grad, gq, gk, gv = grad.contiguous(), torch.empty_like(q), torch.empty_like(k), torch.empty_like(v)
        sizes = (*q.shape[:3], k.shape[2], q.shape[3])
        ctx.library.attention_backward(*sizes, *pointers(q, k, v, out, lse, grad, gq, gk, gv))
        return gq, gk, gv


def attend(q, k, v):
    """Causal attention of q [B,T,H,hd] over k, v [B,T,K,hd]."""
    if q.is_cuda:
        group = q.shape[2] // k.shape[2]
        q, k, v = (x.transpose(1, 2) for x in (q, k.repeat_interleave(group, 2), v.repeat_interleave(group, 2)))
        out = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return out.transpose(1, 2)
    length = q.shape[1]
    if length % 64:
        q, k, v = (torch.nn.functional.pad(x, (0, 0, 0, 0, 0, -length % 64)) for x in (q, k, v))
    return CausalAttention.apply(q, k, v)[:, :length]
