import errno
import math
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from checks.errors import InputError
from checks.jsonl import encode_line
from trainer.checkpoint import (
    Checkpoint,
    State,
    make_probe,
    open_evaluated,
    read_checkpoint,
    read_first_sound,
    read_unproved,
    write_checkpoint,
)
from trainer.header import BEST, LAST
from trainer.model import AMN

MODEL = {"model_type": "amn", "input_dim": 6, "d_model": 4, "hidden_dim": 8}


def make_checkpoint(epoch: int = 1, weights: float | None = None) -> Checkpoint:
    torch.manual_seed(epoch)
    model = AMN(6, 4, 8)
    if weights is not None:
        torch.nn.init.constant_(model.context_encoder.weight, weights)
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()} | make_probe(model, 6, 3)
    state = State(
        epoch=epoch, step=0, best=-math.inf, seconds=0.5, config={"lr": 0.1, "ood": ("a",)}, model=MODEL, data="0",
        schedule={"best": math.inf}, meter={"loss": math.nan},
    )  # fmt: skip
    return Checkpoint(tensors, state)


def write_last(folder: Path, written: Checkpoint) -> Path:
    write_checkpoint(folder, written, best=False)
    return folder / LAST


def test_a_checkpoint_reads_back_whole(tmp_path: Path) -> None:
    written = make_checkpoint()
    read = read_checkpoint(write_last(tmp_path / "checkpoints", written))
    assert (read.state.epoch, read.state.best, read.state.schedule) == (1, -math.inf, {"best": math.inf})
    assert math.isnan(read.state.meter["loss"])
    assert read.tensors.keys() == written.tensors.keys()
    assert all(torch.equal(read.tensors[name], value) for name, value in written.tensors.items())
    assert stat.S_IMODE((tmp_path / "checkpoints").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "checkpoints" / LAST).stat().st_mode) == 0o600


@pytest.mark.parametrize("read", [read_checkpoint, read_unproved])
def test_state_and_tensors_are_of_one_checkpoint_although_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path], Checkpoint]
) -> None:
    path = write_last(tmp_path, make_checkpoint(1))
    read_bytes = Path.read_bytes

    def read_and_be_overtaken(self: Path) -> bytes:
        content = read_bytes(self)
        write_last(tmp_path, make_checkpoint(2))
        return content

    monkeypatch.setattr(Path, "read_bytes", read_and_be_overtaken)
    found = read(path)
    assert found.state.epoch == 1
    assert torch.equal(
        found.tensors["model.context_encoder.weight"], make_checkpoint(1).tensors["model.context_encoder.weight"]
    )


def test_best_stays_what_it_was_when_last_goes_on(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, make_checkpoint(1), best=True)
    write_checkpoint(tmp_path, make_checkpoint(2), best=False)
    assert read_checkpoint(tmp_path / BEST).state.epoch == 1
    assert read_checkpoint(tmp_path / LAST).state.epoch == 2
    write_checkpoint(tmp_path, make_checkpoint(3), best=True)
    assert read_checkpoint(tmp_path / BEST).state.epoch == 3


class FailingAt:
    """Lets calls through to the file system until number `at`, which fails as a full disk does."""

    def __init__(self, at: int) -> None:
        self.at, self.calls = at, 0

    def wrap(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            if self.calls == self.at:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*args, **kwargs)

        return call


def break_file_system(monkeypatch: pytest.MonkeyPatch, at: int) -> FailingAt:
    failing = FailingAt(at)
    for name in ("open", "write", "fsync", "close", "replace"):
        monkeypatch.setattr(os, name, failing.wrap(getattr(os, name)))
    for name in ("unlink", "mkdir"):
        monkeypatch.setattr(Path, name, failing.wrap(getattr(Path, name)))
    return failing


@pytest.mark.parametrize("at", range(1, 19))
def test_a_write_that_fails_anywhere_leaves_old_or_new_and_both_can_be_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    write_checkpoint(tmp_path, make_checkpoint(1), best=True)
    with monkeypatch.context() as patched:
        break_file_system(patched, at)
        with pytest.raises(OSError, match="No space left"):
            write_checkpoint(tmp_path, make_checkpoint(2), best=True)
    assert {read_checkpoint(tmp_path / name).state.epoch for name in (LAST, BEST)} <= {1, 2}
    write_checkpoint(tmp_path, make_checkpoint(3), best=True)  # and the next one succeeds
    assert sorted(path.name for path in tmp_path.iterdir()) == [BEST, LAST]


@pytest.mark.parametrize("kept", [n / 16 for n in range(16)])
def test_a_checkpoint_cut_anywhere_is_refused_and_the_one_before_is_taken(tmp_path: Path, kept: float) -> None:
    write_checkpoint(tmp_path, make_checkpoint(1), best=True)
    write_checkpoint(tmp_path, make_checkpoint(2), best=False)
    content = (tmp_path / LAST).read_bytes()
    (tmp_path / LAST).write_bytes(content[: int(len(content) * kept)])
    path, found, refused = read_first_sound([tmp_path / LAST, tmp_path / BEST])
    assert (path.name, found.state.epoch) == (BEST, 1)
    assert "damaged" in refused[0]
    with pytest.raises(InputError, match="damaged"):
        read_first_sound([tmp_path / LAST])


def test_a_checkpoint_whose_model_computes_something_else_is_refused(tmp_path: Path) -> None:
    path = write_last(tmp_path, make_checkpoint())
    header = {"state": encode_line(make_checkpoint().state).decode()}
    tensors = load_file(path)
    tensors["model.residual_net.0.weight"] += 0.5
    save_file(tensors, path, header)
    with pytest.raises(InputError, match="probe: found 'a model that computes something else'"):
        read_checkpoint(path)


def test_a_checkpoint_without_a_part_is_refused(tmp_path: Path) -> None:
    path = write_last(tmp_path, make_checkpoint())
    header = {"state": encode_line(make_checkpoint().state).decode()}
    for name in ("model.residual_net.0.weight", "probe.output"):
        save_file({key: value for key, value in load_file(path).items() if key != name}, tmp_path / "cut", header)
        with pytest.raises(InputError, match="damaged"):
            read_checkpoint(tmp_path / "cut")


def test_nan_weights_can_still_be_looked_at(tmp_path: Path) -> None:
    read = read_checkpoint(write_last(tmp_path, make_checkpoint(weights=math.nan)))
    assert bool(torch.isnan(open_evaluated(read).context_encoder.weight).all())


def test_a_link_at_the_temporary_name_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("kept", "utf-8")
    (tmp_path / f"{LAST}.tmp").symlink_to(tmp_path / "precious")
    write_checkpoint(tmp_path, make_checkpoint(), best=False)
    assert (tmp_path / "precious").read_text("utf-8") == "kept"
    assert not (tmp_path / LAST).is_symlink()


SAVE_FOR_EVER = """
import sys, torch
from pathlib import Path
from trainer.checkpoint import *
old = read_checkpoint(Path(sys.argv[1]) / "last.safetensors")
big = Checkpoint({**old.tensors, "ballast": torch.zeros(4_000_000)}, old.state)
print("ready", flush=True)
while True:
    write_checkpoint(Path(sys.argv[1]), big, best=True)
    print("saved", flush=True)
"""


@pytest.mark.slow
def test_kill_9_at_any_moment_leaves_a_checkpoint_that_loads(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, make_checkpoint(), best=True)
    for saves in (0, 1, 4):
        child = subprocess.Popen(
            [sys.executable, "-c", SAVE_FOR_EVER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(saves + 1):
            child.stdout.readline()
        child.kill()  # the moment within the next save differs from run to run
        child.wait()
        child.stdout.close()
        for name in (LAST, BEST):
            assert read_checkpoint(tmp_path / name).state.epoch == 1
