# SPDX-License-Identifier: Apache-2.0
"""Words of training that are nothing but pieces of the vocabulary.

What an earlier checkpoint missed behind 500 tokens was often a held-out word of a list ("dentist", "Irish", "couscous"), and what it
said instead a word that training had shown in that place ("painter"). Syllables and splices of training's own words, which the world
invents, hardly ever begin with those pieces. A word put together from any pieces teaches to copy whatever
stands there. Only rows are told with it: a checkpoint is judged by the world's own held-out words, and none of them is ever made here.
"""

from world import World, capital, lower


class StrangeWorld(World):
    def __init__(self, tokenizer, chance):
        super().__init__()
        self.chance = chance  # in percent, that a word is made so
        words = [piece for piece in tokenizer.pieces if piece.lstrip("Ġ").isalpha() and piece.lstrip("Ġ").isascii() and piece.lstrip("Ġ").islower()]
        self.first = [piece[1:] for piece in words if piece.startswith("Ġ")]
        self.next = [piece for piece in words if not piece.startswith("Ġ")]
        self.held_out = {word.lower() for kind in self.words.values() for word in kind["heldOut"]}

    def _word(self, dice, kind, held_out):
        if held_out or not dice.percent(self.chance):
            return super()._word(dice, kind, held_out)
        word = self._pieces(dice)
        while len(word) < 3 or len(word) > 13 or word in self.held_out:
            word = self._pieces(dice)
        return capital(word) if kind["capital"] else lower(word)

    def _pieces(self, dice):
        if dice.percent(15):
            return dice.pick(self.training_words).lower()
        return dice.pick(self.first) + "".join(dice.pick(self.next) for _ in range(dice.pick((0, 0, 1, 1, 2))))
