"""The first picture shows the run's name and the end of its log, and nothing of it stays where it should not."""

import re
from pathlib import Path

import pyte
import pytest

from amn_tui.ui import splash


def show(name: str, lines: list[str], columns: int = 40, rows: int = 12) -> list[str]:
    screen = pyte.Screen(columns, rows)
    pyte.Stream(screen).feed(splash.draw_splash(name, lines, columns, rows))
    return [line.rstrip() for line in screen.display]


def test_the_newest_lines_are_at_the_bottom_and_the_name_at_the_top() -> None:
    rows = show("my-run", [f"line {number}" for number in range(9)])
    assert rows[0] == " my-run  opening"
    assert [row.strip() for row in rows if "line" in row] == [f"line {number}" for number in range(5, 9)]
    assert rows[-1] == ""


@pytest.mark.parametrize("columns", [10, 20, 40])
@pytest.mark.parametrize("rows", [1, 2, 3, 8])
def test_whatever_the_size_nothing_runs_over(columns: int, rows: int) -> None:
    drawn = splash.draw_splash("名" * 50, ["x" * 200, "字" * 200], columns, rows)
    screen = pyte.Screen(columns, rows)
    pyte.Stream(screen).feed(drawn)
    for row, column in re.findall(r"\x1b\[(\d+);(\d+)H", drawn):
        assert 1 <= int(row) <= rows
        assert 1 <= int(column) <= columns


def test_lines_are_read_from_the_end_and_are_safe(tmp_path: Path) -> None:
    log = tmp_path / "training.log"
    log.write_bytes(b"a" * splash.TAIL_BYTES + b"\nlast but one\n\x1b]52;c;ZXZpbA==\x07last\n")
    assert splash.read_lines(log) == ["last but one", "last"]
    log.write_bytes(b"half a line")
    assert splash.read_lines(log) == ["half a line"]
    assert splash.read_lines(tmp_path / "none") == []
    log.unlink()
    log.symlink_to("/etc/passwd")
    assert splash.read_lines(log) == []


def test_without_a_terminal_nothing_is_drawn(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with splash.splash(tmp_path):
        splash.lift()
    assert capfd.readouterr() == ("", "")


def test_a_failure_takes_the_picture_away_and_once_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(splash, "_write", written.append)
    monkeypatch.setattr(splash, "_shown", [True])
    splash.lift()
    splash.lift()
    assert written == [splash.LEAVE]


def test_who_takes_the_terminal_over_leaves_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(splash, "_write", written.append)
    monkeypatch.setattr(splash, "_shown", [True])
    splash.hand_over()
    splash.lift()
    assert written == []
