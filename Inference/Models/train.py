"""Trains the embedded models: GPT-2 with softmax attention, then the same model on the gain-cell hardware.

    python3 corpus.py  --corpus books.txt.xz --tokens TOKENS
    python3 train.py softmax   --tokens TOKENS --out BASE --steps N
    python3 train.py gain-cell --tokens TOKENS --from BASE --cell CELL --out TUNED --steps M
    python3 train.py softmax   --tokens TOKENS --from BASE --out TWIN --steps M          the fair comparison

gain-cell: one schedule over all steps. A first part trains with the linear surrogate of the cell, whose statistics
are recorded; the scalers are then adapted to the nonlinear cell without gradients, and the rest trains with it.
When --from already has scalers, all steps train with the nonlinear cell. CELL is a folder of `calibrate --export pytorch`: cell.json and gain_cell.py.
With --chips N every step of the nonlinear part runs on N chips drawn anew from the cell file's mismatch and write noise, a share of the batch on each.
Every --out receives a Hugging Face folder, log.csv and figures.json.
"""
import argparse
import csv
import json
import math
import os
import time
from dataclasses import asdict, replace

import torch

import model as gpt2
from corpus import Corpus
from head import Chips, Head, read_cell
from optimizer import Optimizer, Recipe, schedule

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Trainer:
    """Steps through one schedule, in one or more parts; the whole step is one captured CUDA graph."""

    chips = None                  # drawn anew before every step

    def __init__(self, model, corpus, recipe, steps, seed, out, stop_after):
        self.model, self.corpus, self.recipe, self.steps = model, corpus, recipe, steps
        self.optimizer = Optimizer(model, recipe)
        self.batches = corpus.batches(recipe.batch, model.shape.context, seed)
        self.sum = torch.zeros(2, device=DEVICE)
        self.start, self.stop_after, self.trained_seconds, self.done = time.time(), stop_after, 0.0, 0
        self.log = csv.writer(open(os.path.join(out, "log.csv"), "w", newline="", buffering=1))
        self.log.writerow(["part", "step", "tokens", "training_seconds", "rate", "train_loss", "qk_energy", "validation_loss"])

    def _step(self, tokens, targets, head_loss):
        with torch.autocast(DEVICE.type, torch.bfloat16, enabled=DEVICE.type == "cuda", cache_enabled=False):
            loss, energy = self.model.loss(tokens, targets, self.recipe.energy_weight, head_loss)
        (loss + energy).backward()
        torch.nn.utils.clip_grad_norm_(list(self.model.parameters()), 1.0)
        self.optimizer.step()
        self.sum += torch.stack((loss.detach().float(), torch.as_tensor(energy, device=DEVICE).detach().float()))

    def _capture(self):
        """A function that takes one step on a batch. The warm-up steps run at rate 0, so the weights stay."""
        tokens, targets = (x.contiguous() for x in next(self.batches))
        if DEVICE.type == "cpu":
            def step(new_tokens, new_targets):
                self.optimizer.forget_gradients()
                self._step(new_tokens, new_targets, gpt2.head_loss)
            return step
        torch._dynamo.reset()
        for block in self.model.h:
            block.compile()
        head_loss = torch.compile(gpt2.head_loss)
        self.optimizer.set_rate(0.0)
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.optimizer.forget_gradients()
                self._step(tokens, targets, head_loss)
        torch.cuda.current_stream().wait_stream(side)
        self.optimizer.forget_gradients()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            self._step(tokens, targets, head_loss)

        def step(new_tokens, new_targets):
            tokens.copy_(new_tokens)
            targets.copy_(new_targets)
            graph.replay()
        return step

    def run(self, part, last, evaluations):
        """Trains up to step `last` of the schedule."""
        take, first = self._capture(), self.done
        self.sum.zero_()
        synchronize()
        began, since = time.time(), 0
        marks = {first + (last - first) * (i + 1) // evaluations for i in range(evaluations)}
        while self.done < last:
            fraction = schedule(self.done, self.steps, self.recipe.warmup)
            self.optimizer.set_rate(fraction)
            if self.chips is not None:
                self.chips.draw()
            take(*next(self.batches))
            self.done, since = self.done + 1, since + 1
            if self.done % 50 == 0:
                synchronize()
            late = time.time() - self.start > self.stop_after
            if self.done in marks or late:
                synchronize()
                self.trained_seconds += time.time() - began
                loss, energy = (self.sum / since).tolist()
                validation = evaluate(self.model.put_on(None), self.corpus)
                self.model.put_on(self.chips)
                tokens = self.done * self.recipe.batch * self.model.shape.context
                self.log.writerow([part, self.done, tokens, f"{self.trained_seconds:.1f}", f"{self.recipe.rate * fraction:.3e}",
                                   f"{loss:.4f}", f"{energy:.5f}", f"{validation:.4f}"])
                print(f"[{part}] {self.trained_seconds:6.1f} s step {self.done} {tokens / 1e6:.0f} M tokens, training {loss:.4f}, "
                      f"energy {energy:.4f}, validation {validation:.4f}, perplexity {math.exp(validation):.2f}", flush=True)
                self.sum.zero_()
                began, since = time.time(), 0
                if not math.isfinite(loss):
                    raise FloatingPointError(f"{part}: the loss is {loss} at step {self.done}")
                if late:
                    print(f"[{part}] stopped after {self.stop_after} s, at step {self.done} of {last}", flush=True)
                    break
        self.optimizer.forget_gradients()


def synchronize():
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


@torch.no_grad()
def evaluate(model, corpus, batch=32, tokens=None):
    """Nats per token over the validation text (or tokens) in windows of the context length, in single precision, exact path."""
    context, tokens = model.shape.context, corpus.validation if tokens is None else tokens
    windows, total = (tokens.numel() - 1) // context, 0.0
    for first in range(0, windows, batch):
        starts = torch.arange(first, min(first + batch, windows), device=tokens.device) * context
        rows = tokens[starts[:, None] + torch.arange(context + 1, device=tokens.device)]
        logits = model(rows[:, :-1])
        total += torch.nn.functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten(), reduction="sum").item()
    return total / (windows * context)


@torch.no_grad()
def statistics(model, tokens):
    """Per layer: {q, k, v, output: (std, mean)} of what enters the head before the clamp and leaves its scaler."""
    seen = []
    model(tokens, seen)
    return seen


@torch.no_grad()
def adapt(model, tokens, iterations=100, falling=50, tolerance=1e-4):
    """Moves the scalers, without gradients, until each head's moments meet its targets. Returns the error per iteration.

        a <- alpha a (std*/std) + (1 - alpha) a;   b <- b + alpha (mean* - mean);   alpha from 1 to 0.1 in 50 iterations
    """
    errors = []
    for iteration in range(iterations):
        alpha, error = 1.0 - 0.9 * min(iteration / (falling - 1), 1.0), 0.0
        for block, layer in zip(model.h, statistics(model, tokens)):
            for name, (std, mean) in layer.items():
                scaler = getattr(block.attn, name + "_scaler")
                alive = (std > 1e-8) & (scaler.target_std > 1e-8)
                ratio = torch.where(alive, scaler.target_std / std.clamp(min=1e-8), torch.ones_like(std))
                offset = scaler.target_mean - mean
                error = max(error, (ratio - 1).abs().max().item(), offset.abs().max().item())
                scaler.multiply(alpha * ratio + 1 - alpha)
                scaler.b.add_(alpha * offset)
        errors.append(error)
        if error < tolerance:
            break
    return errors


def set_targets(model, layers):
    for block, layer in zip(model.h, layers):
        for name, (std, mean) in layer.items():
            scaler = getattr(block.attn, name + "_scaler")
            scaler.target_std.copy_(std)
            scaler.target_mean.copy_(mean)


def spread(layers, exploded=30.0, collapsed=0.01):
    """Standard deviation of q and k per layer and head, and how many heads are dead: one-hot or constant scores."""
    table = {name: [[round(x, 2) for x in layer[name][0].flatten().tolist()] for layer in layers] for name in ("q", "k")}
    dead = sum(max(q, k) > exploded or min(q, k) < collapsed for qs, ks in zip(table["q"], table["k"]) for q, k in zip(qs, ks))
    return {**{name + "_std": rows for name, rows in table.items()}, "dead_heads": dead}


class Figures:
    """Validation losses by name, on screen and in figures.json as they come."""

    def __init__(self, corpus, out, facts):
        self.corpus, self.path, self.document = corpus, os.path.join(out, "figures.json"), {**facts, "figures": {}}

    def add(self, name, model):
        loss = evaluate(model, self.corpus)
        bits = loss / math.log(2) / self.corpus.characters_per_token
        self.document["figures"][name] = {"loss": round(loss, 5), "perplexity": round(math.exp(min(loss, 50)), 3), "bits_per_character": round(bits, 4)}
        print(f"{name}: loss {loss:.4f}, perplexity {math.exp(min(loss, 50)):.3f}, {bits:.4f} bits per character", flush=True)
        self.write()

    def note(self, **facts):
        self.document.update(facts)
        for name, value in facts.items():
            print(f"{name}: {value}", flush=True)
        self.write()

    def write(self):
        with open(self.path, "w") as file:
            json.dump(self.document, file, indent=1)
            file.write("\n")


def train_softmax(arguments, model, corpus, trainer, figures, sample):
    if arguments.base:
        figures.add("start", model)
    trainer.run("softmax", arguments.steps, arguments.evaluations)
    figures.add("softmax", model)
    figures.note(**spread(statistics(model, sample)))
    gpt2.save(model, arguments.out, arguments.tokens)
    figures.add("softmax, F16", gpt2.load(arguments.out, DEVICE))


def train_linear(arguments, model, corpus, trainer, figures, sample, document):
    """From softmax to the linear surrogate of the cell, and adapted from there to the cell itself."""
    cell = read_cell(os.path.join(arguments.cell, "gain_cell.py"))
    steps = round(arguments.linear * arguments.steps)
    figures.note(slope=cell.SLOPE, linear_steps=steps)
    softmax_moments = statistics(model.use(None), sample)
    figures.add("softmax, start", model)
    figures.add("softmax weights on the nonlinear cell, no scalers", model.use(Head(cell)))
    # q as unsigned pulses, k and v around the middle of the storage range; the output as softmax had it.
    fixed = lambda std, mean, like: (torch.full_like(like, std), torch.full_like(like, mean))
    set_targets(model.use(Head(cell, linear=True)), [
        {"q": fixed(0.25, 0.25, layer["q"][0]), "k": fixed(0.2, 0.45, layer["k"][0]), "v": fixed(0.2, 0.45, layer["v"][0]),
         "output": layer["output"]} for layer in softmax_moments])
    errors = adapt(model, sample)
    figures.add("linear cell, scalers only", model)
    figures.note(linear_adaptation=[round(e, 6) for e in errors])

    trainer.run("linear", steps, max(1, arguments.evaluations // 3))
    figures.add("linear cell, trained", model)
    set_targets(model, statistics(model, sample))
    gpt2.save(model, os.path.join(arguments.out, "linear"), arguments.tokens, document)
    figures.add("nonlinear cell put in", model.use(Head(cell)))
    errors = adapt(model, sample)
    figures.add("nonlinear cell, adapted", model)
    figures.note(adaptation=[round(e, 6) for e in errors])


def train_gain_cell(arguments, model, corpus, trainer, figures, sample, tuned):
    with open(os.path.join(arguments.cell, "cell.json")) as file:
        document = json.load(file)
    cell = read_cell(os.path.join(arguments.cell, "gain_cell.py"))
    head = Head(cell)
    figures.note(cell_microamperes=cell.COEFFICIENTS)
    if tuned:
        figures.add("gain cell, start", model)
    else:
        train_linear(arguments, model, corpus, trainer, figures, sample, document)
    shape = model.shape
    if arguments.chips:
        trainer.chips = Chips(cell, shape.layers, arguments.chips, shape.context, shape.heads, shape.width // shape.heads, arguments.strength, DEVICE)
        model.put_on(trainer.chips)
    trainer.run("nonlinear", arguments.steps, arguments.evaluations)
    figures.add("gain cell", model.put_on(None))
    set_targets(model, statistics(model, sample))      # its own: adaptation to another cell restores what it was trained with
    gpt2.save(model, arguments.out, arguments.tokens, document)
    model = gpt2.load(arguments.out, DEVICE)
    decay = shape.layers * cell.DECAY_PER_LAYER
    for name, variant in (("gain cell, F16", head), ("gain cell, F16, decay", replace(head, decay=decay)),
                          ("gain cell, F16, no output quantization", replace(head, quantize_outputs=False)),
                          ("gain cell, F16, no quantization", replace(head, quantize_inputs=False, quantize_outputs=False)),
                          ("gain cell, F16, linear cell", Head(cell, linear=True))):
        figures.add(name, model.use(variant))
    model.use(head)
    if cell.MISMATCH is not None:
        for chip in range(arguments.drawn):
            one = Chips(cell, shape.layers, 1, shape.context, shape.heads, shape.width // shape.heads, 1.0, DEVICE)
            one.draw(torch.Generator(DEVICE).manual_seed(1000 + chip))
            figures.add(f"gain cell, F16, drawn chip {chip + 1}", model.put_on(one))
        model.put_on(None)
    figures.note(decay_per_token=decay, **spread(statistics(model.use(head), sample)))


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("stage", choices=("softmax", "gain-cell"))
    parser.add_argument("--tokens", required=True, help="folder written by corpus.py")
    parser.add_argument("--out", required=True, help="folder to write")
    parser.add_argument("--from", dest="base", help="Hugging Face folder to start from")
    parser.add_argument("--cell", help="folder of calibrate --export pytorch (gain-cell)")
    parser.add_argument("--chips", type=int, default=0, help="drawn chips that share a batch (gain-cell)")
    parser.add_argument("--strength", type=float, default=1.0, help="of their mismatch, times the cell file's")
    parser.add_argument("--drawn", type=int, default=4, help="chips of the cell file's own mismatch to evaluate on")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--linear", type=float, default=0.15, help="share of the steps with the linear cell (gain-cell)")
    parser.add_argument("--evaluations", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stop-after", type=float, default=math.inf, metavar="SECONDS", help="end training early, so that the files are still written")
    parser.add_argument("--shape", default="8,4,256,512,4096", help="layers,heads,width,context,vocabulary")
    for name, value in asdict(Recipe()).items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(value), default=value)
    arguments = parser.parse_args()
    if arguments.stage == "gain-cell" and not (arguments.base and arguments.cell):
        parser.error("gain-cell needs --from and --cell")
    return arguments


def main():
    arguments = parse()
    os.makedirs(arguments.out, exist_ok=True)
    torch.manual_seed(arguments.seed)
    corpus = Corpus(arguments.tokens, DEVICE)
    if arguments.base:
        model = gpt2.load(arguments.base, DEVICE)
    else:
        model = gpt2.Gpt2(gpt2.Shape(*map(int, arguments.shape.split(",")))).to(DEVICE)
    gain_cell = arguments.stage == "gain-cell"
    tuned = hasattr(model.h[0].attn, "q_scaler")
    if gain_cell:
        model.use(Head(read_cell(os.path.join(arguments.cell, "gain_cell.py"))))      # the scalers must exist when the optimizer is made
    recipe = Recipe(**{name: getattr(arguments, name) for name in asdict(Recipe())})
    context = model.shape.context
    sample = next(corpus.batches(32, context, seed=7))[0]
    figures = Figures(corpus, arguments.out, {
        "stage": arguments.stage, "seed": arguments.seed, "steps": arguments.steps, "tokens": arguments.steps * recipe.batch * context,
        "parameters": sum(p.numel() for p in model.parameters()), "recipe": asdict(recipe), "corpus": corpus.facts,
        "torch": torch.__version__, "device": torch.cuda.get_device_name() if DEVICE.type == "cuda" else "cpu"})
    trainer = Trainer(model, corpus, recipe, arguments.steps, arguments.seed, arguments.out, arguments.stop_after)
    if gain_cell:
        train_gain_cell(arguments, model, corpus, trainer, figures, sample, tuned)
    else:
        train_softmax(arguments, model, corpus, trainer, figures, sample)
    figures.note(trained_steps=trainer.done, training_seconds=round(trainer.trained_seconds, 1), total_seconds=round(time.time() - trainer.start, 1))


if __name__ == "__main__":
    main()
