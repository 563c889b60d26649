"""More lines than anybody can read: they come in batches, and the screen's own thread never touches a file."""

import os
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from amn_tui.run.folder import RunFolder
from amn_tui.run.model import Run
from amn_tui.run.pace import BURST, STEADY_PER_S, Pace
from amn_tui.run.session import Session
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.line import Part
from amn_tui.ui.log_lines import clip
from amn_tui.ui.screens.confirm import ConfirmScreen
from amn_tui.ui.source import Feed
from amn_tui.ui.widgets.log_view import LogView
from tests.ui import conftest as ui

Happened = Callable[[str], None]
STEP = "2026-11-23T02:20:00Z Epoch 2/20 step {}/200000 loss=0.001 cosine=0.5 lr=0.0001\n"
CALLS = ("open", "read", "pread", "write", "stat", "lstat", "fstat", "fsync", "listdir", "scandir", "replace", "unlink")


@pytest.mark.fault(45)
def test_twenty_thousand_lines_a_second_are_a_few_updates(happened: Happened) -> None:
    posted: list[Run] = []
    feed = Feed(Run("/x"), posted.append)
    for number in range(1, 20_001, 20):
        feed.deliver([ui.step(1, number + n) for n in range(20)])
    assert len(posted) == 1  # the screen has not drawn it yet
    feed.release()
    assert len(posted) == 2
    assert posted[-1].curve.step is not None
    assert posted[-1].curve.step.step == 20_000
    pace, now, updates = Pace(), 0.0, 0
    while now < 60:
        now, updates = now + pace.wait_s(now), updates + 1
    assert updates <= BURST + 60 * STEADY_PER_S + 1
    happened(
        f"20,000 lines while the screen draws once: 2 updates, the last of them complete; at most {updates} a minute"
    )


@pytest.mark.slow
@pytest.mark.fault(45)
async def test_a_key_is_answered_in_the_midst_of_a_flood(folder: RunFolder, happened: Happened) -> None:
    ui.write_log(folder.log, ui.epochs([0.5]))
    session = Session(folder.path, read_only=True)
    app = MonitorApp(session, folder, folder.log, by="ada", clock=lambda: ui.BEGAN)
    over, written = threading.Event(), 0

    def flood() -> None:
        nonlocal written
        with folder.log.open("a") as file:
            while not over.wait(0.01):
                file.write("".join(STEP.format(written + n) for n in range(300)))
                file.flush()
                written += 300

    writer = threading.Thread(target=flood)
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.settle(pilot, lambda: app.shown is not None and app.shown.curve.last is not None)
        writer.start()
        try:
            while written < 9000:
                await pilot.pause(0.01)
            await pilot.press("a")
            await ui.settle(pilot, lambda: isinstance(app.screen, ConfirmScreen))
            assert writer.is_alive()
        finally:
            over.set()
            writer.join()
    happened(f"{written} lines at some 20,000 a second, unthrottled: `a` asked while they came")


class Trespass:
    """Notes which of our own functions call the system from one thread."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Watch the thread that this is made in."""
        self.thread, self.found, self.elsewhere = threading.get_ident(), list[str](), 0
        for name in CALLS:
            monkeypatch.setattr(os, name, self._watch(name, getattr(os, name)))

    def _watch(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **options: Any) -> Any:
            ours = _find_ours(sys._getframe(1))
            if threading.get_ident() == self.thread and ours:
                self.found.append(f"os.{name} from {ours}")
            self.elsewhere += bool(ours) and threading.get_ident() != self.thread
            return call(*arguments, **options)

        return watched


def _find_ours(frame: FrameType | None) -> str:
    """Return the nearest function of amn_tui; nothing where Python imports a module or a test does something."""
    while frame is not None:
        file = frame.f_code.co_filename
        if "importlib" in file or "/tests/" in file:
            return ""
        if "/amn_tui/" in file:
            return f"{file.rpartition('/')[2]}:{frame.f_code.co_name}"
        frame = frame.f_back
    return ""


@pytest.mark.slow
@pytest.mark.fault(46)
async def test_the_thread_of_the_screen_never_touches_a_file(
    folder: RunFolder, happened: Happened, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, content in _write_run(folder).items():
        assert content, name
    session = Session(folder.path)
    app = MonitorApp(session, folder, folder.log, by="ada", clock=lambda: ui.BEGAN + 1300)
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.settle(pilot, lambda: app.shown is not None and app.shown.alarm is not None)
        await ui.settle(pilot, lambda: app.monitor.index is not None and app.monitor.index.whole)
        watch = Trespass(monkeypatch)
        pane = app.screen.query_one(LogView)
        for keys in (
            ["home"],
            ["pagedown"] * 3,
            ["end"],
            ["k"] * 9,
            ["right"] * 3,
            ["z"],
            ["z"],
            ["question_mark", "escape"],
        ):
            await pilot.press(*keys)
            await ui.settle(pilot)
        await pilot.press("home")
        await ui.settle(pilot, lambda: "line 1 " in ui.read_screen(app))
        assert pane.scroll_offset.y == 0
        await pilot.resize_terminal(140, 60)
        await pilot.press("f", "w")
        await ui.settle(pilot)
        await pilot.press(*"too strict", "enter")
        await ui.settle(pilot, folder.control.exists)
        await pilot.press("a")
        await ui.settle(pilot, lambda: b"abort_asked" in folder.control.read_bytes())
        await pilot.press("q")
        await ui.settle(pilot)
        assert watch.found == []
        assert watch.elsewhere > 10
    happened(f"scrolling, zooming, help, waive, abort, leave: 0 file operations in the screen's thread, "
             f"{watch.elsewhere} in others")  # fmt: skip


def _write_run(folder: RunFolder) -> dict[str, bytes]:
    """Write an alarmed run with a long log into the folder."""
    made = ui.write_folder(folder.path / "made", ui.alarmed())
    for file in made.iterdir():
        file.rename(folder.path / file.name)
    made.rmdir()
    folder.log.write_text("".join(f"line {n} \n" for n in range(5000)) + folder.log.read_text())
    return {file.name: file.read_bytes() for file in folder.path.iterdir()}


@pytest.mark.fault(46)
def test_a_long_line_is_not_measured_whole(happened: Happened) -> None:
    (part,) = clip((Part("e\u0301" * 30_000),), 100)
    assert len(part.text) == 400
    happened("a line of 64 KiB: 400 characters of it are looked at for 100 cells")
