"""The log in a pager: which one, with what taken away, and that no byte of the log acts on the terminal."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amn_tui.ui.pager import choose_pager, open_pager

PATH = os.environ["PATH"]


@pytest.mark.parametrize(
    ("pager", "command"),
    [
        ("less -R -S", ["less", "-S"]),
        ("less -Sr --raw-control-chars", ["less"]),
        ("", ["less"]),
        ("cat -u", ["cat", "-u"]),
    ],
)
def test_the_pager_of_the_person_is_taken_without_raw_bytes(pager: str, command: list[str]) -> None:
    assert choose_pager({"PAGER": pager, "PATH": PATH}) == command


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"PATH": ""}, "there is no pager"),
        ({"PAGER": "no-such-pager-here", "PATH": PATH}, "PAGER: no-such-pager-here: no such program"),
        ({"PAGER": "less '", "PATH": PATH}, "PAGER is no command"),
    ],
)
def test_what_is_wrong_with_it_is_said_in_one_line(tmp_path: Path, environment: dict[str, str], words: str) -> None:
    (tmp_path / "log").write_text("x\n")
    said = open_pager(tmp_path / "log", 0, environment)
    assert said.startswith(words)
    assert "\n" not in said


def test_another_pager_is_given_safe_text(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "log").write_bytes(b"one\n\x1b]0;owned\x07two\x9b\n\xff\n")
    assert open_pager(tmp_path / "log", 0, {"PAGER": "cat", "PATH": PATH}) == ""
    assert capfdbinary.readouterr().out == "one\ntwo\ufffd\n\ufffd\n".encode()
    assert open_pager(tmp_path / "log", 0, {"PAGER": "false", "PATH": PATH}) == "false ended with exit code 1"
    big = tmp_path / "big"
    big.write_bytes(b"x" * 100 + b"\n" * 1_000_000)
    assert open_pager(big, 0, {"PAGER": "true", "PATH": PATH}) == ""  # left before the end


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to("/etc/hostname")
    with pytest.raises(OSError, match="symbolic"):
        open_pager(tmp_path / "log", 0, {"PAGER": "cat", "PATH": PATH})


@pytest.mark.slow
def test_less_opens_at_the_line_and_gives_the_screen_back(
    open_terminal: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER", "less -r")
    monkeypatch.setenv("LESS", "-R")
    log = tmp_path / "a %\\:.log"
    log.write_bytes(b"".join(b"line %d \x1b]0;owned\x07\x1b[31mred\n" % n for n in range(1000)))
    terminal = open_terminal("attach", str(log))
    terminal.wait_for("p pager")  # the app itself: the first picture comes before it
    terminal.press("/")
    terminal.wait_for("/ text")
    terminal.press("line 500")
    terminal.wait_for("1  alt+r")
    terminal.press("\r")
    terminal.wait_for("1 of 1")
    before = len(terminal.raw)
    terminal.press("p")
    terminal.wait_for("back to the monitor")
    assert terminal.text.startswith("line 500 ")
    assert "ESC" in terminal.text
    terminal.press("q")
    terminal.wait_for("1 of 1")
    assert b"\x1b]0;owned" not in terminal.raw[before:]
    assert b"\x1b[31mred" not in terminal.raw[before:]
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
