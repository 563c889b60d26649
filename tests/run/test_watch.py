"""Waking up: at once where watchdog can tell, after the interval where it cannot, and never by our own reading."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from amn_tui.run import watch
from amn_tui.run.watch import Watcher

LONG_S = 60.0


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watcher]:
    """Return a watcher of tmp_path, where one file is, that would otherwise sleep for a minute."""
    (tmp_path / "old").write_bytes(b"x\n")
    watcher = Watcher(tmp_path, every_s=LONG_S)
    watcher.start()
    assert watcher.problem == ""
    yield watcher
    watcher.stop()


def _change(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more\n")


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: _change(folder / "old"),
        lambda folder: _change(folder / "new"),
        lambda folder: (folder / "old").rename(folder / "moved"),
        lambda folder: (folder / "old").unlink(),
        lambda folder: os.truncate(folder / "old", 0),
    ],
)
def test_every_change_wakes_at_once(tmp_path: Path, watching: Watcher, change: Callable[[Path], object]) -> None:
    change(tmp_path)
    began_s = time.monotonic()
    watching.wait()
    assert time.monotonic() - began_s < LONG_S / 2


def test_a_stream_is_read_by_the_clock_and_watched_again_when_it_is_over(tmp_path: Path, watching: Watcher) -> None:
    threads = threading.active_count()
    for _ in range(watch.REST_AFTER - 1):
        _change(tmp_path / "old")
        watching.wait(streaming=True)
    assert threading.active_count() == threads
    for _ in range(3):  # nothing wakes: it returns by itself
        watching.wait(streaming=True)
    assert threading.active_count() < threads
    watching.wait()  # one more look
    assert threading.active_count() == threads
    _change(tmp_path / "old")
    began_s = time.monotonic()
    watching.wait()
    assert time.monotonic() - began_s < LONG_S / 2


def test_a_watch_that_rests_can_be_stopped_and_started(tmp_path: Path, watching: Watcher) -> None:
    for _ in range(watch.REST_AFTER):
        _change(tmp_path / "old")
        watching.wait(streaming=True)
    watching.stop()
    watching.start()
    _change(tmp_path / "old")
    began_s = time.monotonic()
    watching.wait()
    assert time.monotonic() - began_s < LONG_S / 2


def test_reading_wakes_nobody(tmp_path: Path, watching: Watcher) -> None:
    woken = threading.Event()

    def wait() -> None:
        watching.wait()
        woken.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    for _ in range(100):
        (tmp_path / "old").read_bytes()
    assert not woken.wait(0.3)
    _change(tmp_path / "old")
    assert woken.wait(LONG_S / 2)
    waiting.join()


def test_a_folder_behind_a_link_is_watched(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    watcher = Watcher(tmp_path / "link", every_s=LONG_S)
    watcher.start()
    try:
        _change(tmp_path / "real" / "log")
        began_s = time.monotonic()
        watcher.wait()
        assert time.monotonic() - began_s < LONG_S / 2
    finally:
        watcher.stop()


@pytest.mark.parametrize("words", ["inotify watch limit reached", "inotify instance limit reached"])
def test_where_the_machine_has_no_watches_left_it_is_said_and_the_clock_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    class Refusing:
        def schedule(self, *_arguments: object, **_options: object) -> None:
            raise OSError(28, words)

    monkeypatch.setattr(watch, "Observer", Refusing)
    watcher = Watcher(tmp_path, every_s=0.01)
    watcher.start()
    assert words in watcher.problem
    watcher.wait()
    watcher.stop()


def test_an_observer_that_cannot_even_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError(24, "inotify instance limit reached")

    monkeypatch.setattr(watch, "Observer", refuse)
    watcher = Watcher(tmp_path, every_s=0.01)
    watcher.start()
    assert "instance limit" in watcher.problem


def test_without_watchdog_the_clock_is_enough(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path, poll=True, every_s=0.01)
    watcher.start()
    watcher.wait()
    watcher.stop()
    assert watcher.problem == ""


def test_a_folder_that_is_made_again_is_watched_again(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    watcher = Watcher(folder, every_s=0.01)
    watcher.start()
    assert watcher.problem
    folder.mkdir()
    watcher.wait()
    assert watcher.problem == ""
    folder.rmdir()
    watcher.wait()
    folder.mkdir()
    for _ in range(5):
        watcher.wait()
    watcher._every_s = LONG_S
    (folder / "new").write_bytes(b"x")
    began_s = time.monotonic()
    watcher.wait()
    assert time.monotonic() - began_s < LONG_S / 2
    watcher.stop()
