# SPDX-License-Identifier: Apache-2.0
"""Writes golden answers of a checkpoint, rounded to f16, for the tests of other engines.

usage: golden.py CHECKPOINT.pt OUT.json
"""

import json
import re
import sys

import torch

from model import Pocket
from tokenizer import END, Tokenizer

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
    "What is my boss's favourite food?", "Do you remember what my sister is called?", "Thank you.",
]  # fmt: skip
LONGEST = 40


def encode(tokenizer, text):
    return [i for piece in re.split(r"(<\|[a-z]+\|>)", text) for i in tokenizer.encode(piece)]


@torch.no_grad()
def greedy(model, ids):
    """The answer up to its end, and the first token's five best."""
    ids, first = list(ids), None
    start = len(ids)
    while len(ids) - start < LONGEST and (len(ids) == start or ids[-1] != END):
        logits = model(torch.tensor([ids]))[0, -1]
        first = logits.topk(5) if first is None else first
        ids.append(int(logits.argmax()))
    return ids[start:], [[int(i), round(float(v), 4)] for v, i in zip(*first)]


def main(checkpoint, out):
    model, _ = Pocket.load(checkpoint)
    for p in model.parameters():
        if p.dim() == 2:
            p.data = p.data.half().float()
    tokenizer, cases = Tokenizer.load(), []
    for question in QUESTIONS:
        prompt = encode(tokenizer, DIALOGUE + "<|user|> " + question + "<|assistant|>")
        answer, top = greedy(model, prompt)
        text = tokenizer.decode(answer)
        print(question, "->", text)
        cases.append({"question": question, "prompt_ids": prompt, "answer_ids": answer, "answer": text, "first_top5": top})
    with open(out, "w") as file:
        json.dump({"note": "matrices as f16; greedy", "dialogue": DIALOGUE, "cases": cases}, file, indent=0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
