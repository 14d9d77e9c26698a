"""Gain-cell attention as fused Triton kernels, forward and backward, without decay.

    phi = clamp(s_inverse q Ck^T, 0, 1) (causal);  O = sum_n quantize(clamp(o_inverse phi_n Cv_n, -1, 1))

Ck and Cv hold the cell currents of k and v, so any transfer fits. All tensors are (B, T, H, 64) bfloat16 with T a
multiple of 128; sums are float32. Quantization passes gradients unchanged, clamps pass them only inside.
"""
import torch
import triton
import triton.language as tl

TILE = 64       # keys of one array, also the block of keys
HEAD_DIM = 64


@triton.jit
def _phi(q, k, rows, keys, s_inverse):
    s = tl.dot(q, tl.trans(k)) * s_inverse
    causal = rows[:, None] >= keys[None, :]
    phi = tl.where(causal, tl.minimum(tl.maximum(s, 0.0), 1.0), 0.0)
    return s, causal, phi.to(k.dtype)


@triton.jit
def _forward(Q, K, V, O, T, H, s_inverse, o_inverse, step, QUANTIZE: tl.constexpr, ROWS: tl.constexpr, TILE: tl.constexpr, D: tl.constexpr):
    block, batch_head = tl.program_id(0), tl.program_id(1)
    base = ((batch_head // H).to(tl.int64) * T * H + batch_head % H) * D
    rows, dims = block * ROWS + tl.arange(0, ROWS), tl.arange(0, D)
    at_rows = base + rows[:, None] * (H * D) + dims[None, :]
    q = tl.load(Q + at_rows)
    total = tl.zeros([ROWS, D], tl.float32)
    for n in range(0, (block + 1) * ROWS // TILE):
        keys = n * TILE + tl.arange(0, TILE)
        at_keys = base + keys[:, None] * (H * D) + dims[None, :]
        k, v = tl.load(K + at_keys), tl.load(V + at_keys)
        s, causal, phi = _phi(q, k, rows, keys, s_inverse)
        o = tl.minimum(tl.maximum(tl.dot(phi, v) * o_inverse, -1.0), 1.0)
        if QUANTIZE:
            o = ((o / step + 12582912.0) - 12582912.0) * step      # 1.5 * 2^23: rounds half to even
        total += o
    tl.store(O + at_rows, total.to(O.dtype.element_ty))


@triton.jit
def _score_gradient(q, k, v, do, rows, keys, s_inverse, o_inverse):
    """phi, the gradient that passes the output clamp, and the gradient of S; all in the inputs' type."""
    s, causal, phi = _phi(q, k, rows, keys, s_inverse)
    o = tl.dot(phi, v) * o_inverse
    do = tl.where((o <= 1.0) & (o >= -1.0), do, 0.0).to(v.dtype)
    dphi = tl.dot(do, tl.trans(v)) * s_inverse
    ds = tl.where(causal & (s > 0.0) & (s < 1.0), dphi, 0.0).to(k.dtype)
    return phi, do, ds


@triton.jit
def _backward_keys(Q, K, V, DO, DK, DV, T, H, s_inverse, o_inverse, ROWS: tl.constexpr, TILE: tl.constexpr, D: tl.constexpr):
    n, batch_head = tl.program_id(0), tl.program_id(1)
    base = ((batch_head // H).to(tl.int64) * T * H + batch_head % H) * D
    keys, dims = n * TILE + tl.arange(0, TILE), tl.arange(0, D)
    at_keys = base + keys[:, None] * (H * D) + dims[None, :]
    k, v = tl.load(K + at_keys), tl.load(V + at_keys)
    dk, dv = tl.zeros([TILE, D], tl.float32), tl.zeros([TILE, D], tl.float32)
    for block in range(n * TILE // ROWS, T // ROWS):
        rows = block * ROWS + tl.arange(0, ROWS)
        at_rows = base + rows[:, None] * (H * D) + dims[None, :]
        q, do = tl.load(Q + at_rows), tl.load(DO + at_rows).to(tl.float32) * o_inverse
        phi, do, ds = _score_gradient(q, k, v, do, rows, keys, s_inverse, o_inverse)
        dv += tl.dot(tl.trans(phi), do)
        dk += tl.dot(tl.trans(ds), q)
    tl.store(DK + at_keys, dk.to(DK.dtype.element_ty))
    tl.store(DV + at_keys, dv.to(DV.dtype.element_ty))


@triton.jit
def _backward_queries(Q, K, V, DO, DQ, T, H, s_inverse, o_inverse, ROWS: tl.constexpr, TILE: tl.constexpr, D: tl.constexpr):
    block, batch_head = tl.program_id(0), tl.program_id(1)
    base = ((batch_head // H).to(tl.int64) * T * H + batch_head % H) * D
    rows, dims = block * ROWS + tl.arange(0, ROWS), tl.arange(0, D)
    at_rows = base + rows[:, None] * (H * D) + dims[None, :]
    q, do_rows = tl.load(Q + at_rows), tl.load(DO + at_rows).to(tl.float32) * o_inverse
    dq = tl.zeros([ROWS, D], tl.float32)
    for n in range(0, (block + 1) * ROWS // TILE):
        keys = n * TILE + tl.arange(0, TILE)
        at_keys = base + keys[:, None] * (H * D) + dims[None, :]
        k, v = tl.load(K + at_keys), tl.load(V + at_keys)
        phi, do, ds = _score_gradient(q, k, v, do_rows, rows, keys, s_inverse, o_inverse)
        dq += tl.dot(ds, k)
    tl.store(DQ + at_rows, dq.to(DQ.dtype.element_ty))


@torch.library.custom_op("gain_cell::attend", mutates_args=())
def attend(q: torch.Tensor, ck: torch.Tensor, cv: torch.Tensor, s_inverse: float, o_inverse: float, step: float) -> torch.Tensor:
    """step: output quantization step, 0 for none."""
    q, ck, cv = q.contiguous(), ck.contiguous(), cv.contiguous()
    B, T, H, D = q.shape
    assert T % 128 == 0 and D == HEAD_DIM
    o = torch.empty_like(q)
    _forward[(T // 128, B * H)](q, ck, cv, o, T, H, s_inverse, o_inverse, step if step > 0 else 1.0, step > 0, 128, TILE, D, num_warps=8, num_stages=2)
    return o


@attend.register_fake
def _(q, ck, cv, s_inverse, o_inverse, step):
    return torch.empty_like(q, memory_format=torch.contiguous_format)


@torch.library.custom_op("gain_cell::attend_backward", mutates_args=())
def attend_backward(q: torch.Tensor, ck: torch.Tensor, cv: torch.Tensor, do: torch.Tensor, s_inverse: float,
                    o_inverse: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    q, ck, cv, do = q.contiguous(), ck.contiguous(), cv.contiguous(), do.contiguous()
    B, T, H, D = q.shape
    dq, dk, dv = torch.empty_like(q), torch.empty_like(q), torch.empty_like(q)
    grid = (T // TILE, B * H)
    _backward_keys[grid](q, ck, cv, do, dk, dv, T, H, s_inverse, o_inverse, TILE, TILE, D, num_warps=4, num_stages=2)
    _backward_queries[grid](q, ck, cv, do, dq, T, H, s_inverse, o_inverse, TILE, TILE, D, num_warps=4, num_stages=2)
    return dq, dk, dv


@attend_backward.register_fake
def _(q, ck, cv, do, s_inverse, o_inverse):
    return tuple(torch.empty_like(q, memory_format=torch.contiguous_format) for _ in range(3))


def _keep(ctx, inputs, output):
    q, ck, cv, ctx.s_inverse, ctx.o_inverse, _ = inputs
    ctx.save_for_backward(q, ck, cv)


def _gradient(ctx, do):
    return (*attend_backward(*ctx.saved_tensors, do, ctx.s_inverse, ctx.o_inverse), None, None, None)


attend.register_autograd(_gradient, setup_context=_keep)
