"""Nothing draws on the terminal but the screen: no process of a run, no thread, no library."""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import TrainerStarted
from amn_tui.run.session import read_run
from amn_tui.ui.run_monitor import _faults_of_threads
from checks.jsonl import decode_line
from tests.ui import conftest as ui

Happened = Callable[[str], None]
OpenTerminal = Callable[..., Any]

STRAY = """
os.write(1, b'STRAY1 from the trainer\\n'); os.write(2, b'STRAY2\\n')
os.system('echo STRAY3; echo STRAY4 >&2')
try:
    with open('/dev/tty', 'w') as tty: tty.write('STRAY5')
except OSError as error: print('no tty:', error.errno)
child = subprocess.Popen([sys.executable, '-c', 'import signal; print("STRAY6"); signal.pause()'])
say(1, val_cosine=0.5)
idle()
"""


@pytest.mark.slow
@pytest.mark.fault(55)
def test_no_process_of_a_run_has_the_terminal(tmp_path: Path, open_terminal: OpenTerminal, happened: Happened) -> None:
    (tmp_path / "train.py").write_text(
        "import os, signal, subprocess, sys\n"
        "def say(n, **v): print(f'2026-11-22T10:24:40Z Epoch {n}/3 done val_cosine=0.5', flush=True)\n"
        "def idle(): signal.pause()\n" + STRAY
    )
    terminal = open_terminal("launch", "--run-dir", "run", "--", sys.executable, "train.py")
    folder = RunFolder(tmp_path / "run")
    terminal.wait_for(lambda: folder.log.exists() and b"STRAY6" in folder.log.read_bytes())
    terminal.wait_for("Epoch 1/3 done")
    lines = folder.guard_log.read_bytes().splitlines()
    (started,) = [event for line in lines if (event := decode_line(line, [TrainerStarted])) is not None]
    trainer = psutil.Process(started.trainer.pid)
    guard = trainer.parent()
    assert guard is not None
    processes = [guard, trainer, *trainer.children(recursive=True)]
    assert len(processes) >= 3
    targets = {str(link.readlink()) for process in processes for link in Path(f"/proc/{process.pid}/fd").iterdir()}
    assert not [target for target in targets if target.startswith(("/dev/pts", "/dev/tty"))]
    assert all(process.terminal() is None for process in processes)
    assert b"STRAY5" not in folder.log.read_bytes()
    assert b"STRAY5" not in terminal.raw
    assert folder.guard_errors.read_bytes() == b""
    terminal.press("ay")
    terminal.wait_for("ABORTED BY OPERATOR")
    terminal.press("q")
    assert terminal.wait_for_exit() == 5
    assert read_run(folder.path).curve.last is not None
    happened(f"{len(processes)} processes with {len(targets)} open files: none is a terminal; /dev/tty is refused")


@pytest.mark.fault(55)
async def test_a_thread_that_fails_is_an_event(folder: RunFolder, happened: Happened, capfd: Any) -> None:
    app, _ = ui.make_app(folder, ui.healthy())

    def fail() -> None:
        raise RuntimeError("the \x1b[31mdisk[/red] is gone")

    with _faults_of_threads(app):
        async with app.run_test(size=(100, 30)) as pilot:
            await ui.open_run(pilot, app)
            failing = threading.Thread(target=fail, name="reader")
            failing.start()
            failing.join()
            await ui.settle(pilot, lambda: app.shown is not None and "reader" in app.shown.problems)
            assert "PROBLEM  reader: RuntimeError: the disk[/red] is gone" in ui.read_screen(app)
    assert "Traceback" not in "".join(capfd.readouterr())
    happened("a thread that raised: a banner says which and what, nothing is written over the screen")


@pytest.mark.slow
@pytest.mark.fault(55)
def test_what_is_printed_beneath_the_screen_stays_beneath(
    tmp_path: Path, open_terminal: OpenTerminal, happened: Happened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A print, a warning and a logged error of a library within the monitor's own process."""
    site = tmp_path / "site"
    site.mkdir()
    noise = """
import logging, sys, threading, time, warnings
def shout():
    while 'textual.app' not in sys.modules: time.sleep(0.05)
    for _ in range(20):
        print('STRAY print'); warnings.warn('STRAY warning'); logging.getLogger('x').error('STRAY error')
        time.sleep(0.05)
    open(__file__ + '.done', 'w').close()
if 'attach' in sys.argv or any('attach' in part for part in getattr(sys, 'orig_argv', [])):
    threading.Thread(target=shout, daemon=True).start()
"""
    (site / "sitecustomize.py").write_text(noise)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])]))
    ui.write_folder(tmp_path / "run", ui.completed())
    terminal = open_terminal("attach", "run")
    terminal.wait_for("COMPLETED")
    terminal.wait_for((site / "sitecustomize.py.done").exists)
    assert "STRAY" not in terminal.text
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    happened("prints, warnings and logged errors within the monitor: none on the screen")
