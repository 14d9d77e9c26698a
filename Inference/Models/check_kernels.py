"""Compares the fused kernels with the plain equations on random tensors: python3 check_kernels.py (CUDA, Triton)."""
import torch

from gain_cell import Cell, Head, attend, attend_fused

PUBLISHED = Cell(c=(0.5213636, 13.6122606, -2.6204456, 46.0548378))


def main():
    torch.manual_seed(0)
    draw = lambda mean, std: (mean + std * torch.randn(4, 512, 4, 64, device="cuda")).requires_grad_()
    for head in (Head(PUBLISHED), Head(PUBLISHED, quantize_outputs=False), Head(PUBLISHED.linear())):
        inputs = draw(0.3, 0.4), draw(0.45, 0.25), draw(0.48, 0.25)
        upstream = torch.randn(4, 512, 4, 64, device="cuda")
        results = []
        for function in (attend, attend_fused):
            output = function(*inputs, head)
            results.append((output, *torch.autograd.grad(output, inputs, upstream)))
        print(head)
        for name, plain, fused in zip(("output", "dq", "dk", "dv"), *results):
            error = ((plain - fused).square().mean() / plain.square().mean()).sqrt().item()
            print(f"  {name}: RMS {plain.square().mean().sqrt().item():.4f}, relative RMS error {error:.2e}")
            assert error < (0.05 if name == "output" else 0.2), name


if __name__ == "__main__":
    main()
