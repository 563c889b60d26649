"""The names of the numbers that the trainer logs, known before it runs."""

import re
from pathlib import Path

from trainer.config import TrainConfig

EPOCH = ("train_loss", "train_cosine", "val_loss", "val_cosine", "val_loss_raw", "val_cosine_raw", "val_margin",
         "grad_norm", "lr", "seconds")  # fmt: skip
STEP = ("loss", "cosine", "grad_norm", "lr", "samples_per_s")


def name_set(path: Path) -> str:
    """Return a data set's name as it stands in a metric: moby-dick is moby_dick."""
    return re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_") or "unnamed"


def list_epoch_metrics(config: TrainConfig) -> frozenset[str]:
    """Return what the end of an epoch logs."""
    ood = [f"ood_cosine_{name_set(Path(name))}" for name in config.ood]
    return frozenset((*EPOCH, *_list_terms(config), *ood, *(("ood_cosine", "ood_cosine_raw") if ood else ())))


def list_step_metrics(config: TrainConfig) -> frozenset[str]:
    """Return what a line within an epoch logs."""
    return frozenset((*STEP, *_list_terms(config)))


def _list_terms(config: TrainConfig) -> list[str]:
    shares = [f"{name}_share" for name in config.lambdas]
    return shares if config.balance == "fixed" else [*shares, "info_weight"]
