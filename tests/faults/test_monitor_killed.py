"""A monitor that is killed, hung up or told to end: training and gates go on, and who comes back sees everything."""

import os
import random
import signal
import subprocess
import termios
import time
from collections.abc import Callable
from typing import Any

import pytest

from amn_tui.run.outcome import ExitCode, Outcome
from amn_tui.run.session import read_run
from tests.real import AMN_TUI, Terminal

pytestmark = pytest.mark.slow

WaitUntil = Callable[[Callable[[], object]], None]
OpenTerminal = Callable[..., Terminal]
Happened = Callable[[str], None]
TRAINS = "say(1, val_cosine=0.5); idle()"
KILLS = 6
# Numbers every line, and says an epoch after every hundred, until there are so many as a file asks for.
COUNTS = """
n = 0
while not pathlib.Path('enough').exists():
    n += 1
    print('line', n)
    if n % 100 == 0: say(n // 100, 100_000, val_cosine=0.5)
    time.sleep(0.001)
print('line', n + 1); n = -(-n // 100)
say(100_000, 100_000, val_cosine=0.5)
"""


@pytest.fixture
def training(launch: Any, wait_until: WaitUntil) -> Any:
    """Return the folder of a run that trains."""
    folder, _ = launch(TRAINS)
    wait_until(lambda: read_run(folder.path).curve.epochs)
    return folder


@pytest.mark.fault(1)
def test_kill_9_at_any_moment_leaves_no_gap(
    launch: Any, open_terminal: OpenTerminal, wait_until: WaitUntil, happened: Happened
) -> None:
    dice = random.Random(20261122)
    folder, guard = launch(COUNTS, cwd=launch.tmp_path)
    for _ in range(KILLS):
        monitor = open_terminal("attach", str(folder.path))
        until_s = time.monotonic() + dice.uniform(0.0, 1.2)
        while time.monotonic() < until_s:
            monitor.feed(0.02)
        os.kill(monitor.process.pid, signal.SIGKILL)
        monitor.process.wait()
    reached = read_run(folder.path).curve.epochs[-1].epoch
    wait_until(lambda: read_run(folder.path).curve.epochs[-1].epoch > reached)  # training goes on
    (launch.tmp_path / "enough").touch()
    assert guard.wait(30) == ExitCode.COMPLETED
    numbers = [int(line.split()[1]) for line in folder.log.read_text().splitlines() if line.startswith("line ")]
    assert numbers == list(range(1, len(numbers) + 1))
    argv = [*AMN_TUI, "attach", "--plain", str(folder.path)]
    told = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert told.returncode == ExitCode.COMPLETED
    epochs = [int(line.split()[1].partition("/")[0]) for line in told.stdout.splitlines() if line.startswith("epoch ")]
    assert epochs == [*range(1, len(epochs)), 100_000]  # all of them, each once
    happened(
        f"{KILLS} kills of a monitor: {len(numbers)} lines of the log without a gap, {len(epochs)} epochs shown once"
    )


@pytest.mark.fault(1)
def test_a_gate_is_enforced_when_the_monitor_was_killed(
    launch: Any, open_terminal: OpenTerminal, wait_until: WaitUntil
) -> None:
    code = """
say(1, val_cosine=0.5)
while not pathlib.Path('go').exists(): time.sleep(0.01)
say(2, val_cosine=0.4); idle()
"""
    folder, guard = launch(code, cwd=launch.tmp_path)
    monitor = open_terminal("attach", str(folder.path))
    monitor.wait_for("guarded")
    wait_until(lambda: folder.control.exists())  # it said that somebody is there who could answer
    monitor.process.kill()
    monitor.process.wait()
    (launch.tmp_path / "go").touch()
    assert guard.wait(30) == ExitCode.STOPPED_BY_GATE  # nobody is waited for


@pytest.mark.fault(2)
def test_a_closed_terminal_ends_the_monitor_alone(
    training: Any, launch: Any, open_terminal: OpenTerminal, happened: Happened
) -> None:
    terminal = open_terminal("attach", str(training.path))
    terminal.wait_for("guarded")
    for descriptor in (terminal.main, terminal.side):
        os.close(descriptor)
    assert terminal.process.wait(30) == 128 + signal.SIGHUP
    terminal.main, terminal.side = os.pipe()  # for the fixture to close
    assert len(launch.list_members()) == 1
    assert read_run(training.path).outcome is None
    happened("terminal closed: monitor exit 129, training goes on")


@pytest.mark.fault(2)
@pytest.mark.parametrize("how", ["kill-pane", "kill-server"])
def test_tmux_that_is_killed_takes_only_the_monitor_along(
    training: Any, launch: Any, wait_until: WaitUntil, how: str
) -> None:
    tmux = ["tmux", "-L", launch.tmp_path.name, "-f", "/dev/null"]
    code = launch.tmp_path / "code"
    argv = " ".join(map(_quote, [*AMN_TUI, "attach", str(training.path)]))
    (launch.tmp_path / "monitor.sh").write_text(f"trap '' HUP\n{argv}\necho $? > new; mv new {code}\n")
    size = ["-x", "120", "-y", "40"]
    # The pane's own size counts, not that of who runs the tests.
    names = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    argv_new = [*tmux, "new-session", "-d", *size, f"sh {launch.tmp_path}/monitor.sh"]

    def look() -> str:
        return subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True, check=False).stdout

    try:
        subprocess.run(argv_new, check=True, env=names)
        wait_until(lambda: "guarded" in look())
        subprocess.run([*tmux, how], check=True)
        wait_until(code.exists)
    finally:  # a server that was left would be met by the next test of this name
        subprocess.run([*tmux, "kill-server"], capture_output=True, check=False)
    assert int(code.read_text()) == 128 + signal.SIGHUP
    assert len(launch.list_members()) == 1
    assert read_run(training.path).outcome is None


def _quote(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


@pytest.mark.fault(3)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT, signal.SIGINT])
def test_a_signal_ends_the_monitor_and_gives_the_terminal_back(
    training: Any, launch: Any, open_terminal: OpenTerminal, happened: Happened, number: signal.Signals
) -> None:
    terminal = open_terminal("attach", str(training.path))
    terminal.wait_for("guarded")
    terminal.process.send_signal(number)
    assert terminal.wait_for_exit() == 128 + number
    for sequence in (b"\x1b[?1049l", b"\x1b[?1000l", b"\x1b[?25h"):
        assert sequence in terminal.raw[terminal.raw.rindex(b"\x1b[?1049h") :]
    assert termios.tcgetattr(terminal.side) == terminal.settings
    assert len(launch.list_members()) == 1
    happened(f"{number.name}: exit {128 + number}, termios as before, training goes on")


@pytest.mark.fault(4)
def test_ctrl_c_asks_and_never_reaches_the_trainer(training: Any, launch: Any, open_terminal: OpenTerminal) -> None:
    terminal = open_terminal("attach", str(training.path))
    terminal.wait_for("guarded")
    terminal.press("\x03")
    terminal.wait_for("Leave?")
    for word in ("detach", "abort: stop the run", "cancel"):
        terminal.wait_for(word)
    terminal.press("c")
    terminal.wait_for(lambda: "Leave?" not in terminal.text)
    terminal.press("\x03")
    terminal.wait_for("Leave?")
    terminal.press("d")
    assert terminal.wait_for_exit() == 0
    assert len(launch.list_members()) == 1
    assert read_run(training.path).stop is None


@pytest.mark.fault(4)
def test_ctrl_z_gives_the_terminal_back_until_fg(training: Any, launch: Any, tmp_path: Any, happened: Happened) -> None:
    terminal = Terminal(["bash", "--norc", "-i"], tmp_path)
    try:
        terminal.press(f"{' '.join(map(_quote, AMN_TUI))} attach {training.path}\n")
        terminal.wait_for("◆ guarded")
        terminal.press("\x1a")
        terminal.wait_for("Stopped")
        assert b"\x1b[?1049l" in terminal.raw
        terminal.press("stty -a | tr ' ' '\\n' | grep -c -E '^(icanon|echo|isig);?$'\n")
        terminal.wait_for("\n3 ")
        terminal.press("fg\n")
        terminal.wait_for("◆ guarded")
        terminal.press("q")
        terminal.wait_for("goes on")
    finally:
        terminal.close()
    assert len(launch.list_members()) == 1
    happened("suspended with icanon, echo and isig on; fg brings the screen back")


def _read_head(terminal: Terminal) -> list[str]:
    terminal.feed(0.05)
    return terminal.screen.display[:6]


@pytest.mark.fault(15)
def test_of_two_monitors_one_aborts_and_both_see_the_same(
    training: Any, launch: Any, open_terminal: OpenTerminal, happened: Happened
) -> None:
    both = [open_terminal("attach", str(training.path)) for _ in range(2)]
    for terminal in both:
        terminal.wait_for("guarded")
        terminal.press("a")
        terminal.wait_for("Stop")
    for terminal in both:
        terminal.press("y")
    for terminal in both:
        terminal.wait_for("ABORTED BY OPERATOR")
    asked = [line for line in training.guard_log.read_text().splitlines() if '"stop_asked"' in line]
    assert len(asked) == 1
    assert read_run(training.path).outcome is Outcome.ABORTED_BY_OPERATOR
    for terminal in both:
        terminal.wait_for(lambda: _read_head(both[0]) == _read_head(both[1]) and "ENDED" in both[0].text)
        both[0].feed()
    for terminal in both:
        terminal.press("q")
        assert terminal.wait_for_exit() == ExitCode.STOPPED_BY_OPERATOR
    happened("two aborts at once: one stop, two equal screens")
