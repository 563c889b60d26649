"""What an earlier part of the run, or its preflight, left for the guard to know."""

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import AlarmRaised, AlarmWaived
from amn_tui.run.source import RecordSource
from checks.result import PreflightEnded


def read_baselines(folder: RunFolder) -> dict[str, float]:
    """Return the trivial predictors' cosines of the latest preflight, keyed "baseline.NAME"."""
    source = RecordSource(folder.preflight, (PreflightEnded,))
    ended = [event for event in source.read() if isinstance(event, PreflightEnded)]
    source.close()
    return {f"baseline.{name}": value for name, value in ended[-1].baselines.items()} if ended else {}


def read_waived_gates(folder: RunFolder) -> frozenset[str]:
    """Return the gates whose alarm somebody waived: they are not raised again when the run goes on."""
    source = RecordSource(folder.guard_log, (AlarmRaised, AlarmWaived))
    gates: dict[int, str] = {}
    waived: set[str] = set()
    for event in source.read():
        if isinstance(event, AlarmRaised):
            gates[event.alarm] = event.gate
        elif isinstance(event, AlarmWaived):
            waived.add(gates.get(event.alarm, ""))
    source.close()
    return frozenset(waived - {""})
