"""The trainer as a child: where its words go, what it inherits, and what is not written down about it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from amn_tui.run.ending import Exit
from amn_tui.run.folder import RunFolder
from amn_tui.run.plan import Prepared
from amn_tui.run.trainer_process import (
    Waiter,
    identify_child,
    open_log,
    peek_exit,
    read_last_line,
    spawn_trainer,
)
from trainer.events import EpochEnded, Text, parse_line

SHOW = """
import os, sys
print(os.getsid(0) == os.getpid(), os.read(0, 9), os.environ["AMN_RUN_ID"], os.environ["AMN_CONTROL"])
print(os.environ["PYTHONUNBUFFERED"], os.environ["PYTHONFAULTHANDLER"], os.get_inheritable(int(sys.argv[1])))
print("to stderr", file=sys.stderr)
"""


def prepare(tmp_path: Path, *argv: str) -> Prepared:
    return Prepared(launched_at="", version="", argv=argv, cwd=str(tmp_path), host="", python="")


def test_half_a_line_of_a_crash_is_closed_and_says_nothing(tmp_path: Path) -> None:
    whole, half = (
        "2026-11-22T10:24:40Z Epoch 1/3 done val_cosine=0.5\n",
        "2026-11-22T10:24:50Z Epoch 2/3 done val_cosine=0.4",
    )
    (tmp_path / "training.log").write_text(whole + half)
    for _ in range(2):
        log = open_log(tmp_path / "training.log")
        os.write(log, whole.encode())
        os.close(log)
    lines = (tmp_path / "training.log").read_text().splitlines()
    assert lines == [whole.strip(), f"{half} …(torn)", whole.strip(), whole.strip()]
    assert [type(parse_line(line)) for line in lines] == [EpochEnded, Text, EpochEnded, EpochEnded]


def test_it_stands_alone_and_writes_straight_into_the_log(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.log.write_text("of an earlier part\n")
    with (tmp_path / "lock").open("wb") as lock:
        child = spawn_trainer(
            prepare(tmp_path, sys.executable, "-c", SHOW, str(lock.fileno())), folder, "the run", lock.fileno(),
            grace_s=30.0,
        )  # fmt: skip
        assert child.wait() == 0
    assert folder.log.read_text().splitlines() == [
        "of an earlier part",
        f"True b'' the run {folder.control}",
        "1 1 True",
        "to stderr",
    ]


@pytest.mark.parametrize(
    ("code", "exit_"),
    [
        ("pass", Exit(code=0)),
        ("raise SystemExit(3)", Exit(code=3)),
        ("import os; os._exit(255)", Exit(code=255)),
        ("import os; os.kill(os.getpid(), 9)", Exit(signal=signal.SIGKILL)),
        ("import os; os.abort()", Exit(signal=signal.SIGABRT)),
        (f"import os; os.kill(os.getpid(), {signal.SIGRTMIN + 3})", Exit(signal=signal.SIGRTMIN + 3)),
    ],
)
def test_how_it_ended_is_seen_and_its_number_stays_its_own(tmp_path: Path, code: str, exit_: Exit) -> None:
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as child:
        waiter = Waiter(child.pid)
        began_s = time.monotonic()
        waiter.wait(60)
        assert time.monotonic() - began_s < 30  # woken by its end
        waiter.rest()
        assert peek_exit(child.pid) == exit_
        assert peek_exit(child.pid) == exit_  # not reaped
        assert identify_child(child).pid == child.pid
        os.kill(child.pid, 0)


@pytest.mark.parametrize("found", ["fifo", "link", "folder", "device"])
def test_a_log_that_is_no_file_is_refused_without_waiting(tmp_path: Path, found: str) -> None:
    path = tmp_path / "training.log"
    if found == "fifo":
        os.mkfifo(path)
    elif found == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/null" if found == "device" else tmp_path / "target")
    with pytest.raises(OSError, match=r"training\.log"):
        open_log(path)
    assert not (tmp_path / "target").exists()


def test_the_last_line_is_safe_to_show(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 10_000 + b"\nValueError: \x1b]0;owned\x07bad\n \n")
    assert read_last_line(path) == "ValueError: bad"
    assert read_last_line(tmp_path / "nothing") == ""
    path.write_bytes(b"x" * 10_000)
    assert len(read_last_line(path)) == 300
