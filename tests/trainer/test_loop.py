import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from trainer.checkpoint import read_checkpoint
from trainer.config import TrainConfig
from trainer.events import Configured, EpochEnded, LogEvent, Saved, Stepped, Stopped, Text
from trainer.header import BEST, FOLDER, LAST
from trainer.learner import Learner
from trainer.recorder import METRICS_FILE

pytestmark = pytest.mark.slow

Configure = Callable[..., TrainConfig]
Train = Callable[..., list[LogEvent]]
EpochsOf = Callable[[list[LogEvent]], list[EpochEnded]]


def load_last(config: TrainConfig) -> dict[str, torch.Tensor]:
    return load_file(Path(config.output_dir) / FOLDER / LAST)


def leave_out_time(epoch: EpochEnded) -> dict[str, float]:
    return {key: value for key, value in epoch.values.items() if key != "seconds"}


def test_the_log_says_what_runs_and_how_it_goes(
    tiny_config: Configure, run_training: Train, make_table: Callable[..., Path]
) -> None:
    ood = make_table("moby-dick", sizes=(15,) * 3)
    config = tiny_config(epochs=2, ood=(str(ood),), lambda_info=0.1)
    events = run_training(config)
    assert isinstance(events[0], Configured)
    executed = events[0].values
    assert (executed["lr"], executed["device"], executed["threads"], executed["lambda_info"]) == (
        "0.001",
        "cpu",
        "1",
        "0.1",
    )
    assert executed["variance_target"] == "0.25"
    assert int(executed["train_windows"]) + int(executed["val_windows"]) == int(executed["windows"]) == 180
    steps = math.ceil(int(executed["train_windows"]) / 32)
    assert int(executed["steps"]) == steps
    stepped = [event for event in events if isinstance(event, Stepped)]
    assert [(event.epoch, event.step, event.steps) for event in stepped] == [
        (epoch, step, steps) for epoch in (1, 2) for step in range(2, steps + 1, 2)
    ]
    assert {"loss", "cosine", "lr", "samples_per_s", "grad_norm", "mse_share", "info_share"} <= stepped[0].values.keys()
    ended = [event for event in events if isinstance(event, EpochEnded)]
    assert list(ended[0].values)[:7] == [
        "train_loss", "train_cosine", "val_loss", "val_cosine", "val_cosine_raw", "val_loss_raw", "val_margin"
    ]  # fmt: skip
    assert ended[0].values["ood_cosine"] == ended[0].values["ood_cosine_moby_dick"]
    shares = [value for key, value in ended[1].values.items() if key.endswith("_share")]
    assert len(shares) == 4
    assert sum(shares) == pytest.approx(1, abs=1e-5)
    saved = [event for event in events if isinstance(event, Saved)]
    assert (saved[0].checkpoint, saved[0].epoch, saved[0].step) == (f"{FOLDER}/{LAST}", 1, steps)
    metrics = [json.loads(line) for line in (Path(config.output_dir) / METRICS_FILE).read_text("utf-8").splitlines()]
    assert len(metrics) == len(events)


def test_it_learns(tiny_config: Configure, run_training: Train, epochs_of: EpochsOf) -> None:
    ended = epochs_of(run_training(tiny_config(epochs=8)))
    assert ended[-1].values["val_cosine"] > ended[0].values["val_cosine"] + 0.1
    assert ended[-1].values["val_cosine"] > 0.7


def test_two_runs_are_the_same_to_the_last_bit_and_another_seed_is_not(
    tiny_config: Configure, run_training: Train, epochs_of: EpochsOf
) -> None:
    configs = [tiny_config("a"), tiny_config("b"), tiny_config("c", seed=1)]
    logs = [epochs_of(run_training(config)) for config in configs]
    assert [leave_out_time(event) for event in logs[0]] == [leave_out_time(event) for event in logs[1]]
    first, second, other = (load_last(config) for config in configs)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["model.query_encoder.weight"], other["model.query_encoder.weight"])


STEPS = 6  # of a tiny epoch: 165 windows to train on, in batches of 32


@pytest.mark.parametrize(
    "stops",
    [
        [0],  # before the first step
        [1],
        [3],  # in the middle of a line of the log
        [STEPS],  # after the last step, before the epoch is scored
        [STEPS + 1],  # at the very start of epoch 2
        [STEPS + 4, 1, 1, 5],  # again and again
    ],
)
@pytest.mark.parametrize(
    "options",
    [
        {"ema_decay": 0.0, "lambda_info": 0.1},
        {"balance": "adaptive", "lambda_info": 0.5, "memory": 70, "table": "mapped", "save_every": 4},
    ],
)
def test_going_on_after_a_stop_equals_never_stopping(
    tiny_config: Configure, run_training: Train, epochs_of: EpochsOf, stops: list[int], options: dict[str, object]
) -> None:
    whole = tiny_config("whole", **options)
    expected = epochs_of(run_training(whole))
    events = run_training(tiny_config("cut", **options), stop_after=stops[0])
    for count in [*stops[1:], math.inf]:
        assert isinstance(events[-1], Stopped)
        events += run_training(tiny_config("cut", resume=str(Path(whole.output_dir).parent / "cut"), **options), count)
    configured = [event for event in events if isinstance(event, Configured)]
    assert int(configured[0].values["steps"]) == STEPS
    assert len(configured) == len(stops) + 1
    assert [leave_out_time(e) for e in epochs_of(events)] == [leave_out_time(e) for e in expected]
    found, wanted = load_last(tiny_config("cut")), load_last(whole)
    assert found.keys() == wanted.keys()
    assert [name for name in wanted if not torch.equal(found[name], wanted[name])] == []


def test_a_curriculum_grows_and_a_run_goes_on_inside_a_stage(
    tiny_config: Configure, run_training: Train, epochs_of: EpochsOf
) -> None:
    options = {"curriculum": ("0.3@1", "1.0@2")}
    whole = run_training(tiny_config("whole", **options))
    assert [event.text.split(",")[0] for event in whole if isinstance(event, Text)] == [
        "curriculum: epoch 1: 50 of 165 windows",
        "curriculum: epoch 2: 165 of 165 windows",
    ]
    steps = {event.epoch: event.steps for event in whole if isinstance(event, Stepped)}
    assert steps == {1: 2, 2: STEPS, 3: STEPS}
    run_training(tiny_config("cut", **options), stop_after=4)
    rest = run_training(tiny_config("cut", resume=str(Path(tiny_config("cut").output_dir)), **options))
    assert [leave_out_time(e) for e in epochs_of(rest)] == [leave_out_time(e) for e in epochs_of(whole)][1:]


def test_a_long_epoch_is_saved_on_the_way(tiny_config: Configure, run_training: Train) -> None:
    events = run_training(tiny_config(epochs=2, save_every=4))
    saved = [(event.epoch, event.step) for event in events if isinstance(event, Saved) and LAST in event.checkpoint]
    assert saved == [(1, 4), (1, STEPS), (2, 4), (2, STEPS)]


def test_a_stop_is_told_after_the_checkpoint_is_there(tiny_config: Configure, run_training: Train) -> None:
    events = run_training(tiny_config(), stop_after=3)
    assert events[-2:] == [
        Saved(f"{FOLDER}/{LAST}", 1, 3, events[-2].seconds, events[-2].time),  # type: ignore[union-attr]
        Stopped("SIGTERM", 1, 3, events[-1].time),  # type: ignore[union-attr]
    ]
    assert read_checkpoint(Path(tiny_config().output_dir) / FOLDER / LAST).state.step == 3


def test_nan_is_logged_training_goes_on_and_best_is_kept(
    tiny_config: Configure, run_training: Train, epochs_of: EpochsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = Learner.step, iter(range(1000))

    def poisoned(self: Learner, contexts: torch.Tensor, targets: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        return real(self, contexts * math.nan if next(calls) == STEPS + 1 else contexts, targets, ids)

    monkeypatch.setattr(Learner, "step", poisoned)
    config = tiny_config(epochs=3)
    ended = epochs_of(run_training(config))
    assert math.isfinite(ended[0].values["val_cosine"])
    for epoch in ended[1:]:
        assert math.isnan(epoch.values["train_loss"])
        assert math.isnan(epoch.values["val_cosine"])
    folder = Path(config.output_dir) / FOLDER
    best, last = read_checkpoint(folder / BEST), read_checkpoint(folder / LAST)
    assert best.state.epoch == 2  # saved as epoch 1 ended
    assert best.state.scores["val_cosine"] == pytest.approx(ended[0].values["val_cosine"], abs=1e-6)
    assert bool(torch.isnan(last.tensors["model.query_encoder.weight"]).all())


def test_without_an_average_the_raw_weights_are_scored(
    tiny_config: Configure, run_training: Train, epochs_of: EpochsOf
) -> None:
    values = epochs_of(run_training(tiny_config(epochs=1, ema_decay=0.0)))[0].values
    assert values["val_cosine"] == values["val_cosine_raw"]


def test_the_log_names_the_rate_that_the_epoch_used_and_the_schedule_sees_the_raw_loss(
    tiny_config: Configure, run_training: Train, epochs_of: EpochsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float] = []
    real = Learner.end_epoch

    def end_without_gain(self: Learner, loss: float) -> None:
        seen.append(loss)
        real(self, 1.0)

    monkeypatch.setattr(Learner, "end_epoch", end_without_gain)
    ended = epochs_of(run_training(tiny_config(epochs=6)))
    assert [event.values["lr"] for event in ended] == [0.001] * 5 + [0.0005]
    assert seen == pytest.approx([event.values["val_loss_raw"] for event in ended], rel=1e-3)


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_an_accelerator_that_is_here_learns_the_same(
    tiny_config: Configure, run_training: Train, epochs_of: EpochsOf, device: str
) -> None:
    here = torch.cuda.is_available() if device == "cuda" else torch.backends.mps.is_available()
    expected = epochs_of(run_training(tiny_config("cpu")))[-1].values["val_cosine"]
    used = device if here else "cpu"  # a machine without one proves that two folders give one result
    found = epochs_of(run_training(tiny_config(device, device=used)))[-1].values["val_cosine"]
    assert found == pytest.approx(expected, abs=0.01 if here else 0)
