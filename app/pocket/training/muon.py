# SPDX-License-Identifier: Apache-2.0
"""Muon: momentum of a matrix, made orthogonal before it is applied; AdamW for everything that is not a layer's matrix.

Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024; the scale that lets it share AdamW's
rate is from Liu et al., "Muon is scalable for LLM training", 2025 (https://arxiv.org/abs/2502.16982).
"""

import torch

from half import narrow


def orthogonal(g, steps=5):
    """The nearest matrix with singular values near 1, by Newton and Schulz's iteration with Jordan's coefficients."""
    x = narrow(g / (g.norm() + 1e-7))
    tall = x.shape[0] > x.shape[1]
    x = x.t() if tall else x
    for _ in range(steps):
        a = x @ x.t()
        x = 3.4445 * x + (2.0315 * (a @ a) - 4.7750 * a) @ x
    return (x.t() if tall else x).to(g.dtype)


class Muon(torch.optim.AdamW):
    def __init__(self, model, rate, momentum=0.95):
        matrices = [p for n, p in model.named_parameters() if n.startswith("blk.") and p.dim() == 2]
        ids = {id(p) for p in matrices}
        others = [p for p in model.parameters() if id(p) not in ids]
        super().__init__(others, lr=rate, betas=(0.9, 0.97), eps=1e-9, weight_decay=0.0)
        self.add_param_group({"params": matrices, "muon": momentum})

    @torch.no_grad()
    def step(self, closure=None):
        group = self.param_groups[1]
        for p in group["params"]:
            if not self.state[p]:  # AdamW's way to read a state back asks for a step
                self.state[p] = {"step": torch.tensor(0.0), "momentum": torch.zeros_like(p)}
            momentum = self.state[p]["momentum"]
            momentum.lerp_(p.grad, 1 - group["muon"])
            update = orthogonal(p.grad.lerp(momentum, group["muon"]))
            p.add_(update, alpha=-group["lr"] * 0.2 * max(p.shape) ** 0.5)
            p.grad = None  # AdamW passes over it
        return super().step(closure)
