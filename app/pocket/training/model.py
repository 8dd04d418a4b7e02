# SPDX-License-Identifier: Apache-2.0
"""A small transformer in Llama's layout, and an initialisation from which it learns to recall within minutes."""

from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.nn import functional as F

from attention import attend
from half import Linear


@dataclass(frozen=True)
class Config:
    vocabulary: int = 1024
    width: int = 128
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 32
    feed_forward: int = 256
    theta: float = 5e5


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


def frequencies(config, device=None):
    return config.theta ** (-torch.arange(0, config.head_dim, 2, device=device).float() / config.head_dim)


def rotate(x, cos, sin):
    """RoPE in the half-split layout; x [B,T,heads,hd], cos and sin [B,T,1,hd/2]."""
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.attn_norm, self.ffn_norm = RmsNorm(c.width), RmsNorm(c.width)
        self.attn_q = Linear(c.width, c.heads * c.head_dim, bias=False)
        self.attn_k = Linear(c.width, c.kv_heads * c.head_dim, bias=False)
        self.attn_v = Linear(c.width, c.kv_heads * c.head_dim, bias=False)
        self.attn_output = Linear(c.heads * c.head_dim, c.width, bias=False)
        self.ffn_gate = Linear(c.width, c.feed_forward, bias=False)
        self.ffn_up = Linear(c.width, c.feed_forward, bias=False)
        self.ffn_down = Linear(c.feed_forward, c.width, bias=False)

    def forward(self, x, cos, sin, seen=None):
        """x [B,T,width]; seen, where given, takes the queries and keys behind RoPE."""
        batch, length, _ = x.shape
        h = self.attn_norm(x)
        q = rotate(self.attn_q(h).view(batch, length, self.c.heads, -1), cos, sin)
        k = rotate(self.attn_k(h).view(batch, length, self.c.kv_heads, -1), cos, sin)
        v = self.attn_v(h).view(batch, length, self.c.kv_heads, -1)
        if seen is not None:
            seen.append((q, k))
        x = x + self.attn_output(attend(q.to(v.dtype), k.to(v.dtype), v).reshape(batch, length, -1))
        h = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h))


class Pocket(nn.Module):
    """Parameter names are GGUF's: token_embd, blk.N.attn_q, ..., output_norm; the output is tied to the embedding."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.token_embd = nn.Embedding(config.vocabulary, config.width)
        self.blk = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.output_norm = RmsNorm(config.width)
        self._initialise()

    def _initialise(self):
        for name, p in self.named_parameters():
            if p.dim() == 2:
                nn.init.normal_(p, 0, p.shape[1] ** -0.5 * 0.6)
            if "attn_output" in name or "ffn_down" in name:
                nn.init.zeros_(p)

    def forward(self, ids, positions=None, watch=(), seen=None):
        """Logits [B,T,vocabulary] of ids [B,T]; positions default to 0, 1, 2 ...; seen takes (queries, keys) of the layers in watch."""
        if positions is None:
            positions = torch.arange(ids.shape[1], device=ids.device)[None]
        angle = positions.float()[..., None] * frequencies(self.config, ids.device)
        cos, sin = angle.cos()[:, :, None], angle.sin()[:, :, None]
        x = self.token_embd(ids)
        for index, layer in enumerate(self.blk):
            x = layer(x, cos, sin, seen if index in watch else None)
        return self.output_norm(x) @ self.token_embd.weight.t()

    def save(self, path, **more):
        torch.save({"config": asdict(self.config), "weights": self.state_dict(), **more}, path)

    @staticmethod
    def load(path):
        """The model of a checkpoint, and everything else that was saved with it."""
        saved = torch.load(path, map_location="cpu")
        model = Pocket(Config(**saved.pop("config")))
        model.load_state_dict(saved.pop("weights"))
        return model, saved


@torch.no_grad()
def induction_init(model):
    """Writes the circuit that recall needs into the initial weights: plain Llama weights, no change of layout.

    Every embedding has a constant part u. Layer 0 reads u through RoPE phases, so head h looks at the token h + 1
    back, and head 0 writes that token's projection A into a subspace B. In layers 1 and 2 the first KV group matches
    A of the query with B of the keys (Elhage et al., "A mathematical framework for transformer circuits", 2021); all
    other heads compare contents. Values are copied through: with tied embeddings a head raises what it attends to.
    Without this, recall needs about four times as many tokens to appear.
    """
    c = model.config
    width, hd, group = c.width, c.head_dim, c.heads // c.kv_heads
    u = torch.full((width,), width**-0.5)
    e = torch.randn(c.vocabulary, width)
    e -= e @ u[:, None] * u
    model.token_embd.weight.copy_((e / e.norm(dim=1, keepdim=True) + 0.5 * u) * 0.6)
    basis = _orthogonal(width)
    basis -= (basis @ u)[:, None] * u
    a, b = basis[:hd], basis[hd : 2 * hd]
    _init_previous_token(model.blk[0], basis, b, u, frequencies(c))
    for index, layer in enumerate(model.blk[1:], 1):
        free = _orthogonal(width)
        for g in range(c.kv_heads):
            start = (g * hd) % (width - hd + 1)
            value = free[start : start + hd]
            key = query = _without(_orthogonal(width)[:hd], u)
            if g == 0 and index in (1, 2):
                shared = _orthogonal(hd)
                query, key = shared @ a * 2, shared @ b * 2
            layer.attn_v.weight[g * hd : (g + 1) * hd] = value
            layer.attn_k.weight[g * hd : (g + 1) * hd] = key
            for h in range(g * group, (g + 1) * group):
                rows = slice(h * hd, (h + 1) * hd)
                layer.attn_q.weight[rows] = query + torch.randn(hd, width) * 0.02
                layer.attn_output.weight[:, rows] = 0.3 * value.t() / width**0.5 / group


def _init_previous_token(layer, basis, b, u, frequency):
    c = layer.c
    hd, group, scale = c.head_dim, c.heads // c.kv_heads, 1 / (0.447 * c.width**0.5)
    layer.attn_k.weight.mul_(0.3)
    layer.attn_q.weight.mul_(0.3)
    amplitude = torch.where(frequency > 0.1, 5.0, 0.7)
    for g in range(c.kv_heads):
        kv = slice(g * hd, (g + 1) * hd)
        layer.attn_k.weight[kv] += torch.cat((amplitude, amplitude * 0))[:, None] * u * scale
        layer.attn_v.weight[kv] = basis[kv]
    for h in range(c.heads):
        rows, g = slice(h * hd, (h + 1) * hd), h // group
        if h == c.heads - 1:
            layer.attn_q.weight[rows] = 0  # one head is left free
        else:
            back = -frequency * (h + 1)
            phase = torch.cat((back.cos() * amplitude, back.sin() * amplitude))
            layer.attn_q.weight[rows] += phase[:, None] * u * scale
        out = b.t() * 1.5 if h == 0 else basis[g * hd : (g + 1) * hd].t() @ _orthogonal(hd)
        layer.attn_output.weight[:, rows] = 0.47 * out / c.width**0.5


def _orthogonal(n):
    return torch.linalg.qr(torch.randn(n, n))[0]


def _without(w, u):
    return w - (w @ u)[:, None] * u
