"""Why a run ended that nobody wanted to end: killed, out of memory, disk full, its own error, or a person."""

import re
from collections.abc import Sequence

from amn_tui.run.diagnosis import commands
from amn_tui.run.diagnosis.evidence import Evidence
from amn_tui.run.diagnosis.finding import LIKELY, POSSIBLE, SURE, Cause, Finding, Step
from amn_tui.run.outcome import Outcome

LITTLE_DISK_BYTES = 500_000_000
_MEMORY = re.compile(r"(?i)\bout of memory\b|\bMemoryError\b|cannot allocate memory|bad_alloc")
_DISK = re.compile(r"(?i)no space left on device|disk quota exceeded|disk is full")
_ERROR = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Interrupt)\b.*")


def find_out_of_memory(evidence: Evidence) -> Finding | None:
    """SURE when the kernel's killer was at work or the log's last lines speak of memory, of a run that ended badly."""
    if evidence.outcome not in (Outcome.CRASHED, Outcome.LOST):
        return None
    lines = [line for line in (evidence.words, *evidence.tail[-30:]) if _MEMORY.search(line)]
    if not lines:
        return None
    batch = evidence.get_setting("batch_size")
    smaller = {"batch_size": max(1, int(batch) // 2)} if batch and batch >= 2 else {"table": "mapped"}
    return Finding(
        Cause.OUT_OF_MEMORY, "the trainer ran out of memory", SURE, (*_quote(lines), *_say_where(evidence)),
        Step("Halve the batch, or leave the vectors in their file (train.table = mapped).",
             commands.relaunch(evidence, **smaller)),
    )  # fmt: skip


def find_full_disk(evidence: Evidence) -> Finding | None:
    """SURE when the run's end or the log speak of a full disk; LIKELY when next to nothing is free."""
    lines = [line for line in (evidence.words, *evidence.tail[-30:], *evidence.problems.values()) if _DISK.search(line)]
    free = evidence.disk_free_bytes
    little = free is not None and free < LITTLE_DISK_BYTES
    if not lines and not little:
        return None
    room = (f"{free / 1e6:,.0f} MB were free when it was last measured",) if free is not None else ()
    return Finding(
        Cause.DISK_FULL, "the disk of the run is full", SURE if lines else LIKELY, (*_quote(lines), *room),
        Step("Make room first; then go on.", f"df -h {commands.quote(evidence.path)} && {commands.resume(evidence)}"),
    )  # fmt: skip


def find_killed(evidence: Evidence) -> Finding | None:
    """0.9 when a signal ended the trainer that nobody of us sent, and memory does not explain it."""
    if evidence.outcome is not Outcome.CRASHED or not evidence.signal or evidence.stopped_by:
        return None
    if evidence.signal in ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE"):
        hint = "it is a fault in native code (a driver, a library), or an assertion of it"
    else:
        hint = "somebody, a job scheduler or the kernel did it: neither the guard nor an operator asked for a stop"
    return Finding(
        Cause.KILLED, f"the trainer was killed by {evidence.signal}", 0.9,
        (evidence.words, hint, *_say_where(evidence)), _go_on(evidence),
    )  # fmt: skip


def find_crash(evidence: Evidence) -> Finding | None:
    """0.9 when the trainer ended with an error of its own, LIKELY when nobody saw how it ended."""
    if evidence.outcome is Outcome.LOST:
        lost = (evidence.words, *_say_where(evidence))
        return Finding(Cause.CRASHED, "nobody saw how the run ended", LIKELY, lost, _go_on(evidence))
    if evidence.outcome is not Outcome.CRASHED or evidence.signal:
        return None
    errors = [line for line in evidence.tail if _ERROR.match(line)]
    lines = (evidence.words, *_quote(errors[-1:]), *_say_where(evidence))
    step = Step("Read the end of the log: it says why.", commands.read_log(evidence))
    return Finding(Cause.CRASHED, "the trainer ended with an error of its own", 0.9, lines, step)


def find_stopped(evidence: Evidence) -> Finding | None:
    """POSSIBLE when a person stopped the run: it ended as it was asked to."""
    if evidence.outcome is not Outcome.ABORTED_BY_OPERATOR:
        return None
    lines = (evidence.words or f"stopped by {evidence.stopped_by}", *_say_where(evidence))
    return Finding(Cause.STOPPED, "a person stopped the run", POSSIBLE, lines, _go_on(evidence))


def find_unguarded(evidence: Evidence) -> Finding | None:
    """0.9 when the guard of a run that goes on is gone: no gate can stop it."""
    if not evidence.unguarded:
        return None
    step = Step("Attach: that arms a guard again.", commands.attach(evidence))
    return Finding(Cause.UNGUARDED, "gates are off: the guard is gone", 0.9, ("guard.json: its guard is gone",), step)


def _go_on(evidence: Evidence) -> Step:
    command = commands.resume(evidence)
    if "--resume" in command:
        return Step("Go on from the last checkpoint.", command)
    return Step("Launch it again.", command)


def _say_where(evidence: Evidence) -> tuple[str, ...]:
    """Say how far it was, and what is kept of it."""
    reached, step = evidence.reached, evidence.step
    at = f"epoch {step.epoch}, step {step.step}" if step else f"the end of epoch {reached}" if reached else "the start"
    total = f" of {evidence.total_epochs}" if evidence.total_epochs else ""
    kept = f"kept: {evidence.checkpoint}" if evidence.checkpoint else "no checkpoint is in the run folder"
    return f"it had come to {at}{total and f' ({reached}{total} epochs done)'}", kept


def _quote(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"log: {line.strip()[:200]}" for line in dict.fromkeys(lines[-2:]))
