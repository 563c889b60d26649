"""One lesson: forward pass and loss terms of a batch, as one module that can be compiled and spread over processes."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from trainer.losses import Negatives, Objective

Measured = tuple[Tensor, Tensor]  # the terms (terms,), not yet weighted, and the mean cosine


class Lesson(nn.Module):
    """What a batch costs a model; plain until `compile_for` has made it faster."""

    def __init__(self, model: nn.Module, objective: Objective, device: torch.device, *, autocast: bool) -> None:
        """Hold the model that learns; `autocast` computes its forward pass in bfloat16 and the loss in float32."""
        super().__init__()
        self.model = model
        self._objective = objective
        self._device_type = device.type
        self._autocast = autocast
        self._compiled: Callable[..., Any] | None = None
        self._compiled_windows = 0

    def forward(self, contexts: Tensor, targets: Tensor, negatives: Negatives | None = None) -> Measured:
        """Return the terms and the mean cosine of a batch, (B, T, D) and unit (B, D)."""
        if self._compiled is not None and len(contexts) == self._compiled_windows:
            measured: Measured = self._compiled(contexts, targets, negatives)
            return measured
        return self._measure(contexts, targets, negatives)

    def _measure(self, contexts: Tensor, targets: Tensor, negatives: Negatives | None) -> Measured:
        if self._autocast:
            with torch.autocast(self._device_type, torch.bfloat16):
                raw, out = self.model(contexts, return_raw=True)
            raw, out = raw.float(), out.float()
        else:
            raw, out = self.model(contexts, return_raw=True)
        cosine = torch.dot(out.detach().flatten(), targets.flatten()) / len(out)
        return self._objective.compute(raw, out, targets, negatives), cosine

    def compile_for(self, windows: int) -> None:
        """Compile for batches of `windows`; others, such as an epoch's last, are computed as before."""
        self._compiled, self._compiled_windows = torch.compile(self._measure, dynamic=False), windows

    def undo_compile(self) -> None:
        """Compute as before for every batch."""
        self._compiled = None
