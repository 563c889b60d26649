"""A monitor that is stopped and goes on, by ctrl+z or by a signal that it cannot see: its screen is all there again."""

import shlex
import signal
import termios
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.real import AMN_TUI, Terminal

pytestmark = [pytest.mark.slow, pytest.mark.fault(4)]

Happened = Callable[[str], None]
ENDED = str(Path(__file__).parents[2] / "sample_logs" / "healthy")  # nothing on its screen changes by itself
WORDS = ("ENDED COMPLETED", "preflight", "beats trivial", "speed and system", "q leave")
TIMES = 3


def test_fg_brings_back_a_screen_on_which_nothing_changes(tmp_path: Path, happened: Happened) -> None:
    terminal = Terminal(["bash", "--norc", "-i"], tmp_path)
    try:
        terminal.press(f"{shlex.join(AMN_TUI)} attach {ENDED}\n")
        terminal.wait_for("speed and system")
        for _ in range(TIMES):
            terminal.press("\x1a")
            terminal.wait_for("Stopped")
            terminal.screen.reset()  # as a terminal does with its second screen
            terminal.press("fg\n")
            for word in WORDS:
                terminal.wait_for(word)
    finally:
        terminal.close()
    happened("the screen of a run that has ended is drawn whole after fg")


def test_who_is_stopped_from_outside_takes_the_terminal_once(
    open_terminal: Callable[..., Terminal], happened: Happened
) -> None:
    terminal = open_terminal("attach", ENDED)
    terminal.wait_for("speed and system")
    process = psutil.Process(terminal.process.pid)
    threads = process.num_threads()
    for _ in range(TIMES):
        terminal.process.send_signal(signal.SIGSTOP)
        terminal.wait_for(lambda: process.status() == psutil.STATUS_STOPPED)
        terminal.screen.reset()
        terminal.process.send_signal(signal.SIGCONT)
        for word in WORDS:
            terminal.wait_for(word)
    assert process.num_threads() == threads
    terminal.press("?")
    terminal.wait_for("this help")
    terminal.press("\x1b")
    terminal.wait_for(lambda: "this help" not in terminal.text)
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    assert termios.tcgetattr(terminal.side) == terminal.settings
    happened(f"SIGSTOP and SIGCONT {TIMES} times: the same {threads} threads, q ends it, termios as before")
