"""Every binding of the app, of every screen and of every widget is pressed in the app, by each of its keys."""

import importlib
import pkgutil
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import amn_tui.ui
from amn_tui.run.diagnosis.actions import DebugAction, skip
from amn_tui.run.diagnosis.evidence import ActionResult
from amn_tui.run.folder import RunFolder
from amn_tui.ui.chart.view import ChartView
from amn_tui.ui.requests import Requests
from amn_tui.ui.screens import diagnosis
from tests.ui.key_table import TABLE, Way, gates, log


def list_classes() -> Iterator[type[DOMNode]]:
    """Yield every class of the monitor that binds keys itself."""
    for module in pkgutil.walk_packages(amn_tui.ui.__path__, "amn_tui.ui."):
        for kind in vars(importlib.import_module(module.name)).values():
            own = isinstance(kind, type) and kind.__module__ == module.name and issubclass(kind, DOMNode)
            if own and "BINDINGS" in vars(kind):
                yield kind


def list_bindings() -> dict[tuple[str, str], list[str]]:
    """Return the keys of every (class, action)."""
    found: dict[tuple[str, str], list[str]] = {}
    for kind in list_classes():
        for binding in kind.BINDINGS:
            assert isinstance(binding, Binding)
            found.setdefault((kind.__name__, binding.action), []).extend(binding.key.split(","))
    return found


BINDINGS = list_bindings()


def test_every_binding_is_in_the_table_and_nothing_else() -> None:
    assert set(BINDINGS) == set(TABLE)


def test_a_binding_without_a_row_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis.DiagnosisScreen, "BINDINGS", [Binding("k", "dance", "dance")])
    assert set(list_bindings()) - set(TABLE) == {("DiagnosisScreen", "dance")}


def make_log(ui: ModuleType, folder: RunFolder) -> None:
    """Write a log with more lines, and longer ones, than there is room for."""
    ui.write_log(folder.log, [ui.step(1, at, 1000) for at in (100, 200)])
    lines = folder.log.read_text().splitlines()
    for event in ui.epochs(ui.HEALTHY[:6]):
        ui.write_log(folder.log, [event])
        lines += [f"filler {number}" for number in range(30)] + folder.log.read_text().splitlines()
    folder.log.write_text("\n".join(lines) + "\n")


class FakeRun:
    """Stands for a child process of the diagnosis, which goes on until it is given up."""

    done: list[str]

    def __init__(self, action: DebugAction) -> None:
        self.action, self.is_over = action, threading.Event()
        self.done.append("began")

    def cancel(self) -> None:
        self.is_over.set()
        self.done.append("given up")

    def finish(self) -> ActionResult:
        self.is_over.wait()
        return skip(self.action, "cancelled")


@asynccontextmanager
async def open_app(
    ui: ModuleType, root: Path, story: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Any, Any]]:
    """Open the monitor on such a run, in a folder of its own; nothing that its keys ask for reaches further."""
    folder, done = RunFolder(root / "amn-790k-attempt-3"), list[str]()
    folder.path.mkdir(parents=True)
    monkeypatch.chdir(root)
    make_log(ui, folder)
    monkeypatch.setattr(diagnosis, "ActionRun", type("Fake", (FakeRun,), {"done": done}))
    monkeypatch.setattr(Requests, "rearm", lambda _: done.append("armed"))  # no guard is started
    events = [*ui.healthy(), *ui.guard(alive=False)[2:]] if story == "unguarded" else getattr(ui, story)()
    app: Any = ui.make_app(folder, events, now=1300)[0]
    app.done = done
    app.action_suspend_process = lambda: done.append("suspended")  # the tests go on
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.open_run(pilot, app)
        await ui.settle(pilot, lambda: app.monitor.index is not None and app.monitor.index.whole)
        yield pilot, app


async def press(ui: ModuleType, pilot: Any, way: Way, key: str) -> None:
    app = pilot.app
    for step in way.steps:
        if isinstance(step, str):
            await pilot.press(step)
        else:
            step(app)
        if not is_settled(app):
            await ui.settle(pilot, lambda: is_settled(app))
    assert not way.seen(app)
    await pilot.press(key)
    await ui.settle(pilot, lambda: way.seen(app))


def is_settled(app: Any) -> bool:
    """Tell whether the screen is complete, and whatever was searched for is found."""
    screen = app.screen
    if isinstance(screen, diagnosis.DiagnosisScreen):
        return screen.diagnosis is not None
    pane = app.monitor.query_one("LogPane")
    return pane.then is None and not app._typed


async def go_back(ui: ModuleType, pilot: Any) -> None:
    """Come back to the monitor from whatever screen lies over it, with the chart and the gates as they were."""
    app = pilot.app
    while app.screen is not app.monitor:
        app.pop_screen()
        await ui.settle(pilot)
    app.monitor.chart.view, gates(app).cursor = ChartView(), 0
    app.screen.set_focus(log(app).view)
    await ui.settle(pilot, lambda: is_settled(app))


def read_state(app: Any) -> str:
    """Return all that a key may have changed: where it is as it was, the next key finds what it would in a new app."""
    pane, files = log(app), sorted(app.requests.folder.path.parent.rglob("*"))
    view = pane.view
    return repr((
        app.return_code, app.screen, app.focused, app.monitor.maximized, app.theme, app.clipboard, app.done,
        app.monitor.chart.view, gates(app).cursor, view.follow, view.wraps, view.mark, view.scroll_offset, pane.prompt,
        pane.note, pane.finding.wanted, pane._history, pane._is_regexp, [(path, path.stat().st_size) for path in files],
    ))  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("place", dict.fromkeys(place for place, _ in TABLE))
async def test_they_do_what_they_say(
    ui: ModuleType, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one app, as long as it comes back to how it was when it opened; else in the next one."""
    rows = sorted((row for row in TABLE if row[0] == place), key=lambda row: TABLE[row].story)
    left = deque((row, key) for row in rows for key in BINDINGS[row])
    while left:
        story = TABLE[left[0][0]].story
        async with open_app(ui, tmp_path / str(len(left)), story, monkeypatch) as (pilot, app):
            opened, as_opened = read_state(app), True
            while left and as_opened and TABLE[left[0][0]].story == story:
                row, key = left.popleft()
                try:
                    await press(ui, pilot, TABLE[row], key)
                except BaseException as error:
                    error.add_note(f"{row[0]}, {row[1]}: key {key}")
                    raise
                if as_opened := app.return_code is None:
                    await go_back(ui, pilot)
                    as_opened = read_state(app) == opened
