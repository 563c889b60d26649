"""Waiting for room: until there is some, or somebody asks to stop; half a line is made whole."""

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from trainer.events import Stopped
from trainer.recorder import METRICS_FILE, Recorder
from trainer.room import ONCE_ASKED_S, Room, WholeLines


class Disk:
    """Refuses the first `refusals` times; its clock moves while one waits."""

    def __init__(self, refusals: float, number: int = errno.ENOSPC) -> None:
        self.refusals, self.number, self.now_s, self.told = refusals, number, 0.0, 0

    def work(self) -> str:
        if self.refusals > 0:
            self.refusals -= 1
            raise OSError(self.number, os.strerror(self.number))
        return "done"

    def pause(self, seconds: float) -> None:
        self.now_s += seconds

    def tell(self, _: OSError) -> None:
        self.told += 1

    def insist(self, asked: Callable[[], object] = lambda: None) -> tuple[Room, Callable[[], str]]:
        room = Room(asked, self.pause, lambda: self.now_s)
        return room, lambda: room.insist(self.work, self.tell)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_it_waits_as_long_as_it_takes_and_says_so_once(number: int) -> None:
    disk = Disk(10_000, number)
    room, insist = disk.insist()
    assert insist() == "done"
    assert disk.told == 1
    assert room.waited_s == disk.now_s == 5000


@pytest.mark.parametrize("number", [errno.EIO, errno.EROFS, errno.EFBIG])
def test_what_will_not_mend_is_not_waited_for(number: int) -> None:
    disk = Disk(1, number)
    with pytest.raises(OSError, match=os.strerror(number)):
        disk.insist()[1]()
    assert disk.now_s == 0


def test_who_asks_to_stop_does_not_wait_for_ever() -> None:
    disk = Disk(float("inf"))
    _, insist = disk.insist(lambda: disk.now_s >= 100)
    with pytest.raises(OSError, match="No space"):
        insist()
    assert disk.now_s == 100 + ONCE_ASKED_S


def test_half_a_line_is_made_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = os.write, iter([4, 0, 0, 3, 0])

    def write(descriptor: int, data: bytes) -> int:
        taken = next(calls, len(data))
        if not taken:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data[:taken])

    disk = Disk(0)
    with (tmp_path / "log").open("wb", buffering=0) as file:
        lines = WholeLines(file.fileno(), Room(lambda: None, disk.pause, lambda: disk.now_s))
        monkeypatch.setattr(os, "write", write)
        lines.write("0123456789\n")
        lines.write("next\n")
        monkeypatch.undo()
    said = "the disk was full: waited 2 s for room in the log\n"
    assert (tmp_path / "log").read_text() == f"0123456789\n{said}next\n"


def test_metrics_that_cannot_be_written_end_nothing(tmp_path: Path) -> None:
    (tmp_path / METRICS_FILE).mkdir()
    with (tmp_path / "log").open("w") as out:
        recorder = Recorder(tmp_path, out)
        recorder.record(Stopped("SIGTERM", 1, 2))
        recorder.record(Stopped("SIGTERM", 1, 3))
    log = (tmp_path / "log").read_text().splitlines()
    assert len(log) == 3  # said once
    assert "metrics.jsonl lacks what follows: " in log[1]
    assert "Is a directory" in log[1]


def test_who_asks_to_stop_does_not_wait_for_another_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_descriptor: int, operation: int) -> None:
        if operation != fcntl.LOCK_UN:
            raise BlockingIOError(errno.EAGAIN, "held")

    monkeypatch.setattr(fcntl, "lockf", refuse)
    disk = Disk(0)
    with (tmp_path / "log").open("wb", buffering=0) as file:
        room = Room(lambda: disk.now_s >= 100, disk.pause, lambda: disk.now_s)
        with pytest.raises(OSError, match="another process waits for room"):
            WholeLines(file.fileno(), room).write("line\n")
    assert 105 <= disk.now_s < 107
    assert (tmp_path / "log").read_bytes() == b""


def test_what_has_no_locks_is_written_to_all_the_same() -> None:
    reader, writer = os.pipe()
    WholeLines(writer, Room(lambda: None)).write("line\n")
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert pipe.read() == b"line\n"
