"""Scores of a model on windows it does not learn from."""

from dataclasses import dataclass

import torch
from torch import Tensor

from trainer.data import VectorSet
from trainer.group import ALONE, Group
from trainer.losses import Objective
from trainer.predictor import Predictor

EVALUATED_WINDOWS = 512  # at a time


@dataclass(frozen=True, slots=True)
class Score:
    """Means over the windows: the loss as training weighs it, the cosine to the target, and its lead over others.

    `margin` is the mean cosine to the own target minus the mean cosine to the targets of all other windows.
    """

    loss: float
    cosine: float
    margin: float


@torch.inference_mode()
def score_model(
    model: Predictor,
    data: VectorSet,
    index: Tensor,
    objective: Objective,
    weights: Tensor,
    batch_size: int,
    group: Group = ALONE,
) -> Score:
    """Score a model on windows `index` (n,) of a data set; waits for the device once, at the end.

    Each process of the group takes its share of batches. The forward pass takes EVALUATED_WINDOWS at a time; the loss
    is taken over batches of the size that training has, since terms that look at a whole batch depend on it.
    """
    exact = torch.float32 if weights.device.type == "mps" else torch.float64  # mps has no float64
    sums = torch.zeros(2 + 2 * data.dim, device=weights.device, dtype=exact)
    for chunk in torch.split(index, batch_size * max(1, EVALUATED_WINDOWS // batch_size))[group.rank :: group.world]:
        contexts, targets = data.take(chunk)
        raw, out = model(contexts, return_raw=True)
        parts = zip(*(torch.split(whole, batch_size) for whole in (raw, out, targets)), strict=True)
        losses = [(objective.compute(r, o, t) * weights).sum() * len(r) for r, o, t in parts]
        totals = torch.stack((torch.stack(losses).sum(), (out * targets).sum()))
        sums += torch.cat((totals, out.sum(dim=0), targets.sum(dim=0)))
    return _average(group.sum(sums), len(index))


def _average(sums: Tensor, count: int) -> Score:
    """Means of the sums of loss, cosine, outputs (D,) and targets (D,).

    The sum of the cosines of all pairs is the product of both sums, so that no pair need be looked at.
    """
    outputs, targets = sums[2:].chunk(2)
    loss, own, every = torch.stack((sums[0], sums[1], (outputs * targets).sum())).tolist()
    others = (every - own) / (count * (count - 1)) if count > 1 else 0.0
    return Score(loss / count, own / count, own / count - others)
