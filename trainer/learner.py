"""What learns: the model, its average, the optimizer and the schedule; one step of it."""

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor
from torch.nn.utils import clip_grads_with_norm_, get_total_norm
from torch.optim import AdamW
from torch.optim.lr_scheduler import ReduceLROnPlateau

from trainer.checkpoint import strip_prefix
from trainer.config import TrainConfig
from trainer.ema import create_average
from trainer.losses import Objective, default_variance_target
from trainer.model import create_model
from trainer.predictor import Predictor

PLATEAU_FACTOR, PLATEAU_PATIENCE = 0.5, 3
SCHEDULE_COUNTS = ("num_bad_epochs", "cooldown_counter", "last_epoch")


class Learner:
    """A model that learns by steps; `evaluated` is the one that is scored and kept: the average where there is one."""

    def __init__(self, config: TrainConfig, dim: int, device: torch.device) -> None:
        """Make a fresh model from torch's random state, which the caller seeds; on the CPU, so alike everywhere."""
        self.objective = make_objective(config, dim)
        self.model = create_model(config.model_type, dim).to(device)
        self._parameters = list(self.model.parameters())
        self._grad_clip = config.grad_clip
        fused = device.type in ("cpu", "cuda")
        self._optimizer = AdamW(
            self._parameters,
            lr=config.lr,
            weight_decay=config.weight_decay,
            fused=fused,
            foreach=None if fused else True,
        )
        self._schedule = ReduceLROnPlateau(self._optimizer, factor=PLATEAU_FACTOR, patience=PLATEAU_PATIENCE)
        self._average = create_average(self.model, config.ema_decay) if config.ema_decay > 0 else None

    @property
    def evaluated(self) -> Predictor:
        """Return the averaged model, or the model itself when no average is kept."""
        return self.model if self._average is None else cast("Predictor", self._average.module)

    @property
    def lr(self) -> float:
        """Return the learning rate that the next step uses."""
        return float(self._optimizer.param_groups[0]["lr"])

    @property
    def measured(self) -> tuple[str, ...]:
        """Return the names of what `step` returns; the terms come weighted."""
        return ("loss", "cosine", "grad_norm", *self.objective.lambdas)

    def step(self, contexts: Tensor, targets: Tensor) -> Tensor:
        """Learn from one batch, (B, T, D) and unit (B, D); returns what was measured, still on the device."""
        self._optimizer.zero_grad(set_to_none=True)
        raw, out = self.model(contexts, return_raw=True)
        terms = torch.stack(self.objective.weigh(raw, out, targets))
        loss = terms.sum()
        torch.autograd.backward(loss)
        gradients = [parameter.grad for parameter in self._parameters if parameter.grad is not None]
        norm = get_total_norm(gradients, foreach=True)
        if self._grad_clip > 0:
            clip_grads_with_norm_(self._parameters, self._grad_clip, norm, foreach=True)
        self._optimizer.step()
        if self._average is not None:
            self._average.update_parameters(self.model)
        with torch.no_grad():
            cosine = (out * targets).sum(dim=-1).mean()
            return torch.cat((torch.stack((loss, cosine, norm)), terms))

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Take a whole state dict as the weights before the first step, the average's too."""
        for model in {self.model, self.evaluated}:
            model.load_state_dict(weights)

    def end_epoch(self, val_loss: float) -> None:
        """Halve the learning rate when the validation loss has not fallen for long enough."""
        self._schedule.step(val_loss)

    def export(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        """Return tensors and numbers from which `restore` goes on, to the last bit."""
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        if self._average is not None:
            tensors |= {f"ema.{name}": value for name, value in self._average.module.state_dict().items()}
            tensors["ema_updates"] = self._average.n_averaged
        names = [name for name, _ in self.model.named_parameters()]
        for index, values in self._optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{names[index]}.{key}": value for key, value in values.items()}
        schedule = self._schedule.state_dict()
        numbers = {key: float(schedule[key]) for key in ("best", *SCHEDULE_COUNTS)}
        return tensors, {**numbers, "lr": self.lr}

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, float]) -> None:
        """Go on from what `export` returned; raises KeyError or RuntimeError when it was of another model."""
        self.model.load_state_dict(strip_prefix("model.", tensors))
        if self._average is not None:
            self._average.module.load_state_dict(strip_prefix("ema.", tensors))
            self._average.n_averaged.copy_(tensors["ema_updates"])
        state = {
            index: strip_prefix(f"optimizer.{name}.", tensors)
            for index, (name, _) in enumerate(self.model.named_parameters())
            if f"optimizer.{name}.step" in tensors
        }
        groups = self._optimizer.state_dict()["param_groups"]
        groups[0]["lr"] = numbers["lr"]
        self._optimizer.load_state_dict({"state": state, "param_groups": groups})
        counts = {key: int(numbers[key]) for key in SCHEDULE_COUNTS}
        self._schedule.load_state_dict(
            {**self._schedule.state_dict(), **counts, "best": numbers["best"], "_last_lr": [numbers["lr"]]}
        )


def make_objective(config: TrainConfig, dim: int) -> Objective:
    """Return what the configuration minimises for vectors of length `dim`."""
    target = default_variance_target(dim) if config.variance_target is None else config.variance_target
    return Objective(config.lambdas, config.tau, target)
