"""What training minimises: a weighted sum of up to four terms. o is the output, r the raw output, t the unit target."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F

# Unit targets of other batches (K, D), and which of them count for which output (B, K).
Negatives: TypeAlias = tuple[Tensor, Tensor]


def compute_mse(raw: Tensor, target: Tensor) -> Tensor:
    """Return mean((r - t)^2) over (B, D)."""
    return F.mse_loss(raw, target)


def compute_info_nce(out: Tensor, target: Tensor, tau: float, negatives: Negatives | None = None) -> Tensor:
    """Return CE(o t' / tau) + CE(t o' / tau): each output must find its own target in the batch, and the reverse.

    With `negatives` each output must find it among those targets too (van den Oord et al., 2018; XBM).
    """
    out, target = F.normalize(out, dim=-1), F.normalize(target, dim=-1)
    own = torch.arange(len(out), device=out.device)
    logits = out @ target.T / tau
    reverse = F.cross_entropy(logits.T, own)
    if negatives is not None:
        others, strangers = negatives
        logits = torch.cat((logits, (out @ others.T / tau).masked_fill(~strangers, -torch.inf)), dim=1)
    return F.cross_entropy(logits, own) + reverse


def measure_deviation(x: Tensor) -> Tensor:
    """Return the standard deviation of each column of (B, D), (D,); where it is 0 its gradient is, too.

    In steps that run through memory in order: torch's own goes down the columns and takes several times as long.
    """
    variance = (x - x.mean(dim=0)).square().sum(dim=0) / (len(x) - 1)
    return variance.clamp_min(torch.finfo(x.dtype).tiny).sqrt()


def compute_moment(raw: Tensor, target: Tensor) -> Tensor:
    """Return mean_d (mean r - mean t)^2 + mean_d (std r - std t)^2; the second is 0 for a batch of one."""
    means = (raw.mean(dim=0) - target.mean(dim=0)).square().mean()
    if len(raw) < 2:
        return means
    return means + (measure_deviation(raw) - measure_deviation(target)).square().mean()


def compute_variance(out: Tensor, floor: float) -> Tensor:
    """Return mean_d relu(floor - std_d(o)): outputs must not become all alike; 0 for a batch of one."""
    if len(out) < 2:
        return out.sum() * 0.0
    return F.relu(floor - measure_deviation(out)).mean()


@dataclass(frozen=True, slots=True)
class Objective:
    """The terms that are on with their weights, and what the terms need."""

    lambdas: Mapping[str, float]  # of mse, info, moment, variance; all above 0
    tau: float
    variance_target: float

    def compute(self, raw: Tensor, out: Tensor, target: Tensor, negatives: Negatives | None = None) -> Tensor:
        """Return every term that is on, not yet weighted, (terms,) in the order of `lambdas`."""
        terms = [self._compute(name, raw, out, target, negatives) for name in self.lambdas]
        return terms[0].view(1) if len(terms) == 1 else torch.stack(terms)

    def _compute(self, name: str, raw: Tensor, out: Tensor, target: Tensor, negatives: Negatives | None) -> Tensor:
        match name:
            case "mse":
                return compute_mse(raw, target)
            case "info":
                return compute_info_nce(out, target, self.tau, negatives)
            case "moment":
                return compute_moment(raw, target)
            case "variance":
                return compute_variance(out, self.variance_target)
        raise ValueError(f"loss term {name!r} is not known")


def share_terms(weighted: Mapping[str, float], loss: float) -> dict[str, float]:
    """Return each term's share of the loss as NAME_share; 0 when the loss is 0, nan when it is not finite."""
    return {f"{name}_share": value / loss if loss else 0.0 for name, value in weighted.items()}


def default_variance_target(dim: int) -> float:
    """Return 1/sqrt(D): how much each coordinate of unit vectors varies when they point everywhere."""
    return 1.0 / math.sqrt(dim)
