"""What learns: a model, its average, and all that moves them; one step of it."""

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor

from trainer.balance import Balance
from trainer.checkpoint import add_prefix, strip_prefix
from trainer.config import TrainConfig
from trainer.ema import Average
from trainer.group import ALONE, Group
from trainer.lesson import Lesson
from trainer.losses import Negatives, Objective, default_variance_target
from trainer.memory import Memory
from trainer.model import create_model
from trainer.optimizer import Optimizer
from trainer.predictor import Predictor


class Learner:
    """A model that learns by steps; `evaluated` is the one that is scored and kept: the average where there is one."""

    def __init__(self, config: TrainConfig, dim: int, device: torch.device, group: Group = ALONE) -> None:
        """Make a fresh model from torch's random state, which the caller seeds; on the CPU, so alike everywhere."""
        self.objective = make_objective(config, dim)
        self.model = create_model(config.model_type, dim).to(device)
        self.lesson = Lesson(self.model, self.objective, device, autocast=config.autocast == "bf16")
        self.weights = torch.tensor(list(self.objective.lambdas.values()), device=device)  # of the terms, as they stand
        self._group = group
        self._spread = group.spread(self.lesson)
        self._optimizer = Optimizer(
            self.model, lr=config.lr, weight_decay=config.weight_decay, grad_clip=config.grad_clip
        )
        self._average = Average(self.model, config.ema_decay) if config.ema_decay > 0 else None
        self._balance = Balance(self.objective, device) if config.balance == "adaptive" else None
        self._memory = Memory(config.memory, dim, device) if config.memory else None

    @property
    def evaluated(self) -> Predictor:
        """Return the averaged model, or the model itself when no average is kept."""
        return self.model if self._average is None else cast("Predictor", self._average.module)

    @property
    def lr(self) -> float:
        """Return the learning rate that the next step uses."""
        return self._optimizer.lr

    @property
    def info_weight(self) -> float:
        """Return what InfoNCE weighs as it stands."""
        return float(self.weights[list(self.objective.lambdas).index("info")])

    @property
    def measured(self) -> tuple[str, ...]:
        """Return the names of what `step` returns; the terms come weighted."""
        return ("loss", "cosine", "grad_norm", *self.objective.lambdas)

    def step(self, contexts: Tensor, targets: Tensor, ids: Tensor | None = None) -> Tensor:
        """Learn from one batch, (B, T, D) and unit (B, D); returns what was measured, still on the device.

        `ids` (B,) int64 tell the targets apart; only the memory asks for them.
        """
        self._optimizer.clear()
        terms, cosine = self._spread(contexts, targets, self._find_negatives(ids))
        if self._balance is not None:
            self._balance.weigh(self._group.mean(terms.detach().clone()), self.weights)
        torch.autograd.backward(terms, self.weights)  # of their weighted sum
        norm = self._optimizer.step()
        if self._average is not None:
            self._average.update()
        if self._memory is not None and ids is not None:
            self._memory.push(self._group.gather(targets), self._group.gather(ids))
        weighted = terms.detach() * self.weights
        return torch.cat((torch.stack((weighted.sum(), cosine, norm)), weighted))

    def try_lesson(self, contexts: Tensor, targets: Tensor, ids: Tensor) -> None:
        """Go forward and backward without a step, and forget the gradients."""
        terms, _ = self.lesson(contexts, targets, self._find_negatives(ids))
        torch.autograd.backward(terms, self.weights)
        self._optimizer.clear()

    def _find_negatives(self, ids: Tensor | None) -> Negatives | None:
        if self._memory is None or ids is None:
            return None
        return self._memory.targets, self._memory.find_strangers(ids)

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Take a whole state dict as the weights before the first step, the average's too."""
        for model in {self.model, self.evaluated}:
            model.load_state_dict(weights)

    def end_epoch(self, val_loss: float) -> None:
        """Let the schedule see the validation loss."""
        self._optimizer.end_epoch(val_loss)

    def export(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        """Return tensors and numbers from which `restore` goes on, to the last bit."""
        tensors = add_prefix("model.", self.model.state_dict())
        if self._average is not None:
            tensors |= add_prefix("ema.", self._average.module.state_dict())
            tensors["ema_updates"] = self._average.n_averaged
        if self._memory is not None:
            tensors |= add_prefix("memory.", self._memory.export())
        if self._balance is not None:
            tensors["balance"] = self._balance.means
        moved, numbers = self._optimizer.export()
        return tensors | add_prefix("optimizer.", moved), numbers

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, float]) -> None:
        """Go on from what `export` returned; raises KeyError or RuntimeError when it was of another model."""
        self.model.load_state_dict(strip_prefix("model.", tensors))
        if self._average is not None:
            self._average.module.load_state_dict(strip_prefix("ema.", tensors))
            self._average.n_averaged.copy_(tensors["ema_updates"])
        if self._memory is not None:
            self._memory.restore(strip_prefix("memory.", tensors))
        if self._balance is not None:
            self._balance.restore(tensors["balance"], self.weights)
        self._optimizer.restore(strip_prefix("optimizer.", tensors), numbers)


def make_objective(config: TrainConfig, dim: int) -> Objective:
    """Return what the configuration minimises for vectors of length `dim`."""
    target = default_variance_target(dim) if config.variance_target is None else config.variance_target
    return Objective(config.lambdas, config.tau, target)
