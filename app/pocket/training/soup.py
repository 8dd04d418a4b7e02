# SPDX-License-Identifier: Apache-2.0
"""Averages the weights of two checkpoints of one ancestry (Wortsman et al., "Model soups", 2022, https://arxiv.org/abs/2203.05482).

usage: soup.py ONE OTHER SHARE_OF_OTHER OUT.pt; ONE and OTHER are .pt or F16 .gguf files
"""

import sys

import gguf


def main(one, other, share, out):
    share, model, weights = float(share), gguf.checkpoint(one), gguf.checkpoint(other).state_dict()
    mixed = {name: (1 - share) * w + share * weights[name] for name, w in model.state_dict().items()}
    model.load_state_dict(mixed)
    positions = min(gguf.positions(one), gguf.positions(other))
    model.save(out, tokens=0, arguments={"one": one, "other": other, "share": share, "max_position": positions})


if __name__ == "__main__":
    main(*sys.argv[1:])
