"""How other runs under the same root stood at a gate: their value there, and what the gate says of it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from amn_tui.run.curve import Curve, apply_log
from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import RunEnded
from amn_tui.run.history import read_baselines
from amn_tui.run.model import Logged
from amn_tui.run.outcome import Outcome
from amn_tui.run.source import LogSource, RecordSource
from checks.gate import Gate, Judgement, judge
from checks.verdict import Verdict
from trainer.events import Stepped

MOST_RUNS = 20
MOST_CHUNKS = 16  # of a log: a run of which this much says nothing of the epoch is passed over
MOST_ENTRIES = 2000  # of the root that are looked at


@dataclass(frozen=True, slots=True)
class Standing:
    """One run at a gate; `judgement` has no verdict where that run never came so far."""

    name: str
    judgement: Judgement
    outcome: Outcome | None


def list_siblings(path: Path) -> list[Path]:
    """Return the other run folders beside `path`, the one that was written to last first."""
    found: list[tuple[float, Path]] = []
    own = path.absolute()
    try:
        for number, entry in enumerate(own.parent.iterdir()):
            if number >= MOST_ENTRIES:
                break
            log = RunFolder(entry).log
            if entry != own and not entry.is_symlink() and log.is_file() and not log.is_symlink():
                found.append((log.stat().st_mtime, entry))
    except OSError:
        return []
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0], reverse=True)][:MOST_RUNS]


def read_standings(path: Path, gate: Gate, stopped: Callable[[], bool] = lambda: False) -> Iterator[Standing]:
    """Yield how the runs beside `path` stood at `gate`, newest first; `stopped` ends it between two reads.

    Bounds that refer to a baseline are resolved with that of the run itself. What cannot be read is passed over.
    """
    for sibling in list_siblings(path):
        if stopped():
            return
        folder = RunFolder(sibling)
        curve = _read_curve(folder, gate, stopped)
        if not curve.epochs:
            continue
        judgement = judge(gate, curve.epochs, read_baselines(folder))
        yield Standing(sibling.name, _look(gate, judgement, curve), _read_outcome(folder))


def _read_curve(folder: RunFolder, gate: Gate, stopped: Callable[[], bool]) -> Curve:
    """Read epochs until the gate's own is among them; the steps between say nothing of it."""
    curve = Curve()
    with closing(LogSource(folder.log)) as source:
        for _ in range(MOST_CHUNKS):
            for event in source.read():
                if isinstance(event, Logged) and not isinstance(event.event, Stepped):
                    curve = apply_log(curve, event.event)
            reached = gate.at is not None and curve.last is not None and curve.last.epoch >= gate.at
            if reached or not source.more or stopped():
                break
    return curve


def _look(gate: Gate, judgement: Judgement, curve: Curve) -> Judgement:
    """Keep the newest value of a gate that is judged again and again beside its verdict."""
    if judgement.verdict is None or gate.at is not None or judgement.verdict is Verdict.FAIL:
        return judgement
    values = curve.list_values(gate.metric)
    return replace(judgement, epoch=values[-1][0], value=values[-1][1]) if values else judgement


def _read_outcome(folder: RunFolder) -> Outcome | None:
    with closing(RecordSource(folder.guard_log, (RunEnded,))) as source:
        ended = [event for event in source.read() if isinstance(event, RunEnded)]
    return ended[-1].outcome if ended else None
