"""A disk that fills up under a run: it is said, nothing is corrupted, training waits and goes on when there is room."""

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import GateJudged, RunEnded, TrainerStarted
from amn_tui.run.liveness import read_guard_state
from amn_tui.run.outcome import ExitCode
from amn_tui.run.session import read_run
from checks.jsonl import decode_line
from tests.faults.our_run import OurRun
from tests.faults.small_disk import SmallDisk
from trainer.checkpoint import read_checkpoint
from trainer.events import EpochEnded, Saved, Stepped, Text
from trainer.header import BEST, LAST

WaitUntil = Callable[[Callable[[], object]], None]
Happened = Callable[[str], None]
Mount = Callable[[str], SmallDisk]
pytestmark = pytest.mark.slow
STILL = 80  # looks at the log, some hundredths of a second apart; an epoch is a line or more in each


class RunOnDisk(OurRun):
    """A run of ours on a small disk."""

    disk: SmallDisk

    def leave_no_room_to_save(self) -> None:
        """Fill the disk but for some lines while no save is under way, and wait until one is left out.

        What is filled in the midst of a save leaves more room than it seems: both may be refused, and give back all
        that they had taken.
        """
        (started,) = self.launch.read_events(TrainerStarted)
        trainer = psutil.Process(started.trainer.pid)

        def stands_between_saves() -> bool:
            trainer.suspend()
            self.wait_until(lambda: trainer.status() == psutil.STATUS_STOPPED)
            if saving := list(self.folder.checkpoints.glob("*.tmp")):
                trainer.resume()
            return not saving

        self.wait_until(stands_between_saves)
        self.disk.fill(leave=1_000_000)
        trainer.resume()
        self.wait_until(lambda: b"left out" in self.folder.log.read_bytes())


@pytest.fixture
def our_run(launch: Any, make_table: Any, mount_disk: Mount, wait_until: WaitUntil) -> Callable[[str], RunOnDisk]:
    def start(size: str) -> RunOnDisk:
        disk = mount_disk(size)
        run = RunOnDisk(launch, make_table(), disk.path, wait_until)
        run.disk = disk
        return run

    return start


@pytest.mark.fault(25)
def test_a_full_disk_holds_training_up_and_it_goes_on_when_there_is_room(
    our_run: Callable[[str], RunOnDisk], launch: Any, happened: Happened
) -> None:
    run = our_run("14m")
    run.train_on()
    # A save that fails gives its room back: fill again until nothing moves any more.
    sizes: list[int] = []

    def stands_still() -> bool:
        run.disk.fill()
        sizes.append(run.folder.log.stat().st_size)
        return len(sizes) > STILL and sizes[-STILL] == sizes[-1]

    run.wait_until(stands_still)
    run.wait_until(lambda: read_run(run.folder.path).problems)
    assert "the disk is full" in read_run(run.folder.path).problems["disk"]
    (started,) = launch.read_events(TrainerStarted)
    stood = len(run.find(EpochEnded))
    assert psutil.Process(started.trainer.pid).is_running()
    run.disk.free()
    run.train_on()
    launch.abort()
    assert run.guard.wait(60) == ExitCode.STOPPED_BY_OPERATOR
    run.check_whole()
    assert read_run(run.folder.path).problems == {}
    metrics = (run.folder.path / "metrics.jsonl").read_bytes().splitlines()
    kept = [event.epoch for line in metrics if (event := decode_line(line, [EpochEnded]))]
    assert kept == [event.epoch for event in run.find(EpochEnded)]
    judged = [event.verdict for event in launch.read_events(GateJudged) if event.gate == "disk space"]
    assert judged[0] == "WARN"
    assert read_checkpoint(run.folder.checkpoints / LAST).state.epoch > stood
    said = next(event.text for event in run.find(Text) if "full" in event.text)
    happened(f"training stood at epoch {stood}, then went on to {kept[-1]}, every step logged once; said: {said}")


@pytest.mark.fault(26)
def test_a_checkpoint_for_which_there_is_no_room_is_left_out(
    our_run: Callable[[str], RunOnDisk], launch: Any, happened: Happened
) -> None:
    run = our_run("20m")
    run.train_on()
    run.leave_no_room_to_save()
    said = next(event.text for event in run.find(Text) if "left out" in event.text)
    assert re.search(r"last\.safetensors: No space left .*: the disk is full, .* free; the one before stays", said)
    run.train_on()  # there is still room for lines
    run.wait_until(lambda: _list_names(run.folder.checkpoints) == [BEST, LAST])  # the next save is tried every epoch
    before = read_checkpoint(run.folder.checkpoints / LAST).state.epoch
    run.disk.free()
    run.wait_until(lambda: run.find(Saved)[-1].epoch > before)
    launch.abort()
    assert run.guard.wait(60) == ExitCode.STOPPED_BY_OPERATOR
    run.check_whole()
    assert read_checkpoint(run.folder.checkpoints / LAST).state.epoch > before
    happened(f"training went on without; saved again when there was room. Said: {said}")


@pytest.mark.fault(26)
def test_a_stop_on_a_full_disk_ends_with_the_checkpoint_before(
    our_run: Callable[[str], RunOnDisk], launch: Any, happened: Happened
) -> None:
    run = our_run("20m")
    run.train_on()
    run.leave_no_room_to_save()
    launch.abort()
    assert run.guard.wait(60) == ExitCode.STOPPED_BY_OPERATOR
    (ended,) = launch.read_events(RunEnded)
    assert ended.exit_code == 1
    assert re.search(r"the latest checkpoint is of epoch \d+", ended.words)
    read_checkpoint(run.folder.checkpoints / LAST)
    assert _list_names(run.folder.checkpoints) == [BEST, LAST]
    assert b"waits for room" in run.folder.log.read_bytes()
    assert b"python -m trainer: " in run.folder.log.read_bytes().splitlines()[-1]
    happened(f"{ended.words}; exit code {ended.exit_code}")


@pytest.mark.fault(26)
def test_no_room_for_three_checkpoints_is_said_before_training(
    our_run: Callable[[str], RunOnDisk], launch: Any, happened: Happened
) -> None:
    run = our_run("6m")
    assert run.guard.wait(60) == ExitCode.CRASHED
    (ended,) = launch.read_events(RunEnded)
    assert re.search(r"found '6\.\d MB free on the disk', expected 7\.8 MB: a checkpoint takes 2\.6 MB", ended.words)
    assert run.find(Stepped) == []
    happened(ended.words)


@pytest.mark.fault(25)
def test_every_file_of_the_guard_is_whole_after_a_full_disk(
    launch: Any, mount_disk: Mount, wait_until: WaitUntil, happened: Happened
) -> None:
    disk = mount_disk("2m")
    launch.folder = RunFolder(disk.path / "run")
    code = "signal.signal(10, lambda *_: (say(2, 2, val_cosine=0.6), sys.exit(0))); say(1, 2, val_cosine=0.5); idle()"
    folder, guard = launch(code)
    wait_until(lambda: folder.system.exists() and read_run(folder.path).curve.epochs)
    (started,) = launch.read_events(TrainerStarted)
    disk.fill()
    wait_until(lambda: time.time() - _tell_time(folder) > 5)  # it signs every four seconds, where it can
    assert guard.poll() is None
    assert "the disk is full" in read_run(folder.path).problems["disk"]
    disk.free()
    os.kill(started.trainer.pid, signal.SIGUSR1)
    assert guard.wait(60) == ExitCode.COMPLETED
    lines = folder.guard_log.read_bytes().splitlines() + folder.system.read_bytes().splitlines()
    assert all(line.startswith(b'{"event": ') and line.endswith(b"}") for line in lines)
    assert list(folder.path.glob(".*.tmp")) == []
    happened(f"guard and trainer lived on; {len(lines)} lines of guard.jsonl and system.jsonl, every one whole")


def _list_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _tell_time(folder: RunFolder) -> float:
    state = read_guard_state(folder)
    return state.time if state else 0.0


DIES = "while True: print('x' * 4095)"
SWALLOWS = """
import logging
logging.raiseExceptions = False
logging.basicConfig(stream=sys.stdout)
while True: logging.error('x' * 4095); time.sleep(0.001)
"""


@pytest.mark.fault(25)
@pytest.mark.parametrize("code", [DIES, SWALLOWS])
def test_another_trainer_that_fills_the_disk(
    launch: Any, mount_disk: Mount, wait_until: WaitUntil, happened: Happened, code: str
) -> None:
    disk = mount_disk("2m")
    launch.folder = RunFolder(disk.path / "run")
    folder, guard = launch(code, grace_s=1.0)
    said = ""

    def is_said() -> bool:
        nonlocal said
        run = read_run(folder.path)
        # A guard that still finds room for its last line has ended by now, and the disk is nobody's concern any more.
        said = run.problems.get("disk", "") or (run.ended.words if run.ended else "")
        return bool(said)

    wait_until(is_said)
    assert "the disk is full" in said
    if code == SWALLOWS:  # it lives, and its log stands still
        (started,) = launch.read_events(TrainerStarted)
        assert psutil.Process(started.trainer.pid).is_running()
        guard.terminate()
    else:
        wait_until(lambda: psutil.Process(guard.pid).children() == [])
    disk.remount("size=4m")
    assert guard.wait(60) == (ExitCode.STOPPED_BY_OPERATOR if code == SWALLOWS else ExitCode.CRASHED)
    (ended,) = launch.read_events(RunEnded)
    if code == DIES:
        assert "the disk is full" in ended.words
    happened(f"the screen: {said}; the end: {ended.words[-120:]}")
