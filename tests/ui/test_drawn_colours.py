"""Every pair of colours that is really drawn, read off the screen: text has contrast, lines are seen, in each theme."""

import re
from collections.abc import Iterable
from dataclasses import replace
from types import ModuleType
from typing import NamedTuple

import pytest
from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.pilot import Pilot
from textual.theme import Theme

from amn_tui.run.folder import RunFolder
from amn_tui.ui import looking
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.glyphs import UNICODE
from amn_tui.ui.settings import DEFAULTS
from amn_tui.ui.themes import DARK, HIGH_CONTRAST, THEMES

pytestmark = pytest.mark.slow  # each test goes through the whole app

TEXT, HIGH_TEXT, LINE = 4.5, 7.0, 3.0  # WCAG 2.1: 1.4.3, 1.4.6, 1.4.11
# What is drawn to divide, to join or to measure: boxes, blocks, braille, arrows, bars. All else is read.
DRAWN = re.compile(r"[\u2500-\u25ff\u2800-\u28ff\s·]*")
STORIES = ("healthy", "alarmed", "aborted", "blocked", "checking", "diverged", "stopping")
SCREENS = {
    "chart": ("c",),
    "metric": ("c", "m"),
    "runs": ("c", "o"),
    "why": ("d",),
    "help": ("question_mark",),
    "palette": ("colon",),
    "leave": ("ctrl+c",),
    "gate": ("tab", "tab", "enter"),
    "search": ("slash", *"epoch"),
}


class Drawn(NamedTuple):
    """Text as it stands on the screen, with its two colours."""

    text: str
    colour: Color
    ground: Color


def read_drawn(app: MonitorApp) -> set[Drawn]:
    """Return what is drawn; beneath a dialog, only the dialog: what it dims is not to be read."""
    boxes = app.screen.query("#dialog, CommandPalette > Vertical") if app.screen.is_modal else ()
    region = next((box.region for box in boxes), Region(0, 0, *app.size))
    drawn: set[Drawn] = set()
    for y, strip in enumerate(app.screen._compositor.render_strips(app.size)):
        if region.y <= y < region.bottom:
            drawn |= {found for segment in strip.crop(region.x, region.right) if (found := _see(*segment[:2]))}
    return drawn


def _see(text: str, style: Style | None) -> Drawn | None:
    if style is None or style.color is None or style.bgcolor is None or not text.strip():
        return None
    colours = [Color.from_rich_color(colour) for colour in (style.color, style.bgcolor)]
    colour, ground = reversed(colours) if style.reverse else colours
    return Drawn(text, colour, ground)


def find_weak(ui: ModuleType, drawn: Iterable[Drawn], theme: Theme) -> list[str]:
    """Return in words whatever has less contrast than it must have."""
    text = HIGH_TEXT if theme.name == HIGH_CONTRAST.name else TEXT
    weak = []
    for words, colour, ground in drawn:
        least = LINE if DRAWN.fullmatch(words) else text
        if (ratio := ui.measure_contrast(colour, ground)) < least - 0.05:  # colours are rounded on their way
            weak.append(f"{theme.name}: {words.strip()!r} {colour.hex} on {ground.hex}: {ratio:.2f} < {least}")
    return sorted(weak)


def make_app(ui: ModuleType, folder: RunFolder, theme: Theme, story: str) -> MonitorApp:
    events = getattr(ui, story)()
    ui.write_log(folder.log, events)
    return MonitorApp(
        ui.FakeSource(events), folder, folder.log, by="ada", clock=lambda: ui.BEGAN + 7800, glyphs=UNICODE,
        settings=replace(DEFAULTS, theme=theme.name),
    )  # fmt: skip


async def read_themes(ui: ModuleType, pilot: Pilot[None], app: MonitorApp) -> dict[str, set[Drawn]]:
    """Return what is drawn now in every theme; the app then has the first one again."""
    found = {app.theme: read_drawn(app)}
    for theme in (*THEMES[1:], THEMES[0]):
        before = read_drawn(app)
        app.theme = theme.name
        await ui.settle(pilot, lambda before=before: read_drawn(app) != before)
        await ui.settle(pilot)
        found[theme.name] = read_drawn(app)
    return found


async def walk(ui: ModuleType, pilot: Pilot[None], app: MonitorApp) -> set[Drawn]:
    """Go through every screen that a key opens, and return all that was drawn."""
    drawn = read_drawn(app)
    for keys in SCREENS.values():
        before = app.screen
        for key in keys:
            await pilot.press(key)
            await ui.settle(pilot)
            drawn |= read_drawn(app)
        while app.screen is not before or app.screen.query("LogPrompt Input"):
            await pilot.press("escape")
            await ui.settle(pilot)
    return drawn


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
async def test_whatever_is_drawn_on_any_screen_has_contrast(ui: ModuleType, folder: RunFolder, theme: Theme) -> None:
    app = make_app(ui, folder, theme, "alarmed")
    async with app.run_test(size=(160, 48)) as pilot:
        await ui.open_run(pilot, app)
        drawn = await walk(ui, pilot, app)
    assert len({(one.colour, one.ground) for one in drawn}) > 20
    assert find_weak(ui, drawn, theme) == []


@pytest.mark.parametrize("story", STORIES)
async def test_whatever_a_run_is_like(ui: ModuleType, folder: RunFolder, story: str) -> None:
    app = make_app(ui, folder, THEMES[0], story)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        drawn = await read_themes(ui, pilot, app)
    assert [find_weak(ui, drawn[theme.name], theme) for theme in THEMES] == [[]] * len(THEMES)


@pytest.mark.parametrize(
    ("colours", "words"),
    [
        ({"muted": "#4a5260"}, "'elapsed'"),
        ({"quiet": "#232933"}, "─"),
        ({"chosen": "#62718c"}, "PASS"),
        ({"success": "#2f6b41"}, "PASS"),
        ({"error": "#8f2a24"}, "FAIL"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
async def test_a_theme_without_contrast_is_found_out(
    ui: ModuleType, folder: RunFolder, monkeypatch: pytest.MonkeyPatch, colours: dict[str, str], words: str
) -> None:
    fields = {key: value for key, value in colours.items() if hasattr(DARK, key)}
    weak = replace(DARK, variables={**DARK.variables, **colours}, **fields)
    monkeypatch.setattr(looking, "THEMES", (weak, *THEMES[1:]))
    app = make_app(ui, folder, weak, "alarmed")
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        app.screen.query_one("#gates").focus()
        await pilot.press("down", "down", "down", "down", "down")
        await ui.settle(pilot)
        assert words in " ".join(find_weak(ui, read_drawn(app), weak))
