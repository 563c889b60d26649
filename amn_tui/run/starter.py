"""python -m amn_tui.run.starter RUN_DIR LAUNCHED_AT: one detached process that checks, then becomes the guard.

It is the guard's process from the first moment on, so that a launch goes on whatever becomes of the terminal.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from amn_tui.run.control import CONTROL_EVENTS, AbortAsked
from amn_tui.run.detached import open_errors, spawn_detached
from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import RunEnded
from amn_tui.run.guard_record import GuardRecord
from amn_tui.run.lock import hand_on, take_lock
from amn_tui.run.outcome import ExitCode, Outcome
from amn_tui.run.plan_file import read_own_plan
from amn_tui.run.process import end_with_parent, identify_self
from amn_tui.run.secret import COMMAND_VARIABLE, hand_on_command
from amn_tui.run.source import RecordSource
from amn_tui.run.trainer_process import read_last_line
from checks.errors import InputError

PREFLIGHT_CODES = (0, ExitCode.BLOCKED)
LOOK_EVERY_S = 0.2
SIGN_EVERY_S = 2.0
KILL_AFTER_S = 5.0


def spawn_starter(folder: RunFolder, argv: Sequence[str], lock: int | None = None) -> None:
    """Start the process that checks, trains and guards: a session of its own, nothing of this terminal's.

    `argv` is the trainer's whole command, of which the plan has the masked form; a `lock` that is held is handed on.
    """
    environment = dict(os.environ)
    hand_on_command(argv, environment)
    try:
        spawn_detached(folder, "amn_tui.run.starter", repr(time.time()), environment=environment, lock=lock)
    finally:
        if lock is not None:
            os.close(lock)


def start(folder: RunFolder, began_s: float, terminated: threading.Event) -> int:
    """Run preflight if the plan has any; return an exit code when that was the end, else 0: the guard may go on.

    What operators asked before `began_s` (Unix seconds, the launch) was meant for an earlier part of the run;
    `terminated` is set when this process itself is told to end.
    """
    plan, _ = read_own_plan(folder.plan)
    if plan.prepared is None or not plan.prepared.preflight_argv:
        return 0
    argv = [*plan.prepared.preflight_argv, "--output", str(folder.preflight)]
    environment = {name: value for name, value in os.environ.items() if name != COMMAND_VARIABLE}
    with os.fdopen(open_errors(folder), "ab") as errors:
        child = subprocess.Popen(  # what checks ends with us, else it would go on for nobody
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, env=environment,
            preexec_fn=end_with_parent,
        )  # fmt: skip
        code, asked = _watch(folder, child, began_s, terminated)
    if asked is not None:
        words = f"stopped by {asked.by} before training began"
        return _end(folder, Outcome.ABORTED_BY_OPERATOR, words, ExitCode.STOPPED_BY_OPERATOR)
    if code not in PREFLIGHT_CODES:
        words = f"preflight could not run (exit {code}): {_read_end(folder.guard_errors)}"
        return _end(folder, Outcome.CRASHED, words, ExitCode.CRASHED)
    return code


def _watch(
    folder: RunFolder, child: subprocess.Popen[bytes], began_s: float, terminated: threading.Event
) -> tuple[int, AbortAsked | None]:
    """Wait for the checks and show a sign of life meanwhile; an abort that is asked for now ends them."""
    requests, record = RecordSource(folder.control, CONTROL_EVENTS), GuardRecord(folder, identify_self())
    signed_s = 0.0
    while True:
        if time.monotonic() - signed_s >= SIGN_EVERY_S:
            signed_s = time.monotonic()
            record.sign(None, "preflight")
        if terminated.is_set():
            return _stop(child), AbortAsked(time.time(), "signal SIGTERM")
        for event in requests.read():
            if isinstance(event, AbortAsked) and event.time >= began_s:
                return _stop(child), event
        try:
            return child.wait(LOOK_EVERY_S), None
        except subprocess.TimeoutExpired:
            continue


def _stop(child: subprocess.Popen[bytes]) -> int:
    child.terminate()
    try:
        return child.wait(KILL_AFTER_S)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def _end(folder: RunFolder, outcome: Outcome, words: str, code: int) -> int:
    record = GuardRecord(folder, identify_self())
    record.record(RunEnded(time.time(), outcome, words))
    return code if record.settle() else ExitCode.ERROR


def _read_end(path: Path) -> str:
    return read_last_line(path) or "it said nothing"


def main() -> None:
    """Check, then become the guard: the same process, by exec, so that the checks' memory is gone."""
    folder, began_s = RunFolder(Path(sys.argv[1]).absolute()), float(sys.argv[2])
    terminated = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: terminated.set())
    try:
        lock = take_lock(folder)
        code = start(folder, began_s, terminated)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        code = ExitCode.ERROR
    if code:
        sys.exit(code)
    hand_on(lock)
    # A signal that comes while one program gives way to the other waits for the guard.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    if terminated.is_set():
        signal.raise_signal(signal.SIGTERM)
    argv = [sys.executable, "-P", "-m", "amn_tui.run.guard", str(folder.path), repr(began_s)]
    os.execv(sys.executable, argv)  # noqa: S606 (the same process goes on, so that its identity does)


if __name__ == "__main__":
    main()
