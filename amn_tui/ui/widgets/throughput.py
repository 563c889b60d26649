"""How far the run is, and how fast it goes."""

import math
from dataclasses import dataclass

from amn_tui.run.model import Run
from amn_tui.ui.bar import draw_bar
from amn_tui.ui.eta import count_done, measure_epoch_s
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Tone, say_dim
from amn_tui.ui.quantity import format_count, format_duration
from amn_tui.ui.trend import Trend, draw_trends, list_history
from amn_tui.ui.widgets.pane import TALL_ROWS, Pane, find_budget

SPEED_ROWS = 14  # one row in so many of the screen's may be the speeds'


@dataclass(frozen=True, slots=True)
class ThroughputDatum:
    """Where the run is, and its speeds."""

    epoch: int
    epochs: int | None
    done: float
    step: int
    steps: int | None
    speeds: tuple[Trend, ...]


def pick_throughput(run: Run) -> ThroughputDatum:
    """Gather how far the run is; after an epoch no step of the next one has been made yet."""
    curve = run.curve
    newest = curve.step or curve.last
    epoch, step = newest.epoch if newest else 0, curve.step.step or 0 if curve.step else 0
    steps = curve.total_steps if curve.step else None
    return ThroughputDatum(epoch, curve.total_epochs, count_done(curve), step, steps, _list_speeds(run))


def _list_speeds(run: Run) -> tuple[Trend, ...]:
    newest = run.curve.step or run.curve.last
    values = newest.values if newest else {}
    speeds = []
    if "samples_per_s" in values:
        speeds.append(Trend("samples/s", format_count(values["samples_per_s"])))
    if per_epoch := measure_epoch_s(run.curve):
        seconds = tuple(value for value in list_history(run, "seconds") if math.isfinite(value))
        speeds.append(
            Trend(
                "per epoch",
                format_duration(per_epoch),
                seconds,
                tone=Tone.TRAIN,
                say=say_seconds,
            )
        )
    return tuple(speeds)


def say_seconds(value: float) -> str:
    """Return a short time with a digit behind the point, a longer one as a clock has it."""
    return f"{value:.1f} s" if value < 60 else format_duration(value)


def draw_throughput(datum: ThroughputDatum, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Draw the bars, and below them the speeds where the screen, `height` rows in all, has room."""
    if not datum.epoch:
        return say_dim("no step has been logged yet", width)
    bars = [("epoch", datum.epoch, datum.epochs, datum.done / datum.epochs if datum.epochs else None)]
    if datum.steps:
        bars.append(("step", datum.step, datum.steps, datum.step / datum.steps))
    heads = [f"{label:<6} {at}" + (f"/{total}" if total else "") for label, at, total, _ in bars]
    cells = max(map(len, heads))
    lines = [draw_bar(head.ljust(cells), bar[3], width, glyphs) for head, bar in zip(heads, bars, strict=True)]
    if height < TALL_ROWS:
        return lines
    return [*lines, *draw_trends(datum.speeds, width, glyphs, find_budget(height, SPEED_ROWS))]


class Throughput(Pane):
    """Bars and speeds."""

    def pick(self, run: Run, now: float) -> ThroughputDatum:  # noqa: ARG002 (the clock changes nothing here)
        """Gather the newest numbers."""
        return pick_throughput(run)

    def draw(self, datum: ThroughputDatum, width: int, height: int) -> list[Line]:  # noqa: ARG002 (as high as it is)
        """Draw them."""
        return draw_throughput(datum, width, self.app.size.height, self.glyphs)
