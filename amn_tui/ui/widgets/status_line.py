"""The whole run in one line, for a screen that has room for no more."""

from amn_tui.run.model import Run
from amn_tui.ui.chart.gather import choose_metric
from amn_tui.ui.line import Line, Part, Tone
from amn_tui.ui.quantity import format_duration, format_number
from amn_tui.ui.widgets.header import OUTCOME_TONES, PHASE_TONES, say_epoch
from amn_tui.ui.widgets.pane import Pane

StatusDatum = tuple[Part, ...]


def pick_status(run: Run, now: float) -> StatusDatum:
    """Say what matters most first: what is cut off at the end matters least."""
    if run.alarm:
        left = format_duration(run.alarm.deadline - now)
        return (Part("ALARM ", Tone.FAIL), Part(left, Tone.STRONG), Part(f" {run.alarm.gate}: {run.alarm.words}"))
    if run.outcome:
        return (Part(run.outcome.replace("_", " "), OUTCOME_TONES[run.outcome]), Part(f" {run.name}"))
    metric = choose_metric(run)
    last = run.curve.last.values.get(metric) if run.curve.last else None
    guard = Part(" UNGUARDED", Tone.FAIL) if run.unguarded else Part("")
    value = Part(f" {format_number(last)}", Tone.VAL) if last is not None else Part("")
    return (
        Part(run.phase, PHASE_TONES[run.phase]),
        guard,
        Part(f" {say_epoch(run)}"),
        value,
        Part(f" {run.name}", Tone.DIM),
    )


class StatusLine(Pane):
    """One line."""

    TICKS = True

    def pick(self, run: Run, now: float) -> StatusDatum:
        """Say it."""
        return pick_status(run, now)

    def draw(self, datum: StatusDatum, width: int, height: int) -> list[Line]:  # noqa: ARG002 (one line)
        """Draw it."""
        return [datum]
