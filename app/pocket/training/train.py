# SPDX-License-Identifier: Apache-2.0
"""Trains the pocket model on CPU (one or more single-threaded ranks) or on one CUDA device, by a budget of tokens.

A run can be stopped and continued: every --save seconds it writes NAME.pt with weights, optimiser, tokens seen and
the arguments, and begins from there if the file exists. See README.md for the commands.
"""

import argparse
import json
import os
import sys
import time

import torch
import torch.distributed as dist

import gguf
import half
from dice import Dice
from model import Config, Pocket, induction_init
from muon import Muon
from pointers import pointing_loss
from rows import WEIGHTS, Rows
from strange import StrangeWorld
from tokenizer import Tokenizer


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("name", help="the checkpoint, without .pt")
    p.add_argument("--tokens", type=float, default=40e6, help="budget over all ranks")
    p.add_argument("--lengths", default="256:15,512:35,1024:40,2048:10", help="row length and its share of the steps")
    p.add_argument("--max-position", type=int, default=4608)
    p.add_argument("--step", type=int, default=2048, help="tokens per rank and step")
    p.add_argument("--rate", type=float, default=2e-3)
    p.add_argument("--decay", type=float, default=0.5, help="share of the budget in which the rate falls to 2 %%")
    p.add_argument("--warm-up", type=int, default=50)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--init", help="a .pt or an F16 .gguf to start from, instead of the induction circuit")
    p.add_argument("--muon", action="store_true", help="orthogonalised momentum for the matrices of the layers")
    p.add_argument("--half", action="store_true", help="multiply bfloat16, on a CPU with AVX512-BF16")
    p.add_argument("--point", type=float, default=0.2, help="weight of the attention on told values in the loss; 0 is off")
    p.add_argument("--point-layers", default="3,4", help="layers, from 0, whose heads shall look at told values")
    p.add_argument("--width", type=int, default=128)
    p.add_argument("--layers", type=int, default=6)
    p.add_argument("--heads", type=int, default=4)
    p.add_argument("--kv-heads", type=int, default=2)
    p.add_argument("--feed-forward", type=int, default=256)
    p.add_argument("--strange", type=int, default=40, help="chance in percent that a word of the rows is put together from any pieces")
    p.add_argument("--minutes", type=float, default=1e9, help="stop then and save, budget or not; run again to go on")
    p.add_argument("--stop", type=float, default=1e18, help="tokens after which to stop and save, budget or not")
    p.add_argument("--save", type=float, default=120, help="seconds between checkpoints")
    p.add_argument("--device", default="cpu")
    p.add_argument("--workers", type=int, default=0, help="processes that make rows (CUDA)")
    p.add_argument("--rank", type=int, default=0)
    p.add_argument("--world", type=int, default=1)
    p.add_argument("--port", type=int, default=29511)
    return p.parse_args()


def make_model(a):
    torch.manual_seed(a.seed)
    if a.init:
        return gguf.checkpoint(a.init)
    shape = Config(width=a.width, layers=a.layers, heads=a.heads, kv_heads=a.kv_heads, feed_forward=a.feed_forward)
    model = Pocket(shape)
    induction_init(model)
    return model


def make_optimiser(a, model):
    if a.muon:
        return Muon(model, a.rate)
    return torch.optim.AdamW(model.parameters(), lr=a.rate, betas=(0.9, 0.97), eps=1e-9, weight_decay=0.0)


def rate_at(a, step, done):
    """Warm-up, flat, then a line to 2 %; done is the share of the budget."""
    fall = 1 if done < 1 - a.decay else max(0.02, (1 - done) / a.decay)
    return a.rate * min(1, (step + 1) / a.warm_up) * fall


def loss_of(a, model, ids, classes, positions, pointers, weights):
    """The weighted mean and the pointing; for the log the mean of each class, and of the pointing."""
    watch = {int(layer) for layer in a.point_layers.split(",")} if a.point else ()
    seen = []
    with torch.autocast(ids.device.type, dtype=torch.bfloat16, enabled=ids.is_cuda):
        logits = model(ids[:, :-1], positions, watch, seen)
    logits, next_ids = logits.float().flatten(0, 1), ids[:, 1:].flatten()
    losses = logits.logsumexp(-1) - logits.gather(1, next_ids[:, None])[:, 0]  # cross_entropy is slower on a CPU
    classes = classes[:, 1:].flatten()
    weight = weights[classes]
    pointing = sum(pointing_loss(q.float(), k.float(), pointers) for q, k in seen) / max(1, len(seen))
    means = [losses.detach()[classes == c].mean() for c in range(len(WEIGHTS))] + [float(pointing)]
    return (losses * weight).sum() / weight.sum() + a.point * pointing, means


def share_gradients(model, world):
    flat = torch.cat([p.grad.flatten() for p in model.parameters()])
    dist.all_reduce(flat)
    start = 0
    for p in model.parameters():
        p.grad = (flat[start : start + p.numel()] / world).view_as(p)
        start += p.numel()


class Source:
    """Rows of all ranks: the length of a step is the same everywhere, the rows differ."""

    def __init__(self, a, tokens):
        self.a = a
        self.lengths = {int(x.split(":")[0]): int(x.split(":")[1]) for x in a.lengths.split(",")}
        self.length_dice = Dice(a.seed * 1_000_003 + tokens)
        self.seed = a.seed * 7919 + a.rank * 104_729 + tokens
        self.processes = []
        self.queues = self._start_workers() if a.workers else None
        self.rows = None if a.workers else training_rows(self.seed, a)

    def next(self):
        length = self.length_dice.weighted(self.lengths)
        count = max(1, self.a.step // length)
        if self.queues is None:
            return self.rows.batch(count, length)
        parts, have = [], 0
        while have < count:
            part = self.queues[length].get()
            parts.append(part)
            have += part[0].shape[0]
        tensors = [torch.cat([part[i] for part in parts])[:count].long() for i in range(3)]
        return *tensors, [pointers for part in parts for pointers in part[3]][:count]

    def _start_workers(self):
        mp = torch.multiprocessing.get_context("fork")
        queues = {length: mp.Queue(32) for length in self.lengths}
        for w in range(self.a.workers):
            args = (queues, self.seed + 31 * w, self.a, w)
            self.processes.append(mp.Process(target=make_rows, args=args, daemon=True))
            self.processes[-1].start()
        return queues

    def stop(self):
        for process in self.processes:
            process.terminate()


def training_rows(seed, a):
    tokenizer = Tokenizer.load()
    return Rows(tokenizer, seed, a.max_position, StrangeWorld(tokenizer, a.strange))


def make_rows(queues, seed, a, worker):
    """A worker process: fills whichever queue is shortest."""
    torch.set_num_threads(1)
    rows = training_rows(seed, a)
    while True:
        length = min(queues, key=lambda n: queues[n].qsize())
        *tensors, pointers = rows.batch(max(1, 8192 // length), length)
        queues[length].put([*(t.to(torch.int16) for t in tensors), pointers])


def main():
    a = arguments()
    torch.set_num_threads(1)
    half.on = a.half
    if a.world > 1:
        dist.init_process_group("gloo", init_method="tcp://127.0.0.1:%d" % a.port, rank=a.rank, world_size=a.world)
    path = a.name + ".pt"
    tokens, step, optimiser_state = 0, 0, None
    if os.path.exists(path) and a.init:
        sys.exit("%s exists, so --init %s would not be read: choose another name, or go on without --init" % (path, a.init))
    if os.path.exists(path):
        model, saved = Pocket.load(path)
        tokens, step, optimiser_state = saved["tokens"], saved["step"], saved["optimiser"]
    else:
        model = make_model(a)
    if a.world > 1:
        dist.barrier()
    source = Source(a, tokens)  # before CUDA starts: its workers are forks
    model.to(a.device)
    optimiser = make_optimiser(a, model)
    if optimiser_state:
        optimiser.load_state_dict(optimiser_state)
    train(a, path, model, optimiser, source, tokens, step)


def train(a, path, model, optimiser, source, tokens, step):
    weights = torch.tensor(WEIGHTS, device=a.device)
    first = tokens
    began = last = time.time()
    smooth = None
    stop = False

    def save():
        if a.rank == 0:
            state = {"tokens": tokens, "step": step, "optimiser": optimiser.state_dict(), "arguments": vars(a)}
            model.save(path + ".part", **state)
            os.replace(path + ".part", path)

    while tokens < min(a.tokens, a.stop) and not stop:
        *tensors, pointers = source.next()
        ids, classes, positions = (t.to(a.device) for t in tensors)
        loss, means = loss_of(a, model, ids, classes, positions, pointers, weights)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if a.world > 1:
            share_gradients(model, a.world)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimiser.param_groups:
            group["lr"] = rate_at(a, step, tokens / a.tokens)
        optimiser.step()
        step, tokens = step + 1, tokens + ids[:, 1:].numel() * a.world
        if step % 10 == 0 or step == 1:
            means = [float(m) for m in means]
            smooth = means if smooth is None else [m if s != s else s if m != m else 0.8 * s + 0.2 * m for s, m in zip(smooth, means)]
            stop = agreed(a, time.time() - began > a.minutes * 60)
            if time.time() - last > a.save:
                last = time.time()
                save()
                report(a, tokens, step, (tokens - first) / (last - began), smooth, optimiser.param_groups[0]["lr"])
    save()
    report(a, tokens, step, (tokens - first) / (time.time() - began), smooth, optimiser.param_groups[0]["lr"])
    source.stop()


def agreed(a, stop):
    """Every rank stops at the same step."""
    if a.world == 1:
        return stop
    vote = torch.tensor([float(stop)])
    dist.all_reduce(vote)
    return bool(vote > 0)


def report(a, tokens, step, speed, losses, rate):
    if a.rank == 0:
        line = {"tokens": tokens, "step": step, "tokens/s": round(speed), "rate": round(rate, 6)}
        line["nats"] = dict(zip(("user", "talk", "carrier", "value", "asked", "pointing"), (round(x, 3) for x in losses)))
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)
