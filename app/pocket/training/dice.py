# SPDX-License-Identifier: Apache-2.0
"""The dice of the generator: SplitMix64, whole numbers only, so that Java throws the same.

Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
"""

MASK = (1 << 64) - 1


class Dice:
    def __init__(self, seed):
        self.state = seed & MASK

    def next(self):
        """64 random bits."""
        self.state = z = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound):
        """A number in [0, bound)."""
        return ((self.next() >> 32) * bound) >> 32

    def between(self, low, high):
        """A number in [low, high], both included."""
        return low + self.below(high - low + 1)

    def percent(self, chance):
        """True in `chance` of 100 throws."""
        return self.below(100) < chance

    def pick(self, items):
        return items[self.below(len(items))]

    def weighted(self, weights):
        """A key of the dictionary, as often as its weight says."""
        throw = self.below(sum(weights.values()))
        for key, weight in weights.items():
            throw -= weight
            if throw < 0:
                return key
        raise ValueError("the weights are empty")
