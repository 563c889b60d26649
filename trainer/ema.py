"""Averaged weights: an exponential moving average that warms up, so that short runs are not scored on their start."""

from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

Tensors: TypeAlias = tuple[Tensor, ...] | list[Tensor]


def warm_decay(decay: float, averaged: int) -> float:
    """Return min(decay, (1 + n) / (10 + n)) after n updates: 0.18 at first, 0.999 only after 9,000."""
    return min(decay, (1 + averaged) / (10 + averaged))


def create_average(model: nn.Module, decay: float) -> AveragedModel:
    """Keep an average of a model's weights; its first update copies, then a = d * a + (1 - d) * w with warm_decay."""

    def update(average: Tensors, current: Tensors, _count: Tensor | int) -> None:
        # The count lives on the CPU; its copy on the device would make every step wait for the device.
        torch._foreach_lerp_(average, current, 1.0 - warm_decay(decay, int(averaged.n_averaged)))

    averaged = AveragedModel(model, multi_avg_fn=update)
    for part in averaged.modules():
        if isinstance(part, nn.RNNBase):
            part.flatten_parameters()  # a copy is in pieces, which cuDNN would put together again at every call
    return averaged
