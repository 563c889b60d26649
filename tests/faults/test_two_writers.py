"""The trainer and the process that scores its checkpoint again write one log, and the disk fills up between them."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.faults.small_disk import SmallDisk

Happened = Callable[[str], None]
Mount = Callable[[str], SmallDisk]
WRITER = """
import os, sys, time
from trainer.room import Room, WholeLines
name, count, pause_s = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
def pause(seconds):
    if seconds == 0.5:  # for room, and not for a turn
        os.write(2, b"waits\\n")
    time.sleep(pause_s)
lines = WholeLines(1, Room(lambda: None, pause))
for number in range(count):
    lines.write(f"{name} {number} {'x' * 90}\\n")
"""
LINE = re.compile(r"(first|second) (\d+) x{90}|the disk was full: waited \d+ s for room in the log")
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(mount_disk: Mount) -> Iterator[tuple[Start, SmallDisk]]:
    """Return what starts a writer of the log on a small disk, and the disk."""
    disk, started = mount_disk("1m"), []
    (disk.path / "log").touch()

    def write(name: str, count: int, pause_s: float) -> "subprocess.Popen[bytes]":
        with (disk.path / "log").open("ab") as log:
            argv = [sys.executable, "-P", "-c", WRITER, name, str(count), str(pause_s)]
            started.append(subprocess.Popen(argv, stdout=log, stderr=subprocess.PIPE))
        return started[-1]

    yield write, disk
    for process in started:
        process.kill()
        process.communicate()


def wait_until_it_waits(process: "subprocess.Popen[bytes]") -> None:
    assert process.stderr is not None
    assert process.stderr.readline() == b"waits\n"


@pytest.mark.slow
@pytest.mark.fault(25)
def test_no_line_stands_between_the_halves_of_another(start: tuple[Start, SmallDisk], happened: Happened) -> None:
    write, disk = start
    disk.fill(leave=10_000)
    first = write("first", 200, 0.5)
    wait_until_it_waits(first)
    assert (disk.path / "log").read_bytes()[-1:] != b"\n"  # half a line stands there
    second = write("second", 3, 0.001)  # which looks for room 500 times as often
    wait_until_it_waits(second)
    disk.free()
    assert [process.wait(60) for process in (first, second)] == [0, 0]
    lines = (disk.path / "log").read_text().splitlines()
    found = [LINE.fullmatch(line) for line in lines]
    assert [line for line, match in zip(lines, found, strict=True) if match is None] == []
    told = [(match[1], int(match[2])) for match in found if match and match[1]]
    assert sorted(told) == [*(("first", n) for n in range(200)), *(("second", n) for n in range(3))]
    happened(f"{len(told)} lines of two processes, every one whole, in a log that stood in the midst of a line")
