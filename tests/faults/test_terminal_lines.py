"""No terminal, or a dumb one: lines, in whatever alphabet there is, and an end."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.real import AMN_TUI
from tests.ui import conftest as ui

Happened = Callable[[str], None]
OpenTerminal = Callable[..., Any]


def run_lines(cwd: Path, shell: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run `amn-tui attach run` as a shell does with these redirections; it must end by itself."""
    names = {**os.environ, **environment}
    argv = ["sh", "-c", f'exec "$@" {shell}', "sh", *AMN_TUI, "attach", "run"]
    return subprocess.run(argv, cwd=cwd, env=names, capture_output=True, timeout=60, check=False)


@pytest.mark.slow
@pytest.mark.fault(53)
@pytest.mark.parametrize("shell", ["</dev/null", "<&-", "| cat", "<&- 2>&-", ">/dev/null", ">&-", "<&- >&- 2>&-"])
def test_without_a_terminal_it_ends(tmp_path: Path, happened: Happened, shell: str) -> None:
    ui.write_folder(tmp_path / "run", ui.completed())
    ended = run_lines(tmp_path, shell)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"\x1b" not in ended.stdout
    assert (">/dev/null" in shell or ">&-" in shell.replace("2>&-", "")) == (b"epoch 20/20" not in ended.stdout)
    happened("pipes, /dev/null, and any of stdin, stdout, stderr closed, as under cron: lines, an end, exit 0")


@pytest.mark.slow
@pytest.mark.fault(53)
def test_on_a_dumb_terminal_it_ends_too(
    tmp_path: Path, open_terminal: OpenTerminal, happened: Happened, monkeypatch: pytest.MonkeyPatch
) -> None:
    ui.write_folder(tmp_path / "run", ui.aborted())
    start = subprocess.Popen

    def start_dumb(*arguments: Any, **options: Any) -> Any:
        return start(*arguments, **{**options, "env": {**options["env"], "TERM": "dumb"}})

    monkeypatch.setattr(subprocess, "Popen", start_dumb)
    terminal = open_terminal("attach", "run")
    terminal.wait_for("ABORTED_BY_GATE")
    assert terminal.wait_for_exit() == 4
    assert b"\x1b" not in terminal.raw
    happened("TERM=dumb on a terminal: lines without an escape, and an end")


@pytest.mark.slow
@pytest.mark.fault(53)
@pytest.mark.fault(54)
def test_lines_in_an_alphabet_that_lacks_them(tmp_path: Path, happened: Happened) -> None:
    story = [ui.check_ended("off_by_one", detail="größer als 日本"), *ui.blocked()[-1:]]
    ui.write_folder(tmp_path / "run", story)
    ended = run_lines(tmp_path, "</dev/null", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert (ended.returncode, ended.stderr) == (3, b"")
    assert b"gr??er als ??" in ended.stdout
    happened("stdout in ASCII: '?' for what it lacks, no exception")
