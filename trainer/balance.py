"""Adaptive balance: InfoNCE weighed so that it stands beside the squared error instead of drowning it."""

import torch
from torch import Tensor

from trainer.config import LEAST_INFO
from trainer.losses import Objective

DECAY, EPSILON = 0.99, 1e-8


class Balance:
    """Running means of both losses; the weight of InfoNCE is clamp(most * mean_mse / (mean_info + 1e-8), 0.01, most).

    That is the plan's formula with most = lambda_info = 0.5. Both means start at 0 and move alike, so that their ratio
    needs no warm-up.
    """

    def __init__(self, objective: Objective, device: torch.device) -> None:
        """Take the greatest weight from the objective, in which both terms must be on."""
        names = list(objective.lambdas)
        self._mse, self._info = names.index("mse"), names.index("info")
        self._most = objective.lambdas["info"]
        self.means = torch.zeros(2, device=device)

    def weigh(self, terms: Tensor, weights: Tensor) -> None:
        """Take in this batch's terms, (terms,) without gradient, and set the weight of InfoNCE in `weights`."""
        self.means.lerp_(terms[[self._mse, self._info]], 1.0 - DECAY)
        self._set(weights)

    def restore(self, means: Tensor, weights: Tensor) -> None:
        """Go on from earlier means (2,), all 0 before the first batch."""
        self.means.copy_(means)
        if bool(self.means.any()):
            self._set(weights)

    def _set(self, weights: Tensor) -> None:
        mse, info = self.means
        weights[self._info] = (self._most * mse / (info + EPSILON)).clamp(LEAST_INFO, self._most)
