"""A disk that fills up under a run: it is said, nothing is corrupted, training waits and goes on when there is room."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from amn_tui.run.folder import RunFolder, write_whole
from amn_tui.run.guard_events import TrainerStarted
from amn_tui.run.outcome import ExitCode
from amn_tui.run.plan import Plan, Prepared, RunSection
from amn_tui.run.plan_file import write_plan
from amn_tui.run.session import read_run
from tests.faults.small_disk import SmallDisk
from trainer.checkpoint import read_checkpoint
from trainer.events import EpochEnded, Stepped, Text, parse_line
from trainer.header import LAST

WaitUntil = Callable[[Callable[[], object]], None]
Happened = Callable[[str], None]
Mount = Callable[[str], SmallDisk]


def start_our_trainer(
    launch: Any, data: Path, disk: SmallDisk, *flags: str, grace_s: float = 30.0
) -> tuple[RunFolder, Any]:
    """Guard our own trainer on a tiny table, its run folder on the small disk."""
    launch.folder = RunFolder(disk.path / "run")
    argv = [sys.executable, "-P", "-m", "trainer", "--data", str(data), "--output-dir", str(launch.folder.path)]
    argv += ["--device", "cpu", "--threads", "1", "--log-every", "1", *flags]
    launch.folder.path.mkdir()
    prepared = Prepared(
        launched_at="", version="", argv=tuple(argv), cwd=str(launch.tmp_path), host="", python=""
    )  # fmt: skip
    plan = Plan(run=RunSection(name="t", grace_s=grace_s), prepared=prepared)
    write_whole(launch.folder.plan, write_plan(plan))
    return launch.folder, launch.guard()


def read_log(folder: RunFolder) -> list[Any]:
    """Return the log's events; every line is whole: none is glued to another."""
    raw = folder.log.read_bytes()
    assert raw.endswith(b"\n")
    events = [parse_line(line) for line in raw.decode().splitlines()]
    words = [event.text for event in events if isinstance(event, Text)]
    assert [text for text in words if "Epoch" in text or "saved" in text] == []
    return events


@pytest.mark.slow
@pytest.mark.fault(25)
def test_a_full_disk_holds_up_our_trainer_which_goes_on_when_there_is_room(
    launch: Any, make_table: Any, mount_disk: Mount, wait_until: WaitUntil, happened: Happened
) -> None:
    disk = mount_disk("14m")
    folder, guard = start_our_trainer(launch, make_table(), disk, "--epochs", "12")
    wait_until(lambda: folder.log.exists() and b"Epoch 2/12 done" in folder.log.read_bytes())
    disk.fill()
    size = folder.log.stat().st_size
    wait_until(lambda: any("disk" in where for where in read_run(folder.path).problems))
    (started,) = launch.read_events(TrainerStarted)
    wait_until(lambda: folder.log.stat().st_size > size or disk_is_full(disk))
    stood = folder.log.stat().st_size
    assert psutil.Process(started.trainer.pid).is_running()
    disk.free()
    assert guard.wait(60) == ExitCode.COMPLETED
    events = read_log(folder)
    epochs = [event.epoch for event in events if isinstance(event, EpochEnded)]
    assert epochs == list(range(1, 13))
    steps = [(event.epoch, event.step) for event in events if isinstance(event, Stepped)]
    assert steps == [(epoch, step) for epoch in range(1, 13) for step in range(1, 7)]
    assert read_checkpoint(folder.checkpoints / LAST).state.epoch == 13
    said = [event.text for event in events if isinstance(event, Text) and "full" in event.text]
    assert said
    assert read_run(folder.path).problems == {}
    happened(f"the log stood at {stood} bytes, then all 12 epochs and 72 steps, once each; said: {said[0]}")


def disk_is_full(disk: SmallDisk) -> bool:
    status = os.statvfs(disk.path)
    return status.f_bavail == 0
