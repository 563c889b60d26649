"""What is written when the disk is full: later, in order, once; and how the run ended is waited for."""

import errno
import os
from pathlib import Path

import pytest

from amn_tui.run import guard_record
from amn_tui.run.folder import RunFolder, read_place
from amn_tui.run.guard_events import GuardState, StopAsked, SystemSampled
from amn_tui.run.guard_record import GuardRecord
from amn_tui.run.liveness import read_guard_state
from amn_tui.run.process import identify_self
from checks.jsonl import append_line, decode_line

EVENTS = [StopAsked(float(n), "gate g", "r") for n in range(4)]


class Disk:
    """A disk that can be full, in place of append_line."""

    def __init__(self) -> None:
        self.full = False
        self.tried = 0

    def append(self, path: Path, event: object) -> None:
        self.tried += 1
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        append_line(path, event)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    monkeypatch.setattr(guard_record, "append_line", disk.append)
    return disk


def read(folder: RunFolder) -> list[object]:
    return [decode_line(line, (StopAsked,)) for line in folder.guard_log.read_bytes().splitlines()]


def test_what_could_not_be_written_comes_later_in_order(
    tmp_path: Path, disk: Disk, capfd: pytest.CaptureFixture[str]
) -> None:
    record = GuardRecord(RunFolder(tmp_path), identify_self())
    record.record(EVENTS[0])
    disk.full = True
    record.record(EVENTS[1])
    record.record(EVENTS[2])
    assert not record.flush()
    disk.full = False
    record.record(EVENTS[3])
    assert read(RunFolder(tmp_path)) == EVENTS
    assert capfd.readouterr().err.count("No space left") == 1  # said once, however often it was tried


def test_a_sample_that_cannot_be_written_is_let_go(tmp_path: Path, disk: Disk) -> None:
    record = GuardRecord(RunFolder(tmp_path), identify_self())
    disk.full = True
    record.sample(SystemSampled(1.0, 0.0, 0, 0, 0))
    disk.full = False
    record.record(EVENTS[0])
    assert read(RunFolder(tmp_path)) == EVENTS[:1]
    assert not RunFolder(tmp_path).system.exists()


def test_the_end_waits_until_there_is_room(tmp_path: Path, disk: Disk) -> None:
    record, pauses = GuardRecord(RunFolder(tmp_path), identify_self()), list[float]()
    disk.full = True
    record.record(EVENTS[0])

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        disk.full = len(pauses) < 5

    assert record.settle(pause)
    assert len(pauses) == 5
    assert read(RunFolder(tmp_path)) == EVENTS[:1]


def test_a_disk_that_stays_full_is_given_up_at_last(tmp_path: Path, disk: Disk) -> None:
    record, pauses = GuardRecord(RunFolder(tmp_path), identify_self()), list[float]()
    disk.full = True
    record.record(EVENTS[0])
    assert not record.settle(pauses.append)
    assert sum(pauses) >= 300


def test_a_folder_that_is_gone_is_not_waited_for(tmp_path: Path) -> None:
    record = GuardRecord(RunFolder(tmp_path / "gone"), identify_self())
    record.record(EVENTS[0])
    assert not record.settle(lambda _: pytest.fail("waited"))


def test_the_sign_of_life(tmp_path: Path) -> None:
    me = identify_self()
    GuardRecord(RunFolder(tmp_path), me, "here").sign(None, "training")
    state = read_guard_state(RunFolder(tmp_path))
    place = read_place(RunFolder(tmp_path))
    assert state == GuardState(state.time if state else 0.0, me, None, "here", "training", place)


def test_a_read_only_disk_is_given_up_sooner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, event: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(guard_record, "append_line", refuse)
    record, pauses = GuardRecord(RunFolder(tmp_path), identify_self()), list[float]()
    record.record(EVENTS[0])
    assert not record.settle(pauses.append)
    assert 20 < sum(pauses) < 60
