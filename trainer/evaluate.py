"""Scores of a model on windows it does not learn from."""

from dataclasses import dataclass

import torch
from torch import Tensor

from trainer.data import VectorSet
from trainer.losses import Objective
from trainer.predictor import Predictor

EVALUATED_WINDOWS = 512  # at a time


@dataclass(frozen=True, slots=True)
class Score:
    """Means over the windows: the loss as training weighs it, and the cosine to the target."""

    loss: float
    cosine: float


@torch.inference_mode()
def score_model(model: Predictor, data: VectorSet, index: Tensor, objective: Objective, batch_size: int) -> Score:
    """Score a model on windows `index` (n,) of a data set; waits for the device once, at the end.

    The forward pass takes EVALUATED_WINDOWS at a time; the loss is taken over batches of the size that training has,
    since terms that look at a whole batch depend on it.
    """
    sums = torch.zeros(2, device=data.rows.device)
    for chunk in torch.split(index, batch_size * max(1, EVALUATED_WINDOWS // batch_size)):
        contexts, targets = data.take(chunk)
        raw, out = model(contexts, return_raw=True)
        cosine = (out * targets).sum()
        parts = zip(*(torch.split(whole, batch_size) for whole in (raw, out, targets)), strict=True)
        losses = [torch.stack(objective.weigh(r, o, t)).sum() * len(r) for r, o, t in parts]
        sums += torch.stack((torch.stack(losses).sum(), cosine))
    loss, cosine_sum = sums.tolist()
    return Score(loss / len(index), cosine_sum / len(index))
