"""What the loss is, and what it is made of: every term as a share of the whole."""

import math
from collections.abc import Mapping

from amn_tui.run.model import Run
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Tone, say_dim
from amn_tui.ui.quantity import format_number, format_share
from amn_tui.ui.trend import Trend, draw_trends, flow_trends, keep_first, list_history
from amn_tui.ui.widgets.pane import ROOMY_ROWS, TALL_ROWS, Pane, find_budget

SHARE_TONES = (Tone.VAL, Tone.OOD, Tone.TRAIN, Tone.HERE, Tone.TRIVIAL)
LOSS_ROWS = 6  # one row in so many of the screen's may be the losses'
MOST_TERMS = (3, 6)  # rows for terms: on a screen that is just tall, and on a roomy one


def pick_losses(run: Run) -> tuple[Trend, ...]:
    """Return the total, then the terms, largest share first; terms only where there are several."""
    curve = run.curve
    newest = curve.step or curve.last
    if newest is None:
        return ()
    trends = [
        _make_trend(run, label, newest.values[name], history)
        for name, label, history in (
            ("loss", "loss", "train_loss"),
            ("train_loss", "loss", "train_loss"),
            ("val_loss", "val loss", "val_loss"),
        )
        if name in newest.values
    ]
    if "val_loss" not in newest.values and curve.last and "val_loss" in curve.last.values:
        trends.append(_make_trend(run, "val loss", curve.last.values["val_loss"], "val_loss"))
    return (*trends, *_list_terms(run, newest.values))


def _make_trend(run: Run, label: str, value: float, metric: str) -> Trend:
    return Trend(label, say_loss(value), list_history(run, metric), say=say_shortly, whole=True)


def _list_terms(run: Run, values: Mapping[str, float]) -> list[Trend]:
    shares = {
        name: value
        for name, value in values.items()
        if name.endswith("_share") and name != "max_share"  # that one is derived of the others
    }
    if len(shares) < 2:
        return []
    ranked = sorted(
        shares.items(), key=lambda item: (not math.isfinite(item[1]), -item[1] if math.isfinite(item[1]) else 0)
    )
    return [
        Trend(
            name.removesuffix("_share").replace("_", " "),
            say_share(value),
            list_history(run, name),
            (0.0, 1.0),
            value,
            SHARE_TONES[number % len(SHARE_TONES)],
            whole=True,
        )
        for number, (name, value) in enumerate(ranked)
    ]


def say_loss(value: float) -> str:
    """Return a loss with the digits that the log has, as far as they say something."""
    return f"{value:.6f}" if math.isfinite(value) and 1e-4 <= abs(value) < 1e3 else format_number(value)


def say_shortly(value: float) -> str:
    """Return a loss with two digits that say something."""
    return f"{value:.2g}"


def say_share(value: float) -> str:
    """Return a share in percent; a small one keeps a digit more."""
    return f"{100 * value:.1f} %" if math.isfinite(value) and 0 < value < 0.1 else format_share(value)


def draw_losses(datum: tuple[Trend, ...], width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Draw rows, or one line on a screen of less than TALL_ROWS; `height` is that of the screen."""
    if not datum:
        return say_dim("no loss yet: it comes with the first step", width)
    if height < TALL_ROWS:
        return [flow_trends(datum, width, glyphs)]
    totals = [trend for trend in datum if trend.share is None]
    terms = [trend for trend in datum if trend.share is not None]
    kept, more = keep_first(terms, MOST_TERMS[height >= ROOMY_ROWS], "terms")
    return [*draw_trends([*totals, *kept], width, glyphs, find_budget(height, LOSS_ROWS)), *([more] if more else [])]


class Losses(Pane):
    """The loss and its terms."""

    def pick(self, run: Run, now: float) -> tuple[Trend, ...]:  # noqa: ARG002 (the clock changes nothing here)
        """Gather the newest losses."""
        return pick_losses(run)

    def draw(self, datum: tuple[Trend, ...], width: int, height: int) -> list[Line]:  # noqa: ARG002 (as high as it is)
        """Draw them."""
        return draw_losses(datum, width, self.app.size.height, self.glyphs)
