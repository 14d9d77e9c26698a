"""Gain-cell attention: the cell, and one layer's heads as the hardware computes them.

Shapes: q, k, v are (batch, tokens, heads, head_dim). q is a pulse width over T_max, k and v are volts, currents are
microamperes, charges are microampere x T_max.
"""
import json
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F

try:
    import kernels
except ImportError:               # no Triton: the plain path only
    kernels = None

TILE_KEYS = 64


@dataclass(frozen=True)
class Cell:
    """I(V) = sum_i c_i (V - offset)^i and the levels and saturations around it, from a cell.json."""
    c: tuple                      # microamperes / volt^i
    offset: float = 0.45          # volts
    lo: float = 0.0               # volts
    hi: float = 0.9               # volts
    input_levels: int = 16
    storage_levels: int = 8
    output_levels: int = 32
    s_sat_qk: float = 80.0        # microampere x T_max
    s_sat_av: float = 40.0        # microampere x T_max

    @staticmethod
    def read(path):
        with open(path) as file:
            document = json.load(file)
        transfer, storage = document["transfer"], document["storage"]
        if transfer["kind"] != "polynomial":
            raise ValueError(f"{path}: transfer.kind is {transfer['kind']!r}, training needs a polynomial")
        pulse = document.get("input", {"pulseSeconds": 15e-9, "levels": 16})
        readout = document.get("readout", {"saturationQkCoulombs": 1.2e-12, "saturationAvCoulombs": 0.6e-12, "levels": 32})
        charge = lambda coulombs: coulombs / pulse["pulseSeconds"] * 1e6
        return Cell(c=tuple(c * 1e6 for c in transfer["coefficientsAmperes"]), offset=transfer["offsetVolts"],
                    lo=storage["minVolts"], hi=storage["maxVolts"], input_levels=pulse["levels"],
                    storage_levels=storage["levels"], output_levels=readout["levels"],
                    s_sat_qk=charge(readout["saturationQkCoulombs"]), s_sat_av=charge(readout["saturationAvCoulombs"]))

    def current(self, volts):
        w = volts - self.offset
        current = torch.full_like(w, self.c[-1])
        for c in reversed(self.c[:-1]):
            current = current * w + c
        return current

    def linear(self):
        """The least-squares surrogate I = slope w over the storage range."""
        volts = torch.linspace(self.lo, self.hi, 1001, dtype=torch.float64)
        w = volts - self.offset
        return replace(self, c=(0.0, float((self.current(volts) * w).sum() / (w * w).sum())))


@dataclass(frozen=True)
class Head:
    """What a gain-cell head computes with: its cell and which non-idealities act."""
    cell: Cell
    quantize_inputs: bool = True
    quantize_outputs: bool = True
    decay: float = 0.0            # lambda, per token


def quantize(x, lo, hi, levels):
    """step * round_half_even(x / step), with the gradient of the identity."""
    steps = (levels - 1) / (hi - lo)
    return x + (torch.round(x * steps) / steps - x).detach()


def store(q, k, v, head):
    """What the DACs make of q, k, v: clamped and quantized."""
    cell = head.cell
    q, k, v = q.clamp(0, 1), k.clamp(cell.lo, cell.hi), v.clamp(cell.lo, cell.hi)
    if head.quantize_inputs:
        q = quantize(q, 0, 1, cell.input_levels)
        k, v = (quantize(x, cell.lo, cell.hi, cell.storage_levels) for x in (k, v))
    return q, k, v


def attend(q, k, v, head):
    """The head, equation by equation, in the precision of its arguments. Returns the sum over tiles, (B, T, H, D).

        S[t,j] = sum_i c_i (q_t . (k_j - offset)^i) exp(-i lambda (t - j))
        phi    = clamp(S / S_sat_qk, 0, 1), causal
        O_n    = sum_i c_i ((phi_n exp(-i lambda (t - j))) (v_n - offset)^i) / S_sat_av     per tile n of 64 keys
        O      = sum_n quantize(clamp(O_n, -1, 1))
    """
    cell, T = head.cell, q.shape[1]
    q, k, v = (x.transpose(1, 2) for x in store(q, k, v, head))
    age = torch.arange(T, device=q.device)[:, None] - torch.arange(T, device=q.device)[None, :]
    causal = (age >= 0).to(q.dtype)
    if head.decay == 0:
        terms = [(cell.current(k), cell.current(v), causal)]
    else:
        terms = [(c * (k - cell.offset) ** i, c * (v - cell.offset) ** i, causal * torch.exp(-i * head.decay * age.clamp(min=0)))
                 for i, c in enumerate(cell.c)]
    score = sum((q @ key.transpose(-1, -2)) * fade for key, _, fade in terms)
    phi = (score / cell.s_sat_qk).clamp(0, 1) * causal
    output = 0
    for first in range(0, T, TILE_KEYS):
        n = slice(first, first + TILE_KEYS)
        tile = sum((phi[..., n] * fade[:, n]) @ value[..., n, :] for _, value, fade in terms) / cell.s_sat_av
        tile = tile.clamp(-1, 1)
        output = output + (quantize(tile, -1, 1, cell.output_levels) if head.quantize_outputs else tile)
    return output.transpose(1, 2)


def attend_fused(q, k, v, head):
    """The same without decay, as one kernel in bfloat16 with float32 sums; needs Triton."""
    cell = head.cell
    q, k, v = store(q, k, v, head)
    step = 2 / (cell.output_levels - 1) if head.quantize_outputs else 0.0
    bf16 = torch.bfloat16
    return kernels.attend(q.to(bf16), cell.current(k).to(bf16), cell.current(v).to(bf16),
                          1 / cell.s_sat_qk, 1 / cell.s_sat_av, step).to(q.dtype)


def attend_softmax(q, k, v):
    """Exact causal softmax attention, (B, T, H, D)."""
    q, k, v = (x.transpose(1, 2) for x in (q, k, v))
    if q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2)
    T = q.shape[2]
    score = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    future = torch.ones(T, T, dtype=torch.bool, device=q.device).triu(1)
    return (score.masked_fill(future, float("-inf")).softmax(-1) @ v).transpose(1, 2)
