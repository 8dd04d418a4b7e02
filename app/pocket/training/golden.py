# SPDX-License-Identifier: Apache-2.0
"""Writes golden answers of a checkpoint, rounded to f16, for the tests of other engines: recall, small talk, a tool
call, and two answers behind a long dialogue.

usage: golden.py CHECKPOINT.pt OUT.json
"""

import json
import re
import sys

import torch

from dialogue import pocket_texts
from evaluate import dialogue_of, questions_of
from model import Pocket
from rows import Rows
from tokenizer import END, RESULT, Tokenizer

BEGINNING = "<|bos|><|session|> Session 1, Monday."
DIALOGUE = """<|bos|><|session|> Session 1, Monday.<|user|> My sister is called Zelandra.<|assistant|> Noted.<|end|>
<|user|> Zelandra lives in Quillport. She works as a beekeeper.<|assistant|> Got it.<|end|>
<|user|> I have a parrot called Mopsel.<|assistant|> I see.<|end|>
<|user|> The door code is 4821.<|assistant|> Okay.<|end|>
<|user|> What is the weather in Oslo?<|assistant|><|tool|> weather(Oslo)<|result|> 18 degrees, rainy<|assistant|> Here it is.<|end|>
<|user|> My dentist appointment is on Thursday at 9.<|assistant|> Noted.<|end|>
<|user|> Zelandra moved to Brimwick.<|assistant|> Noted.<|end|>
<|user|> My boss does not like tea. My boss loves dumplings.<|assistant|> Okay.<|end|>""".replace("\n", "")
QUESTIONS = [
    "Where does my sister live?", "Where does Zelandra live?", "What is my parrot called?", "What is the door code?",
    "What was the weather in Oslo?", "What does Zelandra do for work?", "When is my dentist appointment?",
    "Does Zelandra live in Quillport?", "Who works as a beekeeper?", "What am I allergic to?",
    "What is my boss's favourite food?", "Do you remember what my sister is called?", "Thank you.", "Thanks!", "Bye!",
    "Please look up the weather in Bergen.",
]  # fmt: skip
GREETINGS = ["Hi", "Hello!", "Who are you?"]
LONGEST, LONG, LONG_SEED = 40, 1400, 60000


def encode(tokenizer, text):
    return [i for piece in re.split(r"(<\|[a-z]+\|>)", text) for i in tokenizer.encode(piece)]


@torch.no_grad()
def greedy(model, ids):
    """The answer up to its end or a tool's turn, and the first token's five best."""
    ids, first = list(ids), None
    start = len(ids)
    while len(ids) - start < LONGEST and (len(ids) == start or ids[-1] not in (END, RESULT)):
        logits = model(torch.tensor([ids]))[0, -1]
        first = logits.topk(5) if first is None else first
        ids.append(int(logits.argmax()))
    return ids[start:], [[int(i), round(float(v), 4)] for v, i in zip(*first)]


def cases(rows):
    """(what was told, question)"""
    yield from ((DIALOGUE, question) for question in QUESTIONS)
    yield from ((BEGINNING, greeting) for greeting in GREETINGS)
    dialogue, asker = dialogue_of(rows.world, LONG_SEED, LONG, rows.length_of, False)
    told = "<|bos|>" + "".join(text for turn in dialogue.turns for text in pocket_texts(turn))
    yield from ((told, question.text) for question in questions_of(dialogue, asker, 2))


def main(checkpoint, out):
    model, _ = Pocket.load(checkpoint)
    for p in model.parameters():
        if p.dim() == 2:
            p.data = p.data.half().float()
    tokenizer, found = Tokenizer.load(), []
    for told, question in cases(Rows(tokenizer, 0, 0)):
        prompt = encode(tokenizer, told + "<|user|> " + question + "<|assistant|>")
        answer, top = greedy(model, prompt)
        text = tokenizer.decode(answer)
        print(question, "->", text)
        found.append({"told": told, "question": question, "prompt_ids": prompt, "answer_ids": answer, "answer": text, "first_top5": top})
    with open(out, "w") as file:
        lines = ",\n".join(json.dumps(case) for case in found)
        file.write('{"note": "matrices as f16; greedy", "cases": [\n%s\n]}\n' % lines)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
