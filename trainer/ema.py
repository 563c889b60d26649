"""Averaged weights: an exponential moving average that warms up, so that short runs are not scored on their start."""

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel


def warm_decay(decay: float, averaged: int) -> float:
    """Return min(decay, (1 + n) / (10 + n)) after n updates: 0.18 at first, 0.999 only after 9,000."""
    return min(decay, (1 + averaged) / (10 + averaged))


class Average(AveragedModel):
    """torch's average of a model's weights, whose updates do not go through both models for their parameters again."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        """Start from a copy of the model where it is; its first update copies again."""
        super().__init__(model)
        for part in self.modules():
            if isinstance(part, nn.RNNBase):
                part.flatten_parameters()  # a copy is in pieces, which cuDNN would put together again at every call
        self._decay = decay
        self._averages, self._currents = (
            [parameter.detach() for parameter in each.parameters()] for each in (self.module, model)
        )

    def update(self) -> None:
        """Make it a = d * a + (1 - d) * w with d of warm_decay, where w are the model's weights as they are now."""
        done = int(self.n_averaged)  # it lives on the CPU: nothing waits for the device
        torch._foreach_lerp_(self._averages, self._currents, 1.0 - warm_decay(self._decay, done) if done else 1.0)
        self.n_averaged += 1
