"""Muon for the matrices of the blocks, AdamW for everything else, one learning-rate schedule over both.

Muon (K. Jordan et al. 2024) steps along the orthogonalized momentum; the factor 0.2 sqrt(longer side) gives its steps
the RMS of AdamW's (J. Liu et al., arXiv:2502.16982). Rates live on the device, so a captured CUDA graph follows them.
"""
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Recipe:
    optimizer: str = "muon"       # or "adamw": AdamW for the matrices as well
    rate: float = 1e-3            # AdamW
    muon_rate: float = 3e-3
    weight_decay: float = 0.1     # times the AdamW rate, for matrices and embeddings
    momentum: float = 0.95
    warmup: float = 0.02          # of all steps, then linear to zero
    batch: int = 64
    energy_weight: float = 2e-5   # on the mean square of q and k, softmax only


def schedule(step, steps, warmup):
    """Fraction of the peak rate: linear up, linear down to zero."""
    rising = max(warmup * steps, 1)
    return (step + 1) / rising if step < rising else (steps - step) / (steps - rising)


def orthogonalize(g, iterations=5):
    """Newton-Schulz iteration towards U V^T of each matrix; g: (n, rows, columns), rows <= columns."""
    x = g.bfloat16() if g.is_cuda else g
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(iterations):
        gram = x @ x.transpose(1, 2)
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x.to(g.dtype)


def matrices(weight):
    """The square or wide matrices in a Linear weight (out, in): q, k and v apart, tall ones transposed."""
    rows, columns = weight.shape
    if rows == 3 * columns:
        return list(weight.split(columns))
    return [weight.t() if rows > columns else weight]


class Optimizer:
    def __init__(self, model, recipe):
        self.recipe = recipe
        device = next(model.parameters()).device
        rate = lambda: torch.zeros((), device=device)
        inner = {name: p for name, p in model.named_parameters() if name.startswith("h.") and p.dim() == 2}
        self.muon_rate, self.groups = rate(), {}
        if recipe.optimizer == "muon":
            for weight in inner.values():
                shape = tuple(matrices(weight)[0].shape)
                self.groups.setdefault(shape, {"weights": []})["weights"].append(weight)
            for shape, group in self.groups.items():
                count = sum(len(matrices(weight)) for weight in group["weights"])
                group["momentum"] = torch.zeros(count, *shape, device=device)
        decayed, plain = [], []
        for name, p in model.named_parameters():
            if recipe.optimizer == "muon" and name in inner:
                continue
            (decayed if p.dim() == 2 else plain).append(p)
        fused = {"fused": True, "capturable": True} if device.type == "cuda" else {}
        first = rate() if fused else 0.0
        self.adamw = torch.optim.AdamW([{"params": decayed, "weight_decay": recipe.weight_decay, "lr": first},
                                        {"params": plain, "weight_decay": 0.0, "lr": rate() if fused else 0.0}],
                                       lr=rate() if fused else 0.0, betas=(0.9, 0.95), eps=1e-8, **fused)

    def set_rate(self, fraction):
        self.muon_rate.fill_(self.recipe.muon_rate * fraction)
        for group in self.adamw.param_groups:
            if torch.is_tensor(group["lr"]):
                group["lr"].fill_(self.recipe.rate * fraction)
            else:
                group["lr"] = self.recipe.rate * fraction

    def forget_gradients(self):
        for group in self.groups.values():
            for weight in group["weights"]:
                weight.grad = None
        self.adamw.zero_grad(set_to_none=True)

    @torch.no_grad()
    def step(self):
        self.adamw.step()
        # The AdamW decay per step, so that both kinds of weights forget at the same pace.
        keep = 1 - self.muon_rate * (self.recipe.weight_decay * self.recipe.rate / self.recipe.muon_rate)
        for (rows, columns), group in self.groups.items():
            views = [view for weight in group["weights"] for view in matrices(weight)]
            gradient = torch.stack([view for weight in group["weights"] for view in matrices(weight.grad)])
            momentum = group["momentum"].lerp_(gradient, 1 - self.recipe.momentum)
            update = orthogonalize(gradient.lerp(momentum, self.recipe.momentum)) * (0.2 * max(rows, columns) ** 0.5)
            for view, value in zip(views, torch.stack(views) * keep - self.muon_rate * update):
                view.copy_(value)
