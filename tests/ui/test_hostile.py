"""No byte of a file acts: not on the terminal, not as markup, not on the app. Every widget, every string."""

from dataclasses import replace
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest
from textual.widgets import Input

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import AlarmRaised, AlarmWaived, RunEnded, StopAsked
from amn_tui.run.model import Planned, ProblemFound, RunEvent
from amn_tui.run.outcome import Outcome
from amn_tui.run.plan import Plan, RunSection
from amn_tui.run.text import sanitize
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.notice import list_notices
from amn_tui.ui.progress_line import say_progress
from amn_tui.ui.screens.detail import DetailScreen
from amn_tui.ui.screens.waive import WaiveScreen
from amn_tui.ui.terminal_title import say_title
from checks.gate import Action, Gate
from checks.result import CheckEnded, CheckProgressed, CheckStarted, Control, PreflightStarted
from checks.verdict import Verdict

pytestmark = pytest.mark.slow  # each test runs the whole app

SCROLLBAR = ("scroll_up", "grab", "scroll_down")
DRAWN = {"svg", "style", "defs", "clipPath", "rect", "text", "g", "circle"}
FORBIDDEN = {*range(32), *range(127, 160), 0x202E, 0x200B}


def infest(ui: ModuleType, words: str) -> list[RunEvent]:
    """Return a run in which every text that comes from a file is `words`."""
    gate = Gate(name=words, metric="val_cosine", at=1, floor=0.9, on_fail=Action.ABORT, advice=words)
    control = Control(words, Verdict.FAIL, {words: words})
    ended = CheckEnded(1.0, "a", Verdict.FAIL, control, {words: words}, words, words, 1.0, words)
    return [
        Planned(Plan(run=RunSection(name="x"), gates=(gate,))),
        PreflightStarted(0.0, ("a", "b"), (words, words)),
        ended,
        CheckStarted(1.0, "b"),
        CheckProgressed(1.0, "b", 0.5, words),
        *ui.guard(),
        *ui.epochs([0.5]),
    ]


def check_screen(ui: ModuleType, app: MonitorApp, words: str, *, shown: bool = True) -> None:
    text = ui.read_screen(app)
    assert not FORBIDDEN & {ord(character) for character in text if character != "\n"}
    safe = sanitize(words).strip()
    assert not shown or safe[:8] in text
    for strip in app.screen._compositor.render_strips(app.size):
        for segment in strip:
            meta = segment.style.meta if segment.style else {}
            # A scrollbar of Textual's own has actions; no text has any.
            assert not any(str(key).startswith("@") and value not in SCROLLBAR for key, value in meta.items())
            assert segment.style is None or segment.style.link is None


def list_endings(ui: ModuleType, words: str) -> list[list[RunEvent]]:
    ends = [RunEnded(ui.BEGAN + 2000, outcome, words, None, words) for outcome in Outcome]
    return [
        [AlarmRaised(ui.BEGAN + 1240, 1, words, words, words, ui.BEGAN + 1342)],
        [StopAsked(ui.BEGAN + 1240, words, words)],
        [ProblemFound(words, words)],
        *([end] for end in ends),
    ]


@pytest.mark.parametrize("number", range(4))
async def test_text_is_text_wherever_it_is_drawn(ui: ModuleType, folder: RunFolder, number: int) -> None:
    words = " ".join(ui.HOSTILE[number::4])
    folder.log.write_bytes((words + "\n").encode("utf-8", "surrogateescape") * 40)
    app, source = ui.make_app(folder, infest(ui, words))
    async with app.run_test(size=(160, 50), notifications=True) as pilot:
        await ui.open_run(pilot, app)
        check_screen(ui, app, words)
        for ending in list_endings(ui, words):
            source.tell(*ending)
            await ui.settle(pilot, lambda: app.shown == app.reading.feed.run)
            check_screen(ui, app, words)
        app.notify(sanitize(words), markup=False)
        await pilot.press("tab", "enter")
        await ui.settle(pilot, lambda: isinstance(app.screen, DetailScreen))
        check_screen(ui, app, words)
        await pilot.press("escape", "tab", "enter")
        await ui.settle(pilot, lambda: isinstance(app.screen, DetailScreen))
        check_screen(ui, app, words)
        await pilot.press("escape")
        for x in range(2, 60, 6):
            await pilot.click(offset=(x, 40))
        assert app.return_code is None


@pytest.mark.parametrize("number", range(4))
async def test_dialogs_take_it_as_text_too(ui: ModuleType, folder: RunFolder, number: int) -> None:
    words = " ".join(ui.HOSTILE[number::4])
    alarm = replace(ui.raise_alarm(), gate=words, words=words, advice=words)
    app, source = ui.make_app(folder, [*infest(ui, words), alarm])
    async with app.run_test(size=(100, 40)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("w")
        await ui.settle(pilot, lambda: isinstance(app.screen, WaiveScreen))
        check_screen(ui, app, words)
        await pilot.press("escape")
        source.tell(AlarmWaived(ui.BEGAN + 1241, 1, words, words))
        await ui.settle(pilot, lambda: app.shown is not None and app.shown.waived)
        check_screen(ui, app, words)


async def test_a_name_of_a_bare_log_is_text(ui: ModuleType, tmp_path: object) -> None:
    log = RunFolder(tmp_path).path / "\x1b[2J[bold]x.log"  # type: ignore[arg-type]
    log.write_text("hello\n")
    app = MonitorApp(ui.FakeSource(), None, log, by="ada", clock=lambda: ui.BEGAN)
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        check_screen(ui, app, "[bold]x.log")


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("key", ["slash", "ampersand"])
async def test_it_is_text_when_searched_for_shown_alone_copied_and_pictured(
    ui: ModuleType, folder: RunFolder, number: int, key: str
) -> None:
    words = " ".join(ui.HOSTILE[number::4])
    folder.log.write_bytes((words + "\n").encode("utf-8", "surrogateescape") * 40)
    app, _ = ui.make_app(folder, infest(ui, words))
    async with app.run_test(size=(160, 50), notifications=True) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press(key)
        await ui.settle(pilot, lambda: isinstance(app.focused, Input))
        app.screen.query_one(Input).value = words
        await ui.settle(pilot, lambda: "40" in ui.read_screen(app).splitlines()[-3])
        check_screen(ui, app, words)
        await pilot.press("alt+r")  # as an expression it may be none, and that is said with it
        await ui.settle(pilot)
        check_screen(ui, app, words)
        await pilot.press("alt+r", "enter", "n", "W", "F")
        await ui.settle(pilot, lambda: not isinstance(app.focused, Input))
        check_screen(ui, app, words)
        await pilot.press("y")
        await ui.settle(pilot, lambda: app.clipboard == sanitize(words))
        svg = ET.fromstring(app.export_screenshot(title=sanitize(words)))  # noqa: S314 (our own)
        assert {element.tag.rpartition("}")[2] for element in svg.iter()} <= DRAWN
        assert not FORBIDDEN & set(map(ord, "".join(svg.itertext()).replace("\n", "").replace("\t", "")))


def test_title_and_notices_are_text(ui: ModuleType) -> None:
    for words in ui.HOSTILE:
        run = ui.make_run([*infest(ui, words), *list_endings(ui, words)[0], *list_endings(ui, words)[3]])
        told = [say_title(run), say_progress(run, ui.BEGAN), say_progress(replace(run, ended=None), ui.BEGAN)]
        for notice in list_notices(None, run, ui.BEGAN + 2001):
            told += [notice.title, notice.words]
        assert len(told) >= 5
        assert not FORBIDDEN & {ord(letter) for text in told for letter in text}
