"""abort: ask for the stop of a run from the command line, and wait until it is over."""

import sys
import time
from pathlib import Path

from amn_tui.run.claim import say_incomplete
from amn_tui.run.control import AbortAsked
from amn_tui.run.folder import RunFolder, check_readable
from amn_tui.run.guard_events import Rung, StopAsked, StopEscalated
from amn_tui.run.outcome import ExitCode, Phase
from amn_tui.run.session import name_operator, read_run
from amn_tui.run.stop_request import ask_to_stop
from amn_tui.run.text import sanitize
from amn_tui.ui.plain import run_plain


def _say_standing(stop: StopAsked, rung: StopEscalated | None) -> str:
    words = f"is being stopped already, by {stop.by}"
    if rung is None:
        return words
    number = list(Rung).index(rung.rung) + 1
    wait = "" if rung.next_at is None else f"; the next one comes in {max(0.0, rung.next_at - time.time()):.0f} s"
    return f"{words}: step {number} of {len(Rung)}, {rung.rung}{wait}"


def abort_run(path: Path, reason: str) -> int:
    """Ask for the stop and show it happen; exit code as of attach, 7 when there is nothing to stop."""
    check_readable(path)
    if words := say_incomplete(RunFolder(path.absolute())):
        sys.stderr.write(f"amn-tui: {path}: nothing runs here: {words}\n")
        return ExitCode.LOST
    run = read_run(path)
    if run.ended is not None:
        sys.stderr.write(f"amn-tui: {path}: already ended: {run.ended.outcome}: {sanitize(run.ended.words)}\n")
        return ExitCode.LOST
    if run.guard is None or (run.guard.alive is False and not run.guard.trainer_alive):
        sys.stderr.write(f"amn-tui: {path}: nothing runs here that could be stopped\n")
        return ExitCode.LOST
    if run.phase is Phase.STOPPING and run.stop is not None:
        sys.stderr.write(f"amn-tui: {path}: {sanitize(_say_standing(run.stop, run.rung))}\n")
    asked_s = time.time()
    request = AbortAsked(asked_s, name_operator(), reason)
    reads_control = run.plan is not None and run.plan.run.is_ours
    if words := ask_to_stop(RunFolder(path.absolute()), request, reads_control=reads_control):
        sys.stderr.write(f"amn-tui: {sanitize(words)}\n")
    return run_plain(path, since_s=asked_s)
