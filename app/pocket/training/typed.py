# SPDX-License-Identifier: Apache-2.0
"""Sentences as people type them to a chat."""

import re

FIRST_PERSON = re.compile(r"\bI\b")


def small(text):
    """A sentence without its capital, and "i" for "I"."""
    return FIRST_PERSON.sub("i", text[0].lower() + text[1:])


def typed(dice, text):
    """Statements and small talk: often without the full stop or the mark, with an exclamation mark, in small letters."""
    how = dice.below(5)
    if how == 0 or text[-1] not in ".?":
        return text
    bare = text[:-1]
    if text.endswith("?"):
        return (bare, small(text), small(bare), small(bare))[how - 1]
    return (bare, bare + "!", small(bare), small(bare).lower() if dice.percent(25) else small(bare))[how - 1]


def careless(dice, question):
    """One question in five without its mark, in small letters, or both."""
    how = dice.below(15)
    if how > 2:
        return question
    bare = question.rstrip("?.") if how != 1 else question
    return small(bare) if how else bare
