# SPDX-License-Identifier: Apache-2.0
"""Byte-level byte-pair encoding in GPT-2's manner; digits never merge.

tokenizer.json holds the 8 special tokens, the pattern and the 760 merges; ids are specials, 256 bytes, merges.
`python3 tokenizer.py OUT.json` trains a new one on the generator's text. Doing so makes every checkpoint useless.
"""

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

SPECIAL = ["<|pad|>", "<|bos|>", "<|user|>", "<|assistant|>", "<|end|>", "<|tool|>", "<|result|>", "<|session|>"]
PATTERN = r" ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]|\s+"
BOS, USER, ASSISTANT, END, RESULT = 1, 2, 3, 4, 6
DEFAULT = Path(__file__).parent / "tokenizer.json"


def byte_symbols():
    """GPT-2's printable character for every byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    return {**{b: chr(b) for b in printable}, **{b: chr(256 + i) for i, b in enumerate(others)}}


SYMBOLS = byte_symbols()
BYTES = {symbol: byte for byte, symbol in SYMBOLS.items()}


class Tokenizer:
    def __init__(self, merges):
        self.merges = [tuple(m) for m in merges]
        printable_first = list(dict.fromkeys([*(chr(b) for b in range(33, 127)), *SYMBOLS.values()]))
        self.pieces = SPECIAL + printable_first + [a + b for a, b in self.merges]
        self.ids = {piece: i for i, piece in enumerate(self.pieces)}
        self.ranks = {merge: i for i, merge in enumerate(self.merges)}
        self.pattern = re.compile(PATTERN)
        self.words = {}

    @staticmethod
    def load(path=DEFAULT):
        return Tokenizer(json.loads(Path(path).read_text())["merges"])

    def save(self, path):
        Path(path).write_text(json.dumps({"special": SPECIAL, "merges": self.merges, "pattern": PATTERN}))

    def encode(self, text):
        """The ids of a text; a text that is a special token's name becomes that token."""
        if text.startswith("<|") and text in self.ids:
            return [self.ids[text]]
        return [i for word in self.pattern.findall(text) for i in self._word(word)]

    def decode(self, ids):
        out = b""
        for i in ids:
            piece = self.pieces[i]
            out += piece.encode() if i < len(SPECIAL) else bytes(BYTES[c] for c in piece)
        return out.decode("utf-8", "replace")

    def _word(self, word):
        known = self.words.get(word)
        if known is None:
            known = self.words[word] = [self.ids[p] for p in self._merge([SYMBOLS[b] for b in word.encode()])]
            if len(self.words) > 300_000:
                self.words.clear()
        return known

    def _merge(self, parts):
        while len(parts) > 1:
            rank, i = min((self.ranks.get(pair, 1 << 30), i) for i, pair in enumerate(zip(parts, parts[1:])))
            if rank == 1 << 30:
                break
            parts[i : i + 2] = [parts[i] + parts[i + 1]]
        return parts


def train(texts, size):
    """Merges the most frequent pair until the vocabulary has this size."""
    counts = Counter(word for text in texts for word in re.findall(PATTERN, text))
    words = [([SYMBOLS[b] for b in word.encode()], n) for word, n in counts.items()]
    pairs, where = Counter(), defaultdict(set)
    for i, (parts, n) in enumerate(words):
        for pair in zip(parts, parts[1:]):
            pairs[pair] += n
            where[pair].add(i)
    merges = []
    while len(SPECIAL) + 256 + len(merges) < size:
        candidates = ((n, pair) for pair, n in pairs.items() if not any(c.isdigit() for c in pair[0] + pair[1]))
        _, best = max(candidates)
        merges.append(best)
        for i in list(where[best]):
            _replace(words[i], best, i, pairs, where)
        del pairs[best]
    return Tokenizer(merges)


def _replace(word, pair, index, pairs, where):
    parts, n = word
    for old in zip(parts, parts[1:]):
        pairs[old] -= n
        where[old].discard(index)
    joined, i = [], 0
    while i < len(parts):
        both = tuple(parts[i : i + 2]) == pair
        joined.append(pair[0] + pair[1] if both else parts[i])
        i += 2 if both else 1
    parts[:] = joined
    for new in zip(parts, parts[1:]):
        pairs[new] += n
        where[new].add(index)


if __name__ == "__main__":
    from dialogue import Narrator, Script, pocket_texts
    from dice import Dice
    from questions import Asker
    from world import World

    world, texts = World(), []
    for seed in range(3000):
        dice = Dice(seed)
        told = Narrator(world, dice, Script(300, inline=40), lambda t: len(t.split()), Asker(world, dice)).tell()
        texts += [t for turn in told.turns for t in pocket_texts(turn) if not t.startswith("<|")]
    train(texts, 1024).save(sys.argv[1])
