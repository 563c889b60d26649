"""How weights move: gradients clipped by their norm, AdamW, and a learning rate that halves when learning stalls."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_, get_total_norm
from torch.optim import AdamW
from torch.optim.lr_scheduler import ReduceLROnPlateau

from trainer.checkpoint import strip_prefix

PLATEAU_FACTOR, PLATEAU_PATIENCE = 0.5, 3
SCHEDULE_COUNTS = ("num_bad_epochs", "cooldown_counter", "last_epoch")
CLIP_EPSILON = 1e-6  # what torch adds to the norm before it divides


class Optimizer:
    """AdamW over a model's parameters with a plateau schedule; `grad_clip` 0 does not clip."""

    def __init__(self, model: nn.Module, *, lr: float, weight_decay: float, grad_clip: float) -> None:
        """Take the parameters where they are; the fused kernel where their device has one, else the foreach one."""
        self._named = dict(model.named_parameters())
        self._parameters = list(self._named.values())
        device = self._parameters[0].device.type
        fused = device in ("cpu", "cuda")
        self._adamw = AdamW(
            self._parameters, lr=lr, weight_decay=weight_decay, fused=fused, foreach=None if fused else True
        )
        self._schedule = ReduceLROnPlateau(self._adamw, factor=PLATEAU_FACTOR, patience=PLATEAU_PATIENCE)
        self._grad_clip = grad_clip
        self._on_cpu = device == "cpu"

    @property
    def lr(self) -> float:
        """Return the learning rate that the next step uses."""
        return float(self._adamw.param_groups[0]["lr"])

    def clear(self) -> None:
        """Forget the gradients of the last step."""
        for parameter in self._parameters:  # zero_grad does as much, and takes ten times as long to get there
            parameter.grad = None

    def step(self) -> Tensor:
        """Clip and move; returns the norm before clipping, still on the device."""
        gradients = [parameter.grad for parameter in self._parameters if parameter.grad is not None]
        norm = self._measure_norm(gradients)
        if self._grad_clip > 0 and not self._is_short(norm):
            clip_grads_with_norm_(self._parameters, self._grad_clip, norm, foreach=True)
        self._adamw.step()
        return norm

    def _measure_norm(self, gradients: Sequence[Tensor]) -> Tensor:
        if not self._on_cpu:
            return get_total_norm(gradients, foreach=True)
        # There a product is a third faster than a norm, and nothing is gained by grouping the tensors.
        flat = [gradient.flatten() for gradient in gradients]
        return torch.stack([torch.dot(gradient, gradient) for gradient in flat]).sum().sqrt()

    def _is_short(self, norm: Tensor) -> bool:
        """Tell whether clipping would multiply by 1: only where looking at a number does not wait for a device."""
        return self._on_cpu and float(norm) + CLIP_EPSILON <= self._grad_clip

    def end_epoch(self, val_loss: float) -> None:
        """Halve the learning rate when the validation loss has not fallen for long enough."""
        self._schedule.step(val_loss)

    def export(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        """Return tensors and numbers from which `restore` goes on, to the last bit."""
        names = list(self._named)
        tensors = {
            f"{names[index]}.{key}": value
            for index, values in self._adamw.state_dict()["state"].items()
            for key, value in values.items()
        }
        schedule = self._schedule.state_dict()
        return tensors, {"lr": self.lr, **{key: float(schedule[key]) for key in ("best", *SCHEDULE_COUNTS)}}

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, float]) -> None:
        """Go on from what `export` returned; raises KeyError when a number is missing."""
        state = {
            index: strip_prefix(f"{name}.", tensors)
            for index, name in enumerate(self._named)
            if f"{name}.step" in tensors
        }
        groups = self._adamw.state_dict()["param_groups"]
        groups[0]["lr"] = numbers["lr"]
        self._adamw.load_state_dict({"state": state, "param_groups": groups})
        counts = {key: int(numbers[key]) for key in SCHEDULE_COUNTS}
        self._schedule.load_state_dict(
            {**self._schedule.state_dict(), **counts, "best": numbers["best"], "_last_lr": [numbers["lr"]]}
        )
