"""Gain-cell attention for training in PyTorch: the cell {name}, written by {tool}.

cell.json: sha256 {sha256}
Currents are microamperes, charges microampere x T_max, stored values volts, query pulses parts of T_max. Equations: Leroux et al.,
Nature Computational Science 5, 813 (2025); the same numbers as `analog-attention attend` and `evaluate --attention gain-cell`.

    attention = GainCellAttention(heads=12, layers=12)
    y = attention(q, k, v)                 # (batch, heads, T, d) each, as c_attn gives them
"""
import torch
from torch import nn

{constants}


def polynomial(w, coefficients):
    """sum_i c_i w^i by Horner's rule."""
    total = torch.full_like(w, coefficients[-1])
    for c in reversed(coefficients[:-1]):
        total = total * w + c
    return total


def _table(volts):
    """Value and slope of the monotone cubic through the table (Fritsch and Carlson, SIAM J. Numer. Anal. 17, 1980)."""
    x, y, m = (torch.tensor(values, dtype=volts.dtype, device=volts.device) for values in (TABLE_VOLTS, TABLE_MICROAMPERES, TABLE_SLOPES))
    i = (torch.bucketize(volts.detach().contiguous(), x) - 1).clamp(0, len(TABLE_VOLTS) - 2)
    h = x[i + 1] - x[i]
    t = (volts - x[i]) / h
    value = y[i] * (1 + 2 * t) * (1 - t) ** 2 + h * m[i] * t * (1 - t) ** 2 + y[i + 1] * t * t * (3 - 2 * t) + h * m[i + 1] * t * t * (t - 1)
    slope = (y[i + 1] - y[i]) / h * 6 * t * (1 - t) + m[i] * (1 - t) * (1 - 3 * t) + m[i + 1] * t * (3 * t - 2)
    return value, slope


class Transfer(torch.autograd.Function):
    """I(V_store) of one cell. Its gradient is dI/dV, or SLOPE of the linear surrogate (how the published models were trained)."""

    @staticmethod
    def forward(ctx, volts, linear_backward):
        ctx.linear_backward = linear_backward
        ctx.save_for_backward(volts)
        return polynomial(volts - OFFSET, COEFFICIENTS) if COEFFICIENTS else _table(volts)[0]

    @staticmethod
    def backward(ctx, grad):
        volts, = ctx.saved_tensors
        if ctx.linear_backward:
            return grad * SLOPE, None
        if not COEFFICIENTS:
            return grad * _table(volts)[1], None
        slopes = [i * c for i, c in enumerate(COEFFICIENTS)][1:] or [0.0]
        return grad * polynomial(volts - OFFSET, slopes), None


def draw_cells(*shape, strength=1.0, generator=None, device=None, dtype=None):
    """Physical cells: gain g, offset o in volts and curvature k in microamperes / volt^2, normal, correlated, each of that shape.

    The last dimensions are those of what is stored, (..., T, d), the ones before may broadcast. strength multiplies all three.
    """
    if MISMATCH is None:
        raise ValueError("the cell file states no mismatch")
    factor = strength * torch.tensor(MISMATCH, dtype=dtype, device=device)
    return torch.tensordot(factor, torch.randn(3, *shape, generator=generator, dtype=dtype, device=device), 1)


def transfer(volts, linear_backward=False, cells=None):
    """I(V_store) in microamperes, elementwise; of cells drawn by draw_cells (1 + g) I(V - o) + k (V - OFFSET)^2."""
    if cells is None:
        return Transfer.apply(volts, linear_backward)
    gain, offset, curvature = cells
    w = volts - OFFSET
    read = volts - offset if COEFFICIENTS else (volts - offset).clamp(STORE_LOW, STORE_HIGH)
    return (1 + gain) * Transfer.apply(read, linear_backward) + curvature * w * w


def _own_coefficients(cells):
    """Of (1 + g) I(V - o) + k w^2 in powers of w, cell by cell: I(w - o) by repeated synthetic division."""
    gain, offset, curvature = cells
    own = [torch.full_like(offset, c) for c in COEFFICIENTS]
    for i in range(len(own)):
        for m in range(len(own) - 2, i - 1, -1):
            own[m] = own[m] - offset * own[m + 1]
    own = [(1 + gain) * c for c in own] + [torch.zeros_like(gain)] * (3 - len(own))
    own[2] = own[2] + curvature
    return own


def quantize(x, low, high, levels):
    """step * round_half_even(x / step), step = (high - low) / (levels - 1), with the gradient of the identity."""
    step = (high - low) / (levels - 1)
    return x + (step * torch.round(x / step) - x).detach()


def attend(q, k, v, decay=0.0, window=None, quantize_inputs=True, quantize_outputs=True, linear=False, linear_backward=False, key_cells=None, value_cells=None,
           write_noise=False):
    """One layer's heads, without scalers.

    q: (..., T, d) parts of T_max; k, v: (..., T, d) volts. Token t sees keys t - window + 1 ... t.
        S[t,j] = sum_i c_i (q_t . w_j^i) exp(-i decay (t - j)),  w = k - OFFSET
        A      = clamp(S / S_SAT_QK, 0, 1)
        O_n    = sum_i c_i ((A exp(-i decay (t - j))) w_v^i) / S_SAT_AV       per tile n of TILE_KEYS keys
        O      = sum_n quantize(clamp(O_n, -1, 1))
    linear: the cell is SLOPE * w instead. linear_backward: stored values get the gradient of that, whatever the cell is.
    key_cells, value_cells: the physical cells that k and v are stored in, from draw_cells. write_noise: kT/C on every stored value.
    Returns (..., T, d).
    """
    q, k, v = q.clamp(0, 1), k.clamp(STORE_LOW, STORE_HIGH), v.clamp(STORE_LOW, STORE_HIGH)
    if quantize_inputs:
        q = quantize(q, 0.0, 1.0, INPUT_LEVELS)
        k, v = (quantize(x, STORE_LOW, STORE_HIGH, STORE_LEVELS) for x in (k, v))
    if write_noise:
        k, v = (x + KTC_VOLTS * torch.randn_like(x) for x in (k, v))
    T = q.shape[-2]
    age = torch.arange(T, device=q.device)[:, None] - torch.arange(T, device=q.device)[None, :]
    seen = ((age >= 0) & (age < (window or T))).to(q.dtype)
    age = age.clamp(min=0).to(q.dtype)

    # (what a stored value contributes, what is left of it after its age): one term, or one for every power where they decay apart
    if linear:
        if key_cells is not None or value_cells is not None:
            raise ValueError("mismatch is that of the nonlinear cell: linear must be False")
        terms = lambda x, cells: [(SLOPE * (x - OFFSET), torch.exp(-decay * age))]
    elif decay == 0:
        terms = lambda x, cells: [(transfer(x, linear_backward, cells), 1.0)]
    elif COEFFICIENTS:
        def power(w, i, c):
            term = c * w ** i
            if not linear_backward:
                return term
            return SLOPE * w + (term - SLOPE * w).detach() if i == 1 else term.detach()
        terms = lambda x, cells: [(power(x - OFFSET, i, c), torch.exp(-i * decay * age)) for i, c in enumerate(COEFFICIENTS if cells is None else _own_coefficients(cells))]
    else:
        raise ValueError("a transfer table has no terms that decay apart: decay must be 0")

    score = sum((q @ key.transpose(-1, -2)) * left for key, left in terms(k, key_cells))
    a = (score / S_SAT_QK).clamp(0, 1) * seen
    values = terms(v, value_cells)
    output = 0
    for first in range(0, T, TILE_KEYS):
        n = slice(first, first + TILE_KEYS)
        tile = sum((a[..., n] * (left if isinstance(left, float) else left[:, n])) @ value[..., n, :] for value, left in values) / S_SAT_AV
        tile = tile.clamp(-1, 1)
        output = output + (quantize(tile, -1.0, 1.0, OUTPUT_LEVELS) if quantize_outputs else tile)
    return output


class Scaler(nn.Module):
    """y = max(a, 1e-20) x + b for every head, the digital scale before or after an array; a, b: (1, heads, 1, 1)."""

    def __init__(self, heads, a, b):
        super().__init__()
        self.a = nn.Parameter(torch.full((1, heads, 1, 1), float(a)))
        self.b = nn.Parameter(torch.full((1, heads, 1, 1), float(b)))

    def forward(self, x):
        return self.a.clamp(min=1e-20) * x + self.b


class GainCellAttention(nn.Module):
    """The heads of a layer with their scalers; parameters are named as in checkpoints (attn.q_scaler.a ...).

    layers: how many share the time of a token, for the decay; decay: per token, in its place. Other arguments as in attend.
    """

    def __init__(self, heads, layers=1, decay=None, window=None, quantize_inputs=True, quantize_outputs=True, linear=False, linear_backward=False):
        super().__init__()
        self.q_scaler, self.output_scaler = Scaler(heads, 1, 0), Scaler(heads, 1, 0)
        self.k_scaler, self.v_scaler = Scaler(heads, 1, 0.45), Scaler(heads, 1, 0.45)
        self.options = dict(decay=layers * DECAY_PER_LAYER if decay is None else decay, window=window, quantize_inputs=quantize_inputs,
                            quantize_outputs=quantize_outputs, linear=linear, linear_backward=linear_backward)

    def forward(self, q, k, v, key_cells=None, value_cells=None, write_noise=False):
        """(batch, heads, T, d) each; returns (batch, heads, T, d)."""
        return self.output_scaler(attend(self.q_scaler(q), self.k_scaler(k), self.v_scaler(v), key_cells=key_cells, value_cells=value_cells,
                                         write_noise=write_noise, **self.options))
