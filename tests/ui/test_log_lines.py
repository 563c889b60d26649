"""Lines are read by one thread and found by another, and only so many are kept."""

from pathlib import Path

import pytest

from amn_tui.ui import log_lines
from amn_tui.ui.line import Part
from amn_tui.ui.log_file import LogFile
from amn_tui.ui.log_lines import LogLines, clip


def make_lines(path: Path, text: str) -> tuple[LogFile, LogLines]:
    path.write_text(text)
    log = LogFile(path)
    log.refresh()
    return log, LogLines(log)


def test_what_was_not_read_is_not_found(tmp_path: Path) -> None:
    log, lines = make_lines(tmp_path / "log", "one\ntwo\nhalf")
    assert lines.find(log.index, 0) is None
    lines.read(log.index, range(-5, 99))
    assert [lines.find(log.index, number) for number in range(3)] == [(Part("one"),), (Part("two"),), (Part("half"),)]
    with (tmp_path / "log").open("a") as file:
        file.write(" a line\n")
    log.refresh()
    assert lines.find(log.index, 0) == (Part("one"),)
    assert lines.find(log.index, 2) is None  # it has grown
    lines.read_end(log.index)
    assert lines.find(log.index, 2) == (Part("half a line"),)
    log.close()


def test_only_so_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "KEPT_LINES", 10)
    log, lines = make_lines(tmp_path / "log", "".join(f"{n}\n" for n in range(100)))
    lines.read(log.index, range(100))
    assert [n for n in range(100) if lines.find(log.index, n) is not None] == list(range(90, 100))
    log.close()


def test_a_long_line_is_clipped() -> None:
    assert clip((Part("x" * 999), Part("y")), 10) == (Part("x" * 40), Part("y"))
