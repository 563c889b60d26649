"""A person does everything there is to do, without a mouse: once in colour, once under NO_COLOR; on a real terminal."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amn_tui.run.exit_code import decide_exit_code
from amn_tui.run.guard_events import AlarmRaised
from amn_tui.run.outcome import ExitCode, Outcome
from amn_tui.run.session import read_run
from checks.jsonl import append_line, decode_line
from checks.result import CheckEnded, Control, PreflightEnded, PreflightStarted
from checks.verdict import Verdict

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
TRAINER = """
while not pathlib.Path('go').exists(): time.sleep(0.05)
say(1, val_cosine=0.41, train_loss=0.5, lr=0.001)
print('a needle in the log')
idle()
"""
STYLE = re.compile(rb"\x1b\[([0-9;:]*)m")
ATTRIBUTES = {b"", b"0", b"1", b"2", b"3", b"4", b"7", b"22", b"23", b"24", b"27"}  # none of them is a colour


def write_preflight(path: Path) -> None:
    control = Control("rows shuffled inside every article", Verdict.FAIL, {})
    append_line(path, PreflightStarted(1.0, ("off_by_one",), ("Off by one",)))
    append_line(
        path, CheckEnded(2.0, "off_by_one", Verdict.PASS, control, {"edge": 0.54}, "no jump", "edge 0.540", 1.3)
    )
    append_line(path, PreflightEnded(3.0, Verdict.PASS, {"copy_last": 0.5}, 2.0))


def list_styles(raw: bytes) -> set[bytes]:
    """Return every parameter of every style that reached the terminal."""
    return {parameter for body in STYLE.findall(raw) for parameter in re.split(rb"[;:]", body)}


def walk(terminal: Any, folder: Any) -> None:
    """Look at a check, a gate, the log, the help, the palette and the themes; waive an alarm, stop the run, leave."""
    terminal.wait_for("ALARM")
    terminal.wait_for("New here? ? lists every key")
    terminal.press("?")
    terminal.wait_for("let the run go on past the alarm")
    terminal.wait_for(lambda: "New here?" not in terminal.text)
    terminal.press("\x1b")
    terminal.wait_for(lambda: "let the run go on past" not in terminal.text)

    terminal.press("/")  # the log has the focus at first
    terminal.wait_for("/ text")
    terminal.press("needle\r")
    terminal.wait_for("/ needle 1 of 1")
    terminal.press("\x1b")
    terminal.wait_for(lambda: "/ needle" not in terminal.text)
    terminal.press("c")
    terminal.wait_for("h l cursor")
    terminal.press("\x1b")
    terminal.wait_for(lambda: "h l cursor" not in terminal.text)

    terminal.press("\t\r")  # the next pane is the checklist: with one check, its row
    terminal.wait_for("rows shuffled inside every article")
    terminal.press("\x1b")
    terminal.wait_for(lambda: "rows shuffled" not in terminal.text)
    terminal.press("\t\r")
    terminal.wait_for("gate bad init")
    terminal.wait_for("no other run under the same root")
    terminal.press("\x1b")
    terminal.wait_for(lambda: "no other run" not in terminal.text)

    terminal.press("z")
    terminal.wait_for(lambda: "cosine by epoch" not in terminal.text)
    terminal.press("z")
    terminal.wait_for("cosine by epoch")
    terminal.press("t")
    terminal.wait_for(lambda: "theme: light" in terminal.text or "NO_COLOR is set" in terminal.text)
    terminal.press(":")
    terminal.wait_for("enter does it, esc goes back")
    terminal.press("\x1b")
    terminal.wait_for(lambda: "enter does it, esc goes back" not in terminal.text)

    terminal.press("w")
    terminal.wait_for("Waive the alarm?")
    terminal.press("a small data set\r")
    terminal.wait_for("WAIVE")
    terminal.wait_for(lambda: read_run(folder.path).alarm is None)
    terminal.press("a")
    terminal.wait_for("Stop t?")
    terminal.press("y")
    terminal.wait_for("ABORTED BY OPERATOR")
    terminal.press("\x03")
    terminal.wait_for("Leave?")
    terminal.press("d")
    assert terminal.wait_for_exit() == ExitCode.STOPPED_BY_OPERATOR


@pytest.mark.parametrize("coloured", [True, False], ids=["keyboard only", "NO_COLOR"])
def test_everything_can_be_done_at_the_keys(
    open_terminal: Callable[..., Any], launch: Any, coloured: bool, tmp_path: Path
) -> None:
    folder, _ = launch(TRAINER, countdown_s=600.0)
    write_preflight(folder.preflight)
    terminal = open_terminal("attach", str(folder.path), variables={} if coloured else {"NO_COLOR": "1"})
    terminal.wait_for("guarded")
    (tmp_path / "go").touch()  # who is attached when a gate fails is given time to answer
    walk(terminal, folder)
    run = read_run(folder.path)
    assert run.outcome is Outcome.ABORTED_BY_OPERATOR
    assert run.waived == {"bad init": "a small data set"}
    assert decide_exit_code(run) == ExitCode.STOPPED_BY_OPERATOR
    raised = [decode_line(line, [AlarmRaised]) for line in folder.guard_log.read_bytes().splitlines()]
    assert sum(event is not None for event in raised) == 1
    asked = [json.loads(line)["event"] for line in folder.control.read_text().splitlines()]
    assert [name for name in asked if name.endswith("_asked")] == ["waive_asked", "abort_asked"]
    assert (tmp_path / "state/amn-tui/hint-seen").exists()
    assert not (tmp_path / "config").exists()  # nothing is settled behind a person's back
    assert (list_styles(terminal.raw) <= ATTRIBUTES) is not coloured
    assert {b"1", b"7"} <= list_styles(terminal.raw) or coloured
