"""Compares the fused kernels with the exported equations on random tensors: python3 check_kernels.py gain_cell.py (CUDA, Triton)."""
import sys

import torch

from head import Chips, Head, attend_exact, attend_fused, read_cell


def main():
    cell = read_cell(sys.argv[1])
    torch.manual_seed(0)
    draw = lambda mean, std: (mean + std * torch.randn(4, 512, 4, 64, device="cuda")).requires_grad_()
    chips = Chips(cell, 1, 2, 512, 4, 64, 1.0, "cuda")
    chips.draw()
    for head, spread in ((Head(cell), False), (Head(cell, quantize_outputs=False), False), (Head(cell, linear=True), False), (Head(cell), True)):
        inputs = draw(0.3, 0.4), draw(0.45, 0.25), draw(0.48, 0.25)
        upstream = torch.randn(4, 512, 4, 64, device="cuda")
        keys, values = (chips.cells(0, array, 4) if spread else None for array in (0, 1))
        turned = lambda cells: cells and tuple(x.transpose(1, 2) for x in cells)
        results = []
        for output in (attend_exact(*inputs, head, turned(keys), turned(values)), attend_fused(*inputs, head, keys, values)):
            results.append((output, *torch.autograd.grad(output, inputs, upstream)))
        print(f"linear {head.linear}, outputs quantized {head.quantize_outputs}, cells of their own {spread}")
        for name, plain, fused in zip(("output", "dq", "dk", "dv"), *results):
            error = ((plain - fused).square().mean() / plain.square().mean()).sqrt().item()
            print(f"  {name}: RMS {plain.square().mean().sqrt().item():.4f}, relative RMS error {error:.2e}")
            assert error < (0.05 if name == "output" else 0.2), name


if __name__ == "__main__":
    main()
