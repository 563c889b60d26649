"""A checkpoint scores again what the log says of it, and one that does not is found out."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from torch import Tensor

from checks.errors import InputError
from trainer import rescore as program
from trainer.config import TrainConfig
from trainer.events import EpochEnded, LogEvent, Rescored, Text, parse_line
from trainer.header import BEST, FOLDER
from trainer.model import AMN
from trainer.rescore import rescore

Train = Callable[..., list[LogEvent]]
Configure = Callable[..., TrainConfig]


@pytest.fixture
def best(run_training: Train, tiny_config: Configure) -> Path:
    """Train three epochs and return the best checkpoint."""
    config = tiny_config(ood=())
    run_training(config)
    return Path(config.output_dir) / FOLDER / BEST


@pytest.mark.parametrize("changes", [{}, {"ema_decay": 0.0}, {"table": "mapped", "train_on": "2:9", "seed": 3}])
def test_a_sound_checkpoint_scores_what_was_logged(
    changes: dict[str, object], run_training: Train, tiny_config: Configure
) -> None:
    config = tiny_config(**changes)
    epochs = [event for event in run_training(config) if isinstance(event, EpochEnded)]
    found = rescore(Path(config.output_dir) / FOLDER / BEST)
    assert found.gap < 1e-6
    assert found.val_cosine == pytest.approx(epochs[found.epoch - 1].values["val_cosine"], abs=1e-6)
    assert found.checkpoint == f"{FOLDER}/{BEST}"


def test_a_class_with_the_same_names_and_another_forward_pass_is_found_out(
    best: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compute_raw(self: AMN, x: Tensor) -> Tensor:
        return x.mean(dim=1) - self.residual_net(x[:, :2].flatten(1))

    monkeypatch.setattr(AMN, "compute_raw", compute_raw)
    assert rescore(best).gap > 1e-3


def test_other_data_are_refused(best: Path, tiny_config: Configure) -> None:
    rows = Path(tiny_config().data) / "vectors.npy"
    np.save(rows, np.load(rows)[::-1].copy())
    with pytest.raises(InputError, match="other data"):
        rescore(best)


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_what_cannot_be_scored_is_said_and_is_no_number(
    damage: str, best: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    if damage == "gone":
        best.unlink()
    else:
        best.write_bytes(best.read_bytes()[:-8])
    monkeypatch.setattr(program.os, "nice", lambda _: 0)
    monkeypatch.setattr(program.sys, "argv", ["rescore", str(best), str(best.parents[1])])
    assert program.main() == 1
    said, found = map(parse_line, capfd.readouterr().out.splitlines())
    assert isinstance(said, Text)
    assert said.text.startswith(f"re-score failed: {best}")
    assert isinstance(found, Rescored)
    assert math.isnan(found.gap)
