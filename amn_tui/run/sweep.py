"""Which processes belong to a run: found by parents, by session, and by the mark in their environment."""

import contextlib
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from amn_tui.run.folder import RunFolder, read_place
from amn_tui.run.guard_events import ProcessIdentity, Rung
from amn_tui.run.process import identify_row, send_signals
from amn_tui.run.process_table import ProcessRow, list_rows, read_variable, walk_descendants

RUN_ID_VARIABLE = "AMN_RUN_ID"


@dataclass(frozen=True, slots=True)
class RunMark:
    """What a run's processes have in common: the guard above them, the trainer's session, and the run's id.

    A guard that has not reaped the trainer keeps its number, which is its session's, from being anybody else's; for
    one that adopted it, a session whose number another process has now is none of the run's.
    """

    guard_pid: int
    trainer: ProcessIdentity
    run_id: str


def list_members(mark: RunMark, rows: Sequence[ProcessRow] | None = None) -> list[ProcessRow]:
    """Return the live processes of the run, the guard left out; `rows` are all processes, read now if not given."""
    rows = list_rows() if rows is None else rows
    below = {row.pid for row in walk_descendants(mark.guard_pid, rows)}
    holder = next((row for row in rows if row.pid == mark.trainer.pid), None)
    if holder is not None and holder.start_ticks == mark.trainer.start_ticks:
        below |= {holder.pid, *(row.pid for row in walk_descendants(holder.pid, rows))}
    own = holder is None or holder.start_ticks == mark.trainer.start_ticks
    return [row for row in rows if not row.ended and row.pid != mark.guard_pid and _belongs(row, mark, below, own)]


def _belongs(row: ProcessRow, mark: RunMark, below: set[int], own: bool) -> bool:
    """Tell whether a process is of the run; `own`: the number of its session is not another process's now."""
    if row.pid in below:
        return True
    if row.start_ticks < mark.trainer.start_ticks:
        return False
    return (own and row.session == mark.trainer.pid) or read_variable(row.pid, RUN_ID_VARIABLE) == mark.run_id


def find_marked(place: str) -> ProcessIdentity | None:
    """Return the trainer of the run folder at that place, known by its session and its mark alone; None without one."""
    leaders = [row for row in list_rows() if row.session == row.pid and not row.ended]
    marked = [row for row in leaders if _names_place(read_variable(row.pid, RUN_ID_VARIABLE), place)]
    return identify_row(min(marked, key=lambda row: row.start_ticks)) if marked else None


def _names_place(run_id: str, place: str) -> bool:
    return bool(run_id) and read_place(RunFolder(Path(run_id))) == place


def push(rung: Rung, mark: RunMark) -> tuple[tuple[int, ...], frozenset[int]]:
    """Send what a rung of the stop sends; return the pids it was meant for, and those that may not be signalled."""
    members = [] if rung is Rung.REQUEST else list_members(mark)
    if rung is Rung.TERM_MAIN:
        members = [row for row in members if row.pid == mark.trainer.pid]
    # A stopped process takes SIGTERM only once it goes on.
    numbers = (signal.SIGKILL,) if rung is Rung.KILL_ALL else (signal.SIGTERM, signal.SIGCONT)
    return tuple(row.pid for row in members), send_signals(map(identify_row, members), *numbers)


def reap_orphans(trainer_pid: int, rows: Sequence[ProcessRow]) -> None:
    """Let ended descendants that came to this process go; the trainer stays, its number is still needed."""
    for row in rows:
        if row.ended and row.parent == os.getpid() and row.pid != trainer_pid:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(row.pid, os.WNOHANG)
