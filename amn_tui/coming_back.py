"""Before a run is shown again: a folder in which nothing ran is refused, a run whose guard was killed gets another."""

import sys
from pathlib import Path

from amn_tui.run.claim import say_incomplete
from amn_tui.run.folder import RunFolder
from amn_tui.run.liveness import look_at, this_machine
from amn_tui.run.session import name_operator
from amn_tui.run.text import sanitize
from amn_tui.ui.splash import lift
from checks.errors import InputError


def come_back(path: Path, *, read_only: bool, on_screen: bool) -> None:
    """Arm a guard again where one was killed, unless this is `read_only`; raises InputError for an incomplete run.

    `on_screen`: who comes can answer an alarm, so that a gate that failed meanwhile waits for an answer.
    """
    folder = RunFolder(path)
    if words := say_incomplete(folder):
        raise InputError(path, "", words, "a run")
    if read_only:
        return
    if not look_at(folder, this_machine()).orphaned:
        return
    from amn_tui.run.adoption import rearm  # it knows the guard, which takes a while to import and is seldom needed

    lift()
    try:
        armed = rearm(folder, by=name_operator() if on_screen else "")
    except OSError as error:
        sys.stderr.write(f"amn-tui: {sanitize(str(path))}: no guard could be armed: {error.strerror}\n")
        return
    if armed:
        sys.stderr.write(f"amn-tui: {sanitize(str(path))}: its guard was killed; another one takes the run over\n")
