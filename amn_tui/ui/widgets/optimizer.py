"""What the optimizer does: learning rate and gradient norm."""

import math

from amn_tui.run.model import Run
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Tone
from amn_tui.ui.quantity import format_number
from amn_tui.ui.trend import Trend, draw_trends, flow_trends, list_history
from amn_tui.ui.widgets.pane import TALL_ROWS, Pane, find_budget

RATE_ROWS = 10  # one row in so many of the screen's may be the optimizer's
RATES = (("lr", "lr"), ("grad_norm", "grad norm"))


def pick_optimizer(run: Run) -> tuple[Trend, ...]:
    """Return what the log says of the optimizer; between two epochs the numbers of the last one stand."""
    newest = run.curve.step or run.curve.last
    values = newest.values if newest else {}
    return tuple(_make_trend(run, name, label, values[name]) for name, label in RATES if name in values)


def _make_trend(run: Run, name: str, label: str, value: float) -> Trend:
    say = say_rate if name == "lr" else format_number
    return Trend(label, say(value), list_history(run, name), tone=Tone.TRAIN, say=say, whole=True)


def say_rate(value: float) -> str:
    """Return a learning rate with the three digits that say something."""
    return f"{value:.3g}" if math.isfinite(value) else format_number(value)


def draw_optimizer(datum: tuple[Trend, ...], width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Draw rows, or one line on a screen of less than TALL_ROWS; `height` is that of the screen."""
    if height >= TALL_ROWS:
        return draw_trends(datum, width, glyphs, find_budget(height, RATE_ROWS))
    return [flow_trends(datum, width, glyphs)] if datum else []


class Optimizer(Pane):
    """Learning rate and gradient norm."""

    def pick(self, run: Run, now: float) -> tuple[Trend, ...]:  # noqa: ARG002 (the clock changes nothing here)
        """Gather the newest numbers."""
        return pick_optimizer(run)

    def draw(self, datum: tuple[Trend, ...], width: int, height: int) -> list[Line]:  # noqa: ARG002 (as high as it is)
        """Draw them."""
        return draw_optimizer(datum, width, self.app.size.height, self.glyphs)
