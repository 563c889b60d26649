"""A watch that goes silent: links, folders made again, observers that die, queues that overflow."""

import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from watchdog.observers.api import BaseObserver

from amn_tui.run.folder import RunFolder
from amn_tui.run.session import Session
from amn_tui.run.watch import Watcher
from tests.faults.watched import FOLLOW, Watched, append

Happened = Callable[[str], None]
WaitUntil = Callable[[Callable[[], object]], None]
LONG_S = 60.0


@pytest.mark.fault(48)
@pytest.mark.fault(49)
@pytest.mark.parametrize("poll", [False, True])
def test_a_folder_behind_a_link(
    tmp_path: Path, folder: RunFolder, wait_until: WaitUntil, happened: Happened, poll: bool
) -> None:
    (tmp_path / "link").symlink_to(folder.path)
    append(folder.log, 1)
    watched = Watched(tmp_path / "link", poll=poll)
    try:
        wait_until(lambda: watched.epochs == [(1, 0.1)])
        append(folder.log, 2)
        wait_until(lambda: watched.epochs == [(1, 0.1), (2, 0.2)])
    finally:
        watched.close()
    happened("a linked folder: followed, watched and polled")


@pytest.mark.fault(49)
def test_a_folder_that_is_made_again_is_watched_again(tmp_path: Path, happened: Happened) -> None:
    folder, times = tmp_path / "run", []
    folder.mkdir()
    watcher = Watcher(folder, every_s=0.05)
    watcher.start()
    for _ in range(3):
        shutil.rmtree(folder)
        watcher.wait()
        folder.mkdir()
        watcher.wait()
        watcher.wait()
        watcher.wait()
        watcher._every_s = LONG_S
        watcher._changed.clear()
        began_s = time.monotonic()
        (folder / "new").touch()
        watcher.wait()
        times.append(time.monotonic() - began_s)
        watcher._every_s = 0.05
    watcher.stop()
    assert max(times) < LONG_S / 2
    assert watcher.problem == ""
    happened(f"deleted and made again 3 times: events again after at most {max(times) * 1000:.0f} ms")


@pytest.mark.fault(49)
def test_a_folder_that_is_not_there_yet(tmp_path: Path, happened: Happened) -> None:
    watcher = Watcher(tmp_path / "run", every_s=0.02)
    watcher.start()
    assert "every 0.02 s" in watcher.problem
    (tmp_path / "run").mkdir()
    watcher.wait()
    assert watcher.problem == ""
    watcher.stop()
    happened("a folder that comes later: said, then watched, and taken back")


@pytest.mark.fault(49)
def test_an_observer_that_dies_is_replaced(tmp_path: Path, happened: Happened) -> None:
    watcher = Watcher(tmp_path, every_s=0.02)
    watcher.start()
    before = watcher._observer
    assert isinstance(before, BaseObserver)
    for emitter in before.emitters:
        emitter.stop()
        emitter.join()
    watcher.wait()
    watcher.wait()
    assert watcher._observer is not before
    watcher._every_s = LONG_S
    watcher._changed.clear()
    began_s = time.monotonic()
    (tmp_path / "new").touch()
    watcher.wait()
    assert time.monotonic() - began_s < LONG_S / 2
    watcher.stop()
    happened("a dead observer: another one is there at the next look")


@pytest.mark.slow
@pytest.mark.fault(49)
def test_a_folder_that_may_be_passed_but_not_listed(happened: Happened) -> None:
    """As root nothing is unreadable, so the follower gives that up."""
    give_up = "import os, encodings.ascii\nif os.getuid() == 0: os.setgroups([]); os.setresuid(*[65534] * 3)\n"
    code = FOLLOW.replace("run, done", f"{give_up}run, done", 1)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch)
        append(path / "training.log", 1)
        path.chmod(0o311)
        (path / "training.log").chmod(0o644)
        argv = [sys.executable, "-c", code, scratch]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "1\n"
            append(path / "training.log", 9)
            said, errors = process.communicate()
        path.chmod(0o700)
    assert errors == ""
    assert said.splitlines()[0] == "9"
    happened("a folder that may be passed but not listed: said, and followed by looking")


@pytest.mark.slow
@pytest.mark.fault(49)
def test_a_queue_that_overflows(folder: RunFolder, happened: Happened) -> None:
    append(folder.log, 1)
    argv = [sys.executable, "-c", FOLLOW, str(folder.path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        process.send_signal(signal.SIGSTOP)
        most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
        with (folder.path / "one").open("wb", 0) as one, (folder.path / "other").open("wb", 0) as other:
            for _ in range(most // 2 + 2000):  # two files in turn: the kernel makes one of equal events in a row
                one.write(b"x")
                other.write(b"x")
        append(folder.log, 9)
        process.send_signal(signal.SIGCONT)
        said, errors = process.communicate()
    assert errors == ""
    assert said.splitlines()[-1].endswith("[1, 9] False")
    happened(f"more than {most} events while nobody listened: nothing lost, nothing raised")


@pytest.mark.fault(49)
def test_whoever_takes_the_news_and_fails_is_heard(folder: RunFolder, happened: Happened) -> None:
    """A fault in the thread that follows the files becomes an event (row 55); what was read before is kept."""
    faults: list[threading.ExceptHookArgs] = []
    before, threading.excepthook = threading.excepthook, faults.append
    append(folder.log, 1)

    def fail(_events: object) -> None:
        raise ValueError("no room")

    session = Session(folder.path, read_only=True)
    try:
        session.start(fail)
        assert session._thread is not None
        session._thread.join(LONG_S)
    finally:
        threading.excepthook = before
        session.stop()
    assert [str(fault.exc_value) for fault in faults] == ["no room"]
    assert session._watcher._observer is None
    happened("a handler that raised: heard, and no watch left behind")
