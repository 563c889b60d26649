"""How the screen looks and which keys it hears, at the keys."""

import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from textual.command import CommandPalette
from textual.widgets import Input

from amn_tui.run.folder import RunFolder
from amn_tui.run.model import GuardSeen, ProblemFound, RunEvent
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.glyphs import UNICODE
from amn_tui.ui.screens.confirm import ConfirmScreen
from amn_tui.ui.screens.help import HelpScreen
from amn_tui.ui.screens.monitor import MonitorScreen
from amn_tui.ui.settings import DEFAULTS, Settings
from amn_tui.ui.themes import THEMES

pytestmark = pytest.mark.slow  # each test runs the whole app


def make_app(
    ui: ModuleType, folder: RunFolder, settings: Settings = DEFAULTS, hint: Path | None = None, story: str = "healthy"
) -> MonitorApp:
    events = getattr(ui, story)()
    ui.write_log(folder.log, events)
    glyphs = None if settings.ascii else UNICODE
    return MonitorApp(
        ui.FakeSource(events), folder, folder.log, by="ada", clock=lambda: ui.BEGAN + 7800, glyphs=glyphs,
        settings=settings, hint=hint,
    )  # fmt: skip


async def test_t_goes_through_every_theme_and_writes_nothing(
    ui: ModuleType, folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    app = make_app(ui, folder, replace(DEFAULTS, theme="light"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await ui.open_run(pilot, app)
        seen = [app.theme]
        for _ in THEMES:
            await pilot.press("t")
            seen.append(app.theme)
        assert seen[0] == seen[-1] == "light"
        assert set(seen) == {theme.name for theme in THEMES}
        await ui.settle(pilot, lambda: "theme: light" in ui.read_screen(app))
    assert not (tmp_path / "config").exists()


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_the_palette_finds_what_a_key_does(ui: ModuleType, folder: RunFolder, key: str) -> None:
    app = make_app(ui, folder)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press(key)
        await ui.settle(pilot, lambda: "abort  (a)" in ui.read_screen(app))
        screen = ui.read_screen(app)
        assert "help  (?)" in screen
        assert "waive" not in screen  # there is no alarm
        await pilot.press(*"abort")
        await ui.settle(pilot, lambda: "help  (?)" not in ui.read_screen(app) and "abort  (a)" in ui.read_screen(app))
        await pilot.press("enter")
        await ui.settle(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("n", key, "escape")
        await ui.settle(pilot, lambda: isinstance(app.screen, MonitorScreen))


async def test_the_palette_keeps_a_theme_because_it_was_asked_to(
    ui: ModuleType, folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = tmp_path / "config/amn-tui/config.toml"
    app = make_app(ui, folder, replace(DEFAULTS, theme="high-contrast"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await ui.open_run(pilot, app)
        for words in ("keep this", "keep this"):  # the second time the file does not fit, and is left alone
            await pilot.press("colon")
            await ui.settle(pilot, lambda: isinstance(app.screen, CommandPalette) and app.screen.query(Input))
            await pilot.press(*words)
            await ui.settle(pilot, lambda: "keep this one" in ui.read_screen(app))
            await pilot.press("enter")
            await ui.settle(pilot, lambda: path.exists() and isinstance(app.screen, MonitorScreen))
            await ui.settle(pilot, lambda: not app.workers or all(w.is_finished for w in app.workers))
            if path.read_text() == 'theme = "high-contrast"\n':
                path.write_text("theme =")
        await ui.settle(pilot, lambda: "expected TOML" in ui.read_screen(app))
        assert path.read_text() == "theme ="


async def test_own_keys_are_heard_and_shown_everywhere(ui: ModuleType, folder: RunFolder) -> None:
    keys = {"abort": ("x",), "help": ("f1",), "leave": ("Q",)}
    app = make_app(ui, folder, replace(DEFAULTS, keys=keys))
    async with app.run_test(size=(120, 60)) as pilot:
        await ui.open_run(pilot, app)
        assert "x abort  Q leave  f1 help" in ui.read_screen(app)
        await pilot.press("a")
        assert isinstance(app.screen, MonitorScreen)
        await pilot.press("x")
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("n", "f1")
        assert isinstance(app.screen, HelpScreen)
        assert " f1 this help " in " ".join(ui.read_screen(app).split())
        assert " x stop the run" in " ".join(ui.read_screen(app).split())
        await pilot.press("escape", "Q")
    assert app.return_code == 0


async def test_the_hint_is_there_until_a_key_and_never_again(ui: ModuleType, folder: RunFolder, tmp_path: Path) -> None:
    seen = tmp_path / "state" / "hint-seen"
    app = make_app(ui, folder, hint=seen)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        assert "New here? ? lists every key" in ui.read_screen(app)
        assert not seen.exists()
        await pilot.press("j")
        await ui.settle(pilot, seen.exists)
        assert "New here?" not in ui.read_screen(app)


async def test_without_a_hint_there_is_none_and_ascii_is_ascii(ui: ModuleType, folder: RunFolder) -> None:
    app = make_app(ui, folder, replace(DEFAULTS, ascii=True))
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        screen = ui.read_screen(app)
        assert "New here?" not in screen
        assert screen.isascii()


async def test_no_color_leaves_no_colour_in_any_strip(
    ui: ModuleType, folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app(ui, folder, story="alarmed")
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        segments = [s for strip in app.screen._compositor.render_strips(app.size) for s in strip]
        styles = [s.style for s in segments if s.style]
        assert styles
        assert all(style.color is None and style.bgcolor is None for style in styles)
        failing = [s for s in segments if "FAIL" in s.text]
        assert failing
        assert all(s.style is not None and s.style.bold and s.style.reverse for s in failing)
        band = [s for s in segments if s.style and s.style.underline and not s.style.bold]
        assert sum(len(s.text) for s in band) > 40  # where a healthy run lies, across the chart


def test_config_says_what_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from amn_tui.settling import show_settings
    from amn_tui.ui.settings import read_settings

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert show_settings(as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["path"], told["exists"]) == (str(tmp_path / "amn-tui/config.toml"), False)
    assert told["keys"]["leave"] == ["q"]
    assert show_settings(as_json=False) == 0
    path = tmp_path / "amn-tui/config.toml"
    path.parent.mkdir()
    path.write_text(capsys.readouterr().out)  # what it prints can be the file
    assert read_settings(path).keys["palette"] == (":", "ctrl+p")
    assert show_settings(as_json=True) == 0


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (ProblemFound("training.log", "it was deleted: what it had said"), "PROBLEM  training.log: it was deleted"),
        (ProblemFound("plan.toml", "/runs/x/plan.toml: Permission denied"), "plan.toml: /runs/x/plan.toml: Permission"),
        (GuardSeen(None, False, trainer_alive=True), "UNGUARDED  gates are off: the guard is gone, training goes on"),
    ],
)
async def test_what_went_wrong_is_said_in_words(ui: ModuleType, folder: RunFolder, event: RunEvent, words: str) -> None:
    app, source = ui.make_app(folder, ui.healthy(), now=7800)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        assert words not in ui.read_screen(app)
        source.tell(event)
        await ui.settle(pilot, lambda: words in ui.read_screen(app))


async def test_what_is_not_there_yet_says_what_to_do(ui: ModuleType, folder: RunFolder) -> None:
    app = MonitorApp(ui.FakeSource([]), folder, folder.log, by="ada", clock=lambda: ui.BEGAN, glyphs=UNICODE)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        screen = ui.read_screen(app)
        for words in (
            "no preflight was recorded: amn-tui preflight PLAN",
            "no plan, so no gates: a run that amn-tui launch",
            "val_cosine comes after epoch 1",
            "no loss yet: it comes",
            "no log yet: it begins when the trainer writes",
        ):
            assert words in screen
