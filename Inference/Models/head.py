"""One layer's heads as the hardware computes them, with the cell that `calibrate --export pytorch` wrote, and exact softmax attention.

Shapes: q, k, v are (batch, tokens, heads, head_dim); q is a pulse width over T_max, k and v are volts.
"""
import importlib.util
import sys
from dataclasses import dataclass
from types import ModuleType

import torch
import torch.nn.functional as F

try:
    import kernels
except ImportError:               # no Triton: the exact path only
    kernels = None

MISMATCH_TERMS = 3                # gain, offset, curvature


def read_cell(path):
    """The module gain_cell.py of a cell."""
    specification = importlib.util.spec_from_file_location("gain_cell", path)
    module = sys.modules["gain_cell"] = importlib.util.module_from_spec(specification)      # torch.compile imports it by name
    specification.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Head:
    """What a gain-cell head computes with: its cell and which non-idealities act."""
    cell: ModuleType
    linear: bool = False          # the least-squares straight line instead
    quantize_inputs: bool = True
    quantize_outputs: bool = True
    decay: float = 0.0            # lambda, per token

    def current(self, volts, cells):
        return self.cell.SLOPE * (volts - self.cell.OFFSET) if self.linear else self.cell.transfer(volts, cells=cells)


def attend_exact(q, k, v, head, key_cells=None, value_cells=None):
    """The exported equations, in the precision of the arguments; cells: three of a shape that broadcasts to (B, H, T, D)."""
    q, k, v = (x.transpose(1, 2) for x in (q, k, v))
    return head.cell.attend(q, k, v, decay=head.decay, quantize_inputs=head.quantize_inputs, quantize_outputs=head.quantize_outputs, linear=head.linear,
                            key_cells=key_cells, value_cells=value_cells).transpose(1, 2)


def attend_fused(q, k, v, head, key_cells=None, value_cells=None):
    """The same without decay, as one kernel in bfloat16 with float32 sums; needs Triton. cells: broadcast to (B, T, H, D)."""
    cell = head.cell
    q, k, v = q.clamp(0, 1), k.clamp(cell.STORE_LOW, cell.STORE_HIGH), v.clamp(cell.STORE_LOW, cell.STORE_HIGH)
    if head.quantize_inputs:
        q = cell.quantize(q, 0.0, 1.0, cell.INPUT_LEVELS)
        k, v = (cell.quantize(x, cell.STORE_LOW, cell.STORE_HIGH, cell.STORE_LEVELS) for x in (k, v))
    step = 2 / (cell.OUTPUT_LEVELS - 1) if head.quantize_outputs else 0.0
    bf16 = torch.bfloat16
    return kernels.attend(q.to(bf16), head.current(k, key_cells).to(bf16), head.current(v, value_cells).to(bf16),
                          1 / cell.S_SAT_QK, 1 / cell.S_SAT_AV, step).to(q.dtype)


def attend_softmax(q, k, v):
    """Exact causal softmax attention, (B, T, H, D)."""
    q, k, v = (x.transpose(1, 2) for x in (q, k, v))
    if q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2)
    T = q.shape[2]
    score = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    future = torch.ones(T, T, dtype=torch.bool, device=q.device).triu(1)
    return (score.masked_fill(future, float("-inf")).softmax(-1) @ v).transpose(1, 2)


class Chips:
    """Physical cells of some chips, drawn anew in place so that a captured graph reads the new ones.

    normals: per layer (3, 2 arrays, chips, T, H, D), standard normal; a batch is shared out evenly among the chips.
    """

    def __init__(self, cell, layers, chips, tokens, heads, size, strength, device):
        # a write's kT/C noise is a shift of the stored voltage too: it joins the offset, drawn anew as often
        self.factor = strength * torch.tensor(cell.MISMATCH, device=device)
        self.write = cell.KTC_VOLTS
        self.chips = chips
        self.normals = [torch.zeros(MISMATCH_TERMS + 1, 2, chips, tokens, heads, size, device=device) for _ in range(layers)]

    def draw(self, generator=None):
        for normals in self.normals:
            normals.normal_(generator=generator)

    def cells(self, layer, array, batch):
        """Gain, offset, curvature of a layer's keys (array 0) or values (1), each (batch, T, H, D)."""
        normals = self.normals[layer][:, array]
        gain, offset, curvature = torch.tensordot(self.factor, normals[:MISMATCH_TERMS], 1)
        offset = offset + self.write * normals[MISMATCH_TERMS]
        return tuple(x[:, None].expand(-1, batch // self.chips, -1, -1, -1).flatten(0, 1) for x in (gain, offset, curvature))
