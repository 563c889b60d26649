"""abort: ask for the stop of a run from the command line, and wait until it is over."""

import sys
import time
from pathlib import Path

from amn_tui.run.control import AbortAsked
from amn_tui.run.folder import RunFolder, check_readable
from amn_tui.run.outcome import ExitCode
from amn_tui.run.session import name_operator, read_run
from amn_tui.run.stop_request import ask_to_stop
from amn_tui.run.text import sanitize
from amn_tui.ui.plain import run_plain


def abort_run(path: Path, reason: str) -> int:
    """Ask for the stop and show it happen; exit code as of attach, 7 when there is nothing to stop."""
    check_readable(path)
    run = read_run(path)
    if run.ended is not None:
        sys.stderr.write(f"amn-tui: {path}: already ended: {run.ended.outcome}: {sanitize(run.ended.words)}\n")
        return ExitCode.LOST
    if run.guard is None or (run.guard.alive is False and not run.guard.trainer_alive):
        sys.stderr.write(f"amn-tui: {path}: nothing runs here that could be stopped\n")
        return ExitCode.LOST
    asked_s = time.time()
    request = AbortAsked(asked_s, name_operator(), reason)
    reads_control = run.plan is not None and run.plan.run.is_ours
    if words := ask_to_stop(RunFolder(path), request, reads_control=reads_control):
        sys.stderr.write(f"amn-tui: {sanitize(words)}\n")
    return run_plain(path, since_s=asked_s)
