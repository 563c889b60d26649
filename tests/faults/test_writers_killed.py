"""Kill and power loss at every call of every writer: what is on the disk can be read, and the run goes on from it."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from amn_tui.run.folder import RunFolder, create_folder, write_whole
from amn_tui.run.guard_events import GuardState, StopAsked
from amn_tui.run.liveness import read_guard_state
from amn_tui.run.process import identify_self
from checks.jsonl import append_line, decode_line, encode_line
from tests.faults.broken_disk import MOMENTS, Power, is_killed, kill_everywhere
from tests.trainer.test_checkpoint import make_checkpoint
from trainer.checkpoint import read_checkpoint, write_checkpoint
from trainer.events import EpochEnded
from trainer.header import BEST, FOLDER, LAST
from trainer.recorder import METRICS_FILE

Happened = Callable[[str], None]
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.mark.fault(18)
@pytest.mark.fault(28)
def test_a_checkpoint_whose_writer_is_killed_anywhere_loads(tmp_path: Path, happened: Happened) -> None:
    write_checkpoint(tmp_path, make_checkpoint(1), best=True)
    found: set[int] = set()

    def look() -> None:
        epochs = [read_checkpoint(tmp_path / name).state.epoch for name in (LAST, BEST)]
        assert epochs in ([1, 1], [2, 1], [2, 2])
        found.update(epochs)
        write_checkpoint(tmp_path, make_checkpoint(1), best=True)  # and the next writer is not in its way
        assert sorted(path.name for path in tmp_path.iterdir()) == [BEST, LAST]

    kills = kill_everywhere(lambda: write_checkpoint(tmp_path, make_checkpoint(2), best=True), look)
    assert kills > 40
    assert found == {1, 2}
    happened(f"{kills} kills, one at each call of a save: old or new loaded each time")


@pytest.mark.fault(25)
@pytest.mark.parametrize("torn", [b"", b'{"event": "stop_as'])
def test_a_line_whose_writer_is_killed_anywhere_is_there_or_not(
    tmp_path: Path, torn: bytes, happened: Happened
) -> None:
    path = tmp_path / "guard.jsonl"
    old, new, later = (StopAsked(float(n), "gate g", "why" * 20) for n in range(3))

    def start() -> None:
        path.write_bytes(encode_line(old) + torn)

    def look() -> None:
        append_line(path, later)
        read = [event for line in path.read_bytes().splitlines() if (event := decode_line(line, [StopAsked]))]
        assert read in ([old, later], [old, new, later])
        start()

    start()
    kills = kill_everywhere(lambda: append_line(path, new), look)
    assert kills >= 9
    happened(f"{kills} kills within one append: the line is there or not, none is lost or glued")


@pytest.mark.fault(28)
def test_the_sign_of_life_is_old_or_new_when_its_writer_is_killed(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)

    def sign(state: str) -> None:
        line = encode_line(GuardState(time.time(), identify_self(), None, "here", state))
        write_whole(folder.guard_state, line, durable=False)

    def look() -> None:
        seen = read_guard_state(folder)
        assert seen is not None
        assert seen.state in ("old", "new")
        sign("old")

    sign("old")
    assert kill_everywhere(lambda: sign("new"), look) >= 15


def save_twice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Power, int]:
    """Make a run folder and write two checkpoints; return the disk and how many states there were before the end."""
    power = Power(folder)
    with monkeypatch.context() as patched:
        power.watch(patched)
        run = create_folder(folder / "run")
        write_whole(run.plan, b"plan")
        write_checkpoint(run.checkpoints, make_checkpoint(1), best=True)
        count = len(power.states)
        write_checkpoint(run.checkpoints, make_checkpoint(2), best=True)
    return power, count


@pytest.mark.fault(28)
def test_a_power_loss_at_any_moment_leaves_a_checkpoint_that_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, happened: Happened
) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "found").mkdir()
    power, count = save_twice(tmp_path / "disk", monkeypatch)
    last, final = Path("run/checkpoints") / LAST, power.states[-2:]
    power.states = power.states[count:]
    states = 0
    for found in power.restore(tmp_path / "found"):
        assert read_checkpoint(found / last).state.epoch in (1, 2)
        assert (found / "run/plan.toml").read_bytes() == b"plan"
        states += 1
    power.states = final  # what was said to be saved is saved
    (tmp_path / "end").mkdir()
    for found in power.restore(tmp_path / "end"):
        assert read_checkpoint(found / last).state.epoch == 2
    happened(f"{states} states that a power loss may leave within a save: each one loads")


class Forgetful(Power):
    """A disk on which nobody syncs files, or nobody syncs folders."""

    folders = False

    def _fsync(self, _: None, descriptor: int) -> None:
        if self.opened[descriptor].is_dir() is not self.folders:
            super()._fsync(_, descriptor)


@pytest.mark.fault(28)
@pytest.mark.parametrize("folders", [False, True])
def test_a_missing_sync_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folders: bool) -> None:
    for name in ("disk", "found"):
        (tmp_path / name).mkdir()
    power = Forgetful(tmp_path / "disk")
    power.folders = folders
    with monkeypatch.context() as patched:
        power.watch(patched)
        write_checkpoint(tmp_path / "disk/checkpoints", make_checkpoint(1), best=True)
    power.states = power.states[-2:]
    found = [path / "checkpoints" / LAST for path in power.restore(tmp_path / "found")]
    assert any(not path.is_file() or not path.stat().st_size for path in found)


@pytest.mark.slow
@pytest.mark.fault(18)
@pytest.mark.fault(28)
def test_a_run_killed_at_any_of_its_writes_goes_on_to_the_same_weights(
    tiny_config: Any, run_training: Any, happened: Happened
) -> None:
    whole = tiny_config("whole", epochs=3, save_every=3)
    run_training(whole)
    expected = read_checkpoint(Path(whole.output_dir) / FOLDER / LAST).tensors
    kills, at = 0, 12  # the first save begins about there
    while True:
        config = tiny_config(f"run{at}", epochs=2, save_every=3)
        if not is_killed(lambda config=config: run_training(config), at, MOMENTS[at % 3]):
            break
        kills, at = kills + 1, at + 7
        resumed = config.output_dir if (Path(config.output_dir) / FOLDER / LAST).exists() else ""
        run_training(replace(config, resume=resumed, epochs=3))
        found = read_checkpoint(Path(config.output_dir) / FOLDER / LAST).tensors
        assert all(torch.equal(found[name], expected[name]) for name in expected)
        metrics = (Path(config.output_dir) / METRICS_FILE).read_bytes().splitlines()
        assert sum(decode_line(line, [EpochEnded]) is None and b"epoch_ended" in line for line in metrics) <= 1
    assert kills >= 10
    happened(f"{kills} kills at writes spread over a run: it went on to the same weights, to the last bit")
