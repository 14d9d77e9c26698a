"""Reference tensors of gain-cell attention in plain double precision, for tests of other implementations.

    python3 gain_cell_reference.py        writes attention/ and tiny-gpt2/ next to this file (NumPy only)

The head follows the published model equation by equation, with no regard for speed:

    q <- clamp(a_q q + b_q, 0, 1);  k, v <- clamp(a x + b, lo, hi)
    quantize(x) = step * round_half_even(x / step),  step = (hi - lo)/(levels - 1)
    S[t,j] = sum_i c_i (q_t . (k_j - offset)^i) exp(-i lambda (t - j))     0 outside the causal sliding window
    phi_S  = clamp(S / S_sat_qk, 0, 1)
    per tile n of 64 keys: O_n = sum_i c_i ((phi_S exp(-i lambda (t - j))) (v_n - offset)^i) / S_sat_av
    output = sum_n quantize(clamp(O_n, -1, 1), 32 levels)

Seeds are searched until no value lies closer than a stated margin to a rounding boundary, so that an
implementation in single precision must reach the same codes.
"""
import json
import math
import os
import struct

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
TILE_KEYS = 64


class Cell:
    """What a cell.json says of the head: currents in microamperes, saturations in microampere x T_max."""

    def __init__(self, document):
        storage, pulse, readout = document["storage"], document["input"], document["readout"]
        self.c = np.array(document["transfer"]["coefficientsAmperes"]) * 1e6
        self.offset = document["transfer"]["offsetVolts"]
        self.lo, self.hi = storage["minVolts"], storage["maxVolts"]
        self.input_levels, self.storage_levels = pulse["levels"], storage["levels"]
        self.output_levels = readout["levels"]
        self.s_sat_qk = readout["saturationQkCoulombs"] / pulse["pulseSeconds"] * 1e6
        self.s_sat_av = readout["saturationAvCoulombs"] / pulse["pulseSeconds"] * 1e6


def cell_document(name, microamperes):
    return {"schema": "analog-attention/cell/1", "name": name,
            "transfer": {"kind": "polynomial", "offsetVolts": 0.45,
                         "coefficientsAmperes": [float(f"{c:.9g}e-6") for c in microamperes]},
            "storage": {"minVolts": 0.0, "maxVolts": 0.9, "levels": 8},
            "input": {"pulseSeconds": 15e-9, "levels": 16},
            "readout": {"saturationQkCoulombs": 1.2e-12, "saturationAvCoulombs": 0.6e-12, "levels": 32}}


# The published polynomial, and a quintic fitted to the 0.9 V slice of the authors' transistor-level table.
CELLS = {"cubic": cell_document("cubic", [0.5213636, 13.6122606, -2.6204456, 46.0548378]),
         "quintic": cell_document("quintic", [0.477814, 11.96889013, -0.53705492, 82.44391038, -11.4432971, -155.13654658])}


class Quantizer:
    """Rounds to levels, half to even, and remembers the closest approach to a boundary (in steps)."""

    def __init__(self, enabled):
        self.enabled, self.margin = enabled, 0.5

    def __call__(self, x, lo, hi, levels):
        if not self.enabled:
            return x
        step = (hi - lo) / (levels - 1)
        inside = x[(x > lo) & (x < hi)] / step
        if inside.size:
            self.margin = min(self.margin, np.abs(inside - np.floor(inside) - 0.5).min())
        return step * np.round(x / step)


def attend(q, k, v, cell, quantize, decay, window):
    """One head. q: (T, d) as pulse width over T_max; k, v: (T, d) in volts. Returns S (T, T), phi_S (T, T), output (T, d)."""
    T = len(q)
    q = quantize(np.clip(q, 0, 1), 0, 1, cell.input_levels)
    k = quantize(np.clip(k, cell.lo, cell.hi), cell.lo, cell.hi, cell.storage_levels)
    v = quantize(np.clip(v, cell.lo, cell.hi), cell.lo, cell.hi, cell.storage_levels)
    age = np.arange(T)[:, None] - np.arange(T)[None, :]
    visible = (age >= 0) & (age < window)
    fade = [np.where(visible, np.exp(-i * decay * np.where(visible, age, 0)), 0) for i in range(len(cell.c))]

    S = sum(c * (q @ ((k - cell.offset) ** i).T) * fade[i] for i, c in enumerate(cell.c))
    phi = np.clip(S / cell.s_sat_qk, 0, 1)

    output = np.zeros_like(v)
    for first in range(0, T, TILE_KEYS):
        n = slice(first, min(first + TILE_KEYS, T))
        tile = sum(c * ((phi[:, n] * fade[i][:, n]) @ (v[n] - cell.offset) ** i) for i, c in enumerate(cell.c))
        output += quantize(np.clip(tile / cell.s_sat_av, -1, 1), -1, 1, cell.output_levels)
    return S, phi, output


# ---- one head on arrays --------------------------------------------------------------------------------------------

def attention_cases():
    #       name                      cell       T    d   quantised  lambda  window
    yield "cubic-ideal",             "cubic",    64, 16,  False,     0.0,    64
    yield "cubic-quantised",         "cubic",    64, 64,  True,      0.0,    64
    yield "cubic-partial-tile",      "cubic",   100, 64,  True,      1.3e-4, 100
    yield "cubic-window",            "cubic",   150, 16,  True,      1.3e-4, 64
    yield "cubic-strong-decay",      "cubic",   100, 16,  True,      0.01,   100
    yield "quintic-quantised",       "quintic", 100, 16,  True,      0.0,    100
    yield "quintic-decay",           "quintic",  64, 16,  True,      1.3e-4, 64
    yield "quintic-window-decay",    "quintic", 100, 16,  False,     0.01,   40


def write_attention(folder, margin=1e-4):
    os.makedirs(folder, exist_ok=True)
    for name, document in CELLS.items():
        write_json(os.path.join(folder, f"cell-{name}.json"), document)
    listed = []
    for index, (name, cell_name, T, d, quantised, decay, window) in enumerate(attention_cases()):
        cell = Cell(CELLS[cell_name])
        seed = 1000 * index
        while True:
            random, quantize = np.random.default_rng(seed), Quantizer(quantised)
            spread = math.sqrt(64 / d)
            q, k, v = (random.normal(mean, std, (T, d)).astype(np.float32).astype(np.float64)
                       for mean, std in ((0.3 * spread, 0.5), (0.54, 0.3), (0.55, 0.3)))
            S, phi, output = attend(q, k, v, cell, quantize, decay, window)
            if quantize.margin >= margin:
                break
            seed += 1
        np.savez_compressed(os.path.join(folder, name + ".npz"), Q=q.astype("<f4"), K=k.astype("<f4"), V=v.astype("<f4"),
                            S=S, phi_S=phi, output=output)
        listed.append({"name": name, "file": name + ".npz", "cell": f"cell-{cell_name}.json", "quantization": quantised,
                       "decayPerToken": decay, "window": window, "seed": seed,
                       "marginSteps": float(f"{quantize.margin:.2g}") if quantised else None})
        seen = phi[np.tril(np.ones((T, T), bool))]
        print(f"{name}: seed {seed}, phi 0 {np.mean(seen == 0):.2f} 1 {np.mean(seen == 1):.2f}, "
              f"output std {output.std():.3f} max {np.abs(output).max():.3f}")
    write_json(os.path.join(folder, "cases.json"), listed)


# ---- a whole GPT-2, 2 layers, 2 heads of 16 ------------------------------------------------------------------------

LAYERS, HEADS, HEAD_DIM, VOCAB, POSITIONS = 2, 2, 16, 97, 96
WIDTH = HEADS * HEAD_DIM
DECAY = 0.002
# Layer 1 lacks k and output scalers: a = 1, b = 0 (output) and 0.45 (k) apply.
SCALERS = {0: ("q", "k", "v", "output"), 1: ("q", "v")}
DEFAULT_OFFSET = {"q": 0.0, "k": 0.45, "v": 0.45, "output": 0.0}


def random_gpt2(seed):
    """Weights under Hugging Face names, Conv1D layout (in, out), float32."""
    random = np.random.default_rng(seed)
    draw = lambda *shape, std=0.3, mean=0.0: (mean + std * random.standard_normal(shape)).astype("<f4")
    w = {"transformer.wte.weight": draw(VOCAB, WIDTH), "transformer.wpe.weight": draw(POSITIONS, WIDTH),
         "transformer.ln_f.weight": draw(WIDTH, mean=1, std=0.1), "transformer.ln_f.bias": draw(WIDTH, std=0.1)}
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}."
        for norm in ("ln_1", "ln_2"):
            w[h + norm + ".weight"], w[h + norm + ".bias"] = draw(WIDTH, mean=1, std=0.1), draw(WIDTH, std=0.1)
        for name, rows, columns in (("attn.c_attn", WIDTH, 3 * WIDTH), ("attn.c_proj", WIDTH, WIDTH),
                                    ("mlp.c_fc", WIDTH, 4 * WIDTH), ("mlp.c_proj", 4 * WIDTH, WIDTH)):
            w[h + name + ".weight"] = draw(rows, columns, std=1 / math.sqrt(rows))
            w[h + name + ".bias"] = draw(columns, std=0.1)
        for name in SCALERS[layer]:
            a, b = {"q": (0.35, 0.3), "k": (0.2, 0.47), "v": (0.2, 0.44), "output": (2.0, 0.05)}[name]
            shape = (1, HEADS, 1, 1)
            w[h + f"attn.{name}_scaler.a"] = (a * random.uniform(0.8, 1.25, shape)).astype("<f4")
            w[h + f"attn.{name}_scaler.b"] = (b + 0.03 * random.standard_normal(shape)).astype("<f4")
    return w


def gpt2(w, tokens, attention):
    """logits (T, vocab) of the tied model; attention(layer, head, q, k, v) works on (T, head_dim) slices."""
    w = {name: value.astype(np.float64) for name, value in w.items()}
    normalise = lambda x, name: ((x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
                                 * w[name + ".weight"] + w[name + ".bias"])
    project = lambda x, name: x @ w[name + ".weight"] + w[name + ".bias"]
    gelu_new = lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))
    x = w["transformer.wte.weight"][tokens] + w["transformer.wpe.weight"][:len(tokens)]
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}."
        q, k, v = np.split(project(normalise(x, h + "ln_1"), h + "attn.c_attn"), 3, axis=-1)
        heads = [attention(layer, head, *(part[:, head * HEAD_DIM:(head + 1) * HEAD_DIM] for part in (q, k, v)))
                 for head in range(HEADS)]
        x = x + project(np.concatenate(heads, -1), h + "attn.c_proj")
        x = x + project(gelu_new(project(normalise(x, h + "ln_2"), h + "mlp.c_fc")), h + "mlp.c_proj")
    return normalise(x, "transformer.ln_f") @ w["transformer.wte.weight"].T


def softmax_attention(layer, head, q, k, v):
    T = len(q)
    scores = np.where(np.tril(np.ones((T, T), bool)), q @ k.T / math.sqrt(HEAD_DIM), -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True) @ v


def gain_cell_attention(w, cell, quantize, decay, window=POSITIONS):
    def attention(layer, head, q, k, v):
        def scaled(x, name):
            key = f"transformer.h.{layer}.attn.{name}_scaler."
            a = float(w[key + "a"][0, head, 0, 0]) if key + "a" in w else 1.0
            b = float(w[key + "b"][0, head, 0, 0]) if key + "b" in w else DEFAULT_OFFSET[name]
            return max(a, 1e-20) * x + b
        return scaled(attend(scaled(q, "q"), scaled(k, "k"), scaled(v, "v"), cell, quantize, decay, window)[2], "output")
    return attention


def write_tiny_gpt2(folder, margin=3e-5):
    os.makedirs(folder, exist_ok=True)
    cell, seed = Cell(CELLS["cubic"]), 0
    while True:
        w, quantize = random_gpt2(seed), Quantizer(True)
        tokens = np.random.default_rng(seed).integers(0, VOCAB, POSITIONS)
        quantised = gpt2(w, tokens, gain_cell_attention(w, cell, quantize, DECAY))
        windowed = gpt2(w, tokens, gain_cell_attention(w, cell, quantize, 0.0, window=48))
        if quantize.margin >= margin:
            break
        seed += 1
    np.savez_compressed(os.path.join(folder, "logits.npz"), softmax=gpt2(w, tokens, softmax_attention),
                        gain_cell=quantised, gain_cell_window=windowed,
                        gain_cell_ideal=gpt2(w, tokens, gain_cell_attention(w, cell, Quantizer(False), 0.0)))
    write_safetensors(os.path.join(folder, "model.safetensors"), w)
    write_json(os.path.join(folder, "tokens.json"), tokens.tolist())
    write_json(os.path.join(folder, "cell.json"), CELLS["cubic"])
    write_json(os.path.join(folder, "config.json"), {
        "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "activation_function": "gelu_new",
        "n_layer": LAYERS, "n_head": HEADS, "n_embd": WIDTH, "n_positions": POSITIONS, "vocab_size": VOCAB,
        "layer_norm_epsilon": 1e-5, "tie_word_embeddings": True, "bos_token_id": VOCAB - 1, "eos_token_id": VOCAB - 1})
    write_json(os.path.join(folder, "logits.json"), {
        "softmax": {"attention": "softmax"},
        "gain_cell": {"attention": "gain-cell", "quantization": True, "decayPerToken": DECAY, "window": POSITIONS},
        "gain_cell_window": {"attention": "gain-cell", "quantization": True, "decayPerToken": 0.0, "window": 48},
        "gain_cell_ideal": {"attention": "gain-cell", "quantization": False, "decayPerToken": 0.0, "window": POSITIONS},
        "seed": seed, "marginSteps": float(f"{quantize.margin:.2g}")})
    print(f"tiny-gpt2: seed {seed}, logits std {quantised.std():.2f}")


def write_safetensors(path, arrays):
    """Length of the header (u64), header (JSON, padded to 8 bytes), tensors back to back, little-endian float32."""
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in arrays.values():
            file.write(array.astype("<f4").tobytes())


def write_json(path, document):
    with open(path, "w", newline="\n") as file:
        json.dump(document, file, indent=1 if isinstance(document, dict) or document and isinstance(document[0], dict) else None)
        file.write("\n")


if __name__ == "__main__":
    write_attention(os.path.join(HERE, "attention"))
    write_tiny_gpt2(os.path.join(HERE, "tiny-gpt2"))
