# SPDX-License-Identifier: Apache-2.0
"""Averages the weights of two checkpoints of one ancestry (Wortsman et al., "Model soups", 2022, https://arxiv.org/abs/2203.05482).

usage: soup.py ONE OTHER SHARE_OF_OTHER OUT.pt; ONE and OTHER are .pt or F16 .gguf files
"""

import sys

import gguf
from model import Pocket


def load(path):
    return gguf.load(path) if path.endswith(".gguf") else Pocket.load(path)[0]


def main(one, other, share, out):
    share, model, weights = float(share), load(one), load(other).state_dict()
    mixed = {name: (1 - share) * w + share * weights[name] for name, w in model.state_dict().items()}
    model.load_state_dict(mixed)
    model.save(out, tokens=0, arguments={"one": one, "other": other, "share": share})


if __name__ == "__main__":
    main(*sys.argv[1:])
