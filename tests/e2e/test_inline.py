"""--inline on a run that goes on: lines, and on a terminal one beneath them that says where it is and fits."""

import fcntl
import os
import re
import struct
import subprocess
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from amn_tui.run.outcome import ExitCode
from tests.real import AMN_TUI, Terminal

pytestmark = pytest.mark.slow
# Steps, and an epoch, each once the test has seen what came before; then it ends with the code that it is given.
TRAINER = """
import pathlib, sys, time
def wait(name):
    until = time.monotonic() + 120  # of a test that failed nothing stays behind
    while not pathlib.Path(name).exists() and time.monotonic() < until: time.sleep(0.01)
def say(words):
    print(time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()), words)
for step in (10, 20, 30):
    say(f'Epoch 1/2 step {step}/40 loss=0.25 cosine=0.5 samples_per_s=1234.5')
    wait(f'after-{step}')
say('Epoch 1/2 done val_cosine=0.51')
wait('after-1')
say('Epoch 2/2 done val_cosine=0.62')
sys.exit(int(sys.argv[1]))
"""
WRITTEN_OVER = re.compile(r"\r\x1b\[K([^\r\n]*)(?=\r\x1b)")
COLUMNS = 60
NARROW = 40


def launch(code: int, tmp_path: Path) -> list[str]:
    (tmp_path / "train.py").write_text(TRAINER)
    python = AMN_TUI[0]
    return ["launch", "--inline", "--run-dir", "run", "--", python, "-u", "train.py", str(code)]


@pytest.mark.parametrize(("code", "expected"), [(0, ExitCode.COMPLETED), (3, ExitCode.CRASHED)])
def test_on_a_terminal_the_line_is_kept_up_to_date_to_the_end(
    open_terminal: Callable[..., Terminal], tmp_path: Path, code: int, expected: int
) -> None:
    terminal = open_terminal(*launch(code, tmp_path), columns=COLUMNS)

    def last_line() -> str:
        return next((line.rstrip() for line in reversed(terminal.screen.display) if line.strip()), "")

    terminal.wait_for(lambda: last_line().startswith("TRAINING  epoch 1/2 step 10/40  loss 0.25"))
    (tmp_path / "after-10").touch()
    terminal.wait_for(lambda: last_line().startswith("TRAINING  epoch 1/2 step 20/40"))
    assert "step 10/40" not in terminal.text  # it was written over
    wide = len(terminal.raw)
    fcntl.ioctl(terminal.side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, NARROW, 0, 0))
    (tmp_path / "after-20").touch()
    terminal.wait_for(lambda: last_line().startswith("TRAINING  epoch 1/2 step 30/40"))
    (tmp_path / "after-30").touch()
    terminal.wait_for("epoch 1/2  val_cosine=0.51")
    terminal.wait_for(lambda: last_line().startswith("TRAINING  epoch 1/2"))
    (tmp_path / "after-1").touch()
    assert terminal.wait_for_exit() == expected
    assert "epoch 2/2  val_cosine=0.62" in terminal.text
    assert "TRAINING" not in terminal.text  # of the line nothing is left
    for raw, columns in ((terminal.raw[:wide], COLUMNS), (terminal.raw[wide:], NARROW)):
        lines = WRITTEN_OVER.findall(raw.decode())
        assert any(lines)
        assert max(map(cell_len, lines)) < columns
    assert b"\x1b[?1049h" not in terminal.raw  # no other screen


@pytest.mark.parametrize(("code", "expected"), [(0, ExitCode.COMPLETED), (3, ExitCode.CRASHED)])
def test_a_dumb_terminal_and_a_pipe_get_lines_alone(
    open_terminal: Callable[..., Terminal], tmp_path: Path, code: int, expected: int
) -> None:
    arguments = launch(code, tmp_path)
    for name in ("after-10", "after-20", "after-30", "after-1"):
        (tmp_path / name).touch()
    terminal = open_terminal(*arguments, variables={"TERM": "dumb"})
    assert terminal.wait_for_exit() == expected
    arguments[arguments.index("run")] = "piped"
    environment = {**os.environ, "TERM": "xterm-256color"}
    piped = subprocess.run([*AMN_TUI, *arguments], cwd=tmp_path, capture_output=True, env=environment, check=False)
    assert piped.returncode == expected
    for raw in (terminal.raw.replace(b"\r\n", b"\n"), piped.stdout):
        assert b"epoch 1/2  val_cosine=0.51" in raw
        assert b"epoch 2/2  val_cosine=0.62" in raw
        assert b"\x1b" not in raw
        assert b"\r" not in raw
