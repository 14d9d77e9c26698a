"""GPT-2 with random weights in PyTorch, timed on request: the peer of the inference benchmark.

    python3 gpt2_peer.py LAYERS HEADS WIDTH VOCABULARY POSITIONS

Reads lines `prefill T` and `decode T` (one token after T) from standard input, answers each with seconds. Two layouts of the
weights are tried at the start, the faster one is used; the attention cache is preallocated.
"""
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
layers, heads, width, vocabulary, positions = map(int, sys.argv[1:6])
size = width // heads


def matrix(inner, outer, transposed):
    w = torch.randn(inner, outer) * inner ** -0.5
    return (w.t().contiguous().t() if transposed else w), torch.zeros(outer)


def build(transposed):
    torch.manual_seed(1)
    return [[matrix(*shape, transposed) for shape in ((width, 3 * width), (width, width), (width, 4 * width), (4 * width, width))] for _ in range(layers)]


wte, wpe = torch.randn(vocabulary, width) * 0.02, torch.randn(positions, width) * 0.02
gain, bias = torch.ones(width), torch.zeros(width)
keys = torch.zeros(layers, heads, positions, size)
values = torch.zeros(layers, heads, positions, size)
causal = torch.full((positions, positions), float("-inf")).triu(1)


def forward(weights, tokens, at):
    rows = len(tokens)
    x = wte[tokens] + wpe[at:at + rows]
    for l, (attention, projection, expand, contract) in enumerate(weights):
        q, k, v = torch.addmm(attention[1], F.layer_norm(x, (width,), gain, bias), attention[0]).view(rows, 3, heads, size).permute(1, 2, 0, 3)
        keys[l, :, at:at + rows] = k
        values[l, :, at:at + rows] = v
        scores = torch.matmul(q, keys[l, :, :at + rows].transpose(1, 2)) * size ** -0.5
        if rows > 1:
            scores += causal[at:at + rows, :at + rows]
        attended = torch.matmul(torch.softmax(scores, -1), values[l, :, :at + rows]).transpose(0, 1).reshape(rows, width)
        x = x + torch.addmm(projection[1], attended, projection[0])
        inner = F.gelu(torch.addmm(expand[1], F.layer_norm(x, (width,), gain, bias), expand[0]), approximate="tanh")
        x = x + torch.addmm(contract[1], inner, contract[0])
    return torch.mv(wte, F.layer_norm(x[-1], (width,), gain, bias))


def seconds(weights, rows, at):
    tokens = torch.randint(0, vocabulary, (rows,))
    start = time.perf_counter()
    forward(weights, tokens, at)
    return time.perf_counter() - start


with torch.inference_mode():
    best = {}
    for rows, at in ((64, 0), (1, 64)):
        found = []
        for transposed in (False, True):
            weights = build(transposed)
            seconds(weights, rows, at)
            found.append((min(seconds(weights, rows, at) for _ in range(3)), transposed))
            del weights
        best[rows > 1] = min(found)[1]
    built = {transposed: build(transposed) for transposed in set(best.values())}
    print(f"ready {torch.__version__}", flush=True)
    for line in sys.stdin:
        kind, count = line.split()
        took = seconds(built[best[True]], int(count), 0) if kind == "prefill" else seconds(built[best[False]], 1, int(count))
        print(took, flush=True)
