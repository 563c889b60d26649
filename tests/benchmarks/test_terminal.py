"""The terminal of the benchmarks reads what a program draws, answers what it asks, and knows what it costs."""

import sys

import pytest

from benchmarks.terminal import Terminal

ASKS = """
import os, tty
tty.setcbreak(0)
os.write(1, b"\\x1b[c")
answer = b""
while not answer.endswith(b"c"):
    answer += os.read(0, 1)
os.write(1, b"\\x1b[31mansw\\x1b[1mered\\x1b[0m ")
key = os.read(0, 1)
sum(range(10**7))
os.write(1, key + b" done")
os.read(0, 1)
"""


@pytest.mark.slow
def test_what_a_program_draws_and_costs() -> None:
    with Terminal([sys.executable, "-c", ASKS]) as terminal:
        terminal.wait_for("answered", timeout_s=30)
        terminal.press("x")
        cost = terminal.measure(lambda: terminal.wait_for("done", timeout_s=30))
        assert "answered x done" in terminal.text()
        assert cost.cpu_s > 0
        assert cost.drawn_bytes == len("x done")
        assert terminal.rss_mb() > 1


@pytest.mark.slow
def test_a_program_that_ends_is_no_screen() -> None:
    with Terminal([sys.executable, "-c", "print('short')"]) as terminal, pytest.raises(RuntimeError, match="short"):
        terminal.wait_for("never", timeout_s=30)
