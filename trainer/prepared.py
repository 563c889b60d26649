"""A run that is ready: what stays the same throughout, and where it stands."""

import importlib.metadata
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

import torch

from trainer.checkpoint import Checkpoint, State, make_probe
from trainer.config import TrainConfig
from trainer.curriculum import Curriculum
from trainer.data import Split, VectorSet
from trainer.flags import write_value
from trainer.group import Group
from trainer.header import FOLDER
from trainer.learner import Learner
from trainer.meter import Meter
from trainer.model import D_MODEL, HIDDEN_DIM, count_parameters
from trainer.sampler import Sampler


@cache
def name_program() -> str:
    """Return the version of the program that writes; "" when it runs without being installed."""
    try:
        return importlib.metadata.version("amn-tui")
    except importlib.metadata.PackageNotFoundError:
        return ""


@dataclass(slots=True)
class Position:
    """Where training stands: `step` steps of `epoch` are done."""

    epoch: int = 1
    step: int = 0
    best: float = -math.inf
    seconds: float = 0.0
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What stays the same throughout a run; `config` has what was left to the trainer as it was settled."""

    config: TrainConfig
    group: Group
    data: VectorSet
    data_path: Path
    data_crc32: str
    split: Split
    sampler: Sampler
    ood: Mapping[str, VectorSet]
    learner: Learner
    meter: Meter
    curriculum: Curriculum | None = None

    @property
    def folder(self) -> Path:
        """Return where checkpoints go."""
        return Path(self.config.output_dir) / FOLDER

    def estimate_bytes(self) -> int:
        """Return about how large a checkpoint will be: weights, their average, and two moments of the optimizer."""
        copies = 4 if self.config.ema_decay > 0 else 3
        return 4 * (copies * count_parameters(self.learner.model) + self.config.memory * self.data.dim)

    def describe(self) -> dict[str, str]:
        """Return what really runs: every field of TrainConfig as executed, and what follows from the data."""
        values = {name: write_value(value) for name, value in asdict(self.config).items()}
        return values | {
            "device": self.group.device.type,
            "variance_target": write_value(self.learner.objective.variance_target),
            "data_path": str(self.data_path),
            "data_crc32": self.data_crc32,
            "dim": str(self.data.dim),
            "windows": str(len(self.data)),
            "train_windows": str(len(self.split.train)),
            "val_windows": str(len(self.split.val)),
            "val_articles": str(self.split.val_articles),
            "steps": str(self.sampler.count_steps(1)),
            "processes": str(self.group.world),
            "parameters": str(count_parameters(self.learner.model)),
            "torch": torch.__version__,
        }

    def export(self, at: Position) -> Checkpoint:
        """Return a checkpoint from which `prepare` goes on to the last bit; every process has a part in it."""
        tensors, schedule = self.learner.export()
        tensors["meter"], meter = self.meter.export()
        tensors |= make_probe(self.learner.evaluated, self.data.dim, self.config.context)
        tensors["rng.cpu"] = torch.get_rng_state()
        model = {"model_type": self.config.model_type, "input_dim": self.data.dim}
        model |= {"d_model": D_MODEL, "hidden_dim": HIDDEN_DIM}
        state = State(
            epoch=at.epoch, step=at.step, best=at.best, seconds=at.seconds, scores=at.scores,
            config=asdict(self.config), model=model, data=self.data_crc32, schedule=schedule, meter=meter,
            processes=self.group.world, written_by=name_program(),
        )  # fmt: skip
        return Checkpoint(tensors, state)
