"""Terminals of every size, colour and alphabet."""

import fcntl
import os
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amn_tui.run.folder import RunFolder
from amn_tui.ui.glyphs import ASCII, UNICODE, choose_glyphs
from tests.real import AMN_TUI
from tests.ui import conftest as ui

Happened = Callable[[str], None]
OpenTerminal = Callable[..., Any]
SIZES = [(1, 1), (20, 5), (1000, 400), (39, 30), (80, 9), (2, 400), (1000, 1), (40, 10), (80, 24)]


def resize(terminal: Any, columns: int, rows: int) -> None:
    """Give the terminal another size, as a window manager does."""
    terminal.screen.resize(rows, columns)
    fcntl.ioctl(terminal.side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@pytest.mark.slow
@pytest.mark.fault(51)
def test_a_storm_of_sizes_on_a_real_terminal(tmp_path: Path, open_terminal: OpenTerminal, happened: Happened) -> None:
    ui.write_folder(tmp_path / "run", ui.aborted())
    terminal = open_terminal("attach", "run")
    terminal.wait_for("ABORTED BY GATE")
    count = 0
    for _ in range(30):
        for columns, rows in SIZES:
            resize(terminal, columns, rows)
            terminal.feed(0.0)
            count += 1
        assert terminal.process.poll() is None
    resize(terminal, 100, 30)
    terminal.wait_for("bad init")
    resize(terminal, 20, 5)
    terminal.wait_for(lambda: terminal.text.strip().startswith("ABORTED BY GATE"))
    terminal.wait_for(lambda: len([line for line in terminal.screen.display if line.strip()]) == 1)
    resize(terminal, 1, 1)
    terminal.press("q")
    assert terminal.wait_for_exit() == 4
    assert termios.tcgetattr(terminal.side) == terminal.settings
    assert b"Traceback" not in terminal.raw
    happened(f"{count} sizes from 1x1 to 1000x400, one line at 20x5, `q` at 1x1: exit 4, terminal as it was")


@pytest.mark.slow
@pytest.mark.fault(51)
@pytest.mark.parametrize("size", [(20, 5), (1, 1), (39, 30), (100, 9)])
def test_it_starts_at_any_size(
    tmp_path: Path, open_terminal: OpenTerminal, happened: Happened, size: tuple[int, int]
) -> None:
    ui.write_folder(tmp_path / "run", ui.completed())
    terminal = open_terminal("attach", "run", columns=size[0], rows=size[1])
    terminal.wait_for("COMPLETED"[: size[0]])
    terminal.wait_for(lambda: len([line for line in terminal.screen.display if line.strip()]) == 1)
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    happened("20x5, 1x1, 39x30, 100x9: one line that says how it stands")


@pytest.mark.slow
@pytest.mark.fault(52)
@pytest.mark.parametrize("story", ["healthy", "alarmed"])
async def test_what_is_said_in_colour_is_said_in_words(
    folder: RunFolder, happened: Happened, monkeypatch: pytest.MonkeyPatch, story: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app, _ = ui.make_app(folder, getattr(ui, story)(), now=1300)
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        screen = ui.read_screen(app)
        styles = [segment.style for strip in app.screen._compositor.render_strips(app.size) for segment in strip]
    words = {"healthy": ("✓ PASS", "! WARN"), "alarmed": ("✗ FAIL", "ALARM", "stops in 0:42")}[story]
    assert all(word in screen for word in words)
    drawn = [style for style in styles if style is not None]
    assert any(style.bold or style.reverse for style in drawn)
    assert all(style.color is None and style.bgcolor is None for style in drawn)
    happened("NO_COLOR: no colour at all; PASS, WARN, FAIL and ALARM are there as words and glyphs")


@pytest.mark.slow
@pytest.mark.fault(52)
def test_the_trainer_gets_no_color_as_the_person_set_it(tmp_path: Path, happened: Happened) -> None:
    code = "import os; print('COLOUR', os.environ.get('NO_COLOR'))"
    argv = [*AMN_TUI, "launch", "--run-dir", "run", "--headless", "--", sys.executable, "-c", code]
    subprocess.run(argv, cwd=tmp_path, env={**os.environ, "NO_COLOR": "yes"}, capture_output=True, check=False)
    assert "COLOUR yes" in (tmp_path / "run" / "training.log").read_text()
    happened("NO_COLOR=yes reaches the trainer")


@pytest.mark.slow
@pytest.mark.fault(54)
def test_a_terminal_without_unicode_gets_ascii(
    tmp_path: Path, open_terminal: OpenTerminal, happened: Happened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    ui.write_folder(tmp_path / "run", ui.aborted())
    log = tmp_path / "run" / "training.log"
    log.write_text(log.read_text() + "größer\n")
    terminal = open_terminal("attach", "run")
    terminal.wait_for("ABORTED BY GATE")
    terminal.wait_for("x FAIL")
    terminal.press("\t\t\r")  # a gate, explained
    terminal.wait_for("esc close")
    terminal.press("q")
    terminal.wait_for(lambda: "esc close" not in terminal.text)
    terminal.press("q")
    terminal.wait_for_exit()
    assert terminal.raw.isascii()
    assert (choose_glyphs("ANSI_X3.4-1968"), choose_glyphs("UTF-8")) == (ASCII, UNICODE)
    happened(f"LC_ALL=C: {len(terminal.raw)} bytes to the terminal, all ASCII")
