"""How far the run is, how fast it goes, what the loss is made of, and what the machine gives."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amn_tui.run.guard_events import SystemSampled
from amn_tui.run.model import Run
from amn_tui.ui.eta import count_done
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Part, Tone, crop, join_parts, measure
from amn_tui.ui.quantity import NOTHING, format_bytes, format_count, format_number, format_share
from amn_tui.ui.widgets.pane import Pane

SHARE_TONES = (Tone.VAL, Tone.OOD, Tone.TRAIN, Tone.HERE, Tone.TRIVIAL)
RATES = (("loss", "loss"), ("lr", "lr"), ("grad_norm", "grad"), ("samples_per_s", "samples/s"))
LEAST_BAR = 8


@dataclass(frozen=True, slots=True)
class ProgressDatum:
    """Where the run is, the newest numbers of a step (else of an epoch), and the newest sample of the machine."""

    epoch: int
    epochs: int | None
    done: float
    step: int
    steps: int | None
    values: Mapping[str, float]
    system: SystemSampled | None


def pick_progress(run: Run) -> ProgressDatum:
    """Gather the newest numbers; between two epochs those of the last one stand."""
    curve = run.curve
    newest = curve.step or curve.last
    values = dict(newest.values) if newest else {}
    if "loss" not in values and "train_loss" in values:
        values["loss"] = values["train_loss"]
    step = curve.step.step or 0 if curve.step else 0
    epoch = newest.epoch if newest else 0
    return ProgressDatum(epoch, curve.total_epochs, count_done(curve), step, curve.total_steps, values, run.system)


def draw_progress(datum: ProgressDatum, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Draw bars, rates, shares and system: what does not fit is left out from the end."""
    if not datum.epoch and datum.system is None:
        return [(Part("no step has been logged yet", Tone.DIM),)]
    bars = [("epoch", datum.epoch, datum.epochs, datum.done / datum.epochs if datum.epochs else None)]
    if datum.steps:
        bars.append(("step", datum.step, datum.steps, datum.step / datum.steps))
    heads = [f"{label:<6} {at}" + (f"/{total}" if total else "") for label, at, total, _ in bars]
    lines: list[Line] = []
    if datum.epoch:
        cells = max(map(len, heads))
        lines += [draw_bar(head.ljust(cells), bar[3], width, glyphs) for head, bar in zip(heads, bars, strict=True)]
    rates: list[Line] = [
        (Part(f"{label} ", Tone.DIM), Part(_say_rate(key, datum.values[key]), Tone.PLAIN))
        for key, label in RATES
        if key in datum.values
    ]
    lines += flow(rates, width)
    lines += draw_shares(datum.values, width, glyphs)
    if datum.system:
        lines += flow(list_system(datum.system), width)
    return lines[:height]


def _say_rate(key: str, value: float) -> str:
    if key == "samples_per_s":
        return format_count(value)
    if key == "loss":
        return f"{value:.6f}" if math.isfinite(value) and 1e-4 <= abs(value) < 1e3 else format_number(value)
    return f"{value:.3g}" if key == "lr" and math.isfinite(value) else format_number(value)


def flow(fields: list[Line], width: int) -> list[Line]:
    """Put fields into as few lines as they need, none broken in two."""
    lines: list[Line] = []
    row: list[Line] = []
    between = Part("  ")
    for field in fields:
        if row and measure(join_parts([*row, field], between)) > width:
            lines.append(join_parts(row, between))
            row = []
        row.append(field)
    return [crop(line, width) for line in ([*lines, join_parts(row, between)] if row else lines)]


def draw_bar(head: str, share: float | None, width: int, glyphs: Glyphs) -> Line:
    """Draw `epoch 6/20 ━━━━━╸──── 30 %`; without a share, or without room, no bar."""
    if share is None or not math.isfinite(share):
        return (Part(head),)
    tail = f" {format_share(share):>5}"
    room = width - len(head) - len(tail) - 2
    if room < LEAST_BAR // 2:
        return (Part(head), Part(tail, Tone.DIM))
    done, rest = fill_bar(share, room, glyphs)
    return (Part(head + "  "), Part(done, Tone.HERE), Part(rest, Tone.TRACK), Part(tail, Tone.STRONG))


def fill_bar(share: float, cells: int, glyphs: Glyphs) -> tuple[str, str]:
    """Return the done and the open part of a bar; half a cell is the smallest step."""
    halves = round(min(1.0, max(0.0, share)) * cells * 2)
    done = glyphs.bar_done * (halves // 2) + (glyphs.bar_half if halves % 2 else "")
    return done, glyphs.bar_rest * (cells - len(done))


def draw_shares(values: Mapping[str, float], width: int, glyphs: Glyphs) -> list[Line]:
    """Name the loss terms with their shares, and a divided bar behind where there is room; nothing for one term."""
    shares = {
        key.removesuffix("_share"): value
        for key, value in values.items()
        if key.endswith("_share") and key != "max_share"
    }
    if len(shares) < 2:
        return []
    ranked = sorted(
        shares.items(), key=lambda item: (not math.isfinite(item[1]), -item[1] if math.isfinite(item[1]) else 0)
    )
    tones = dict(zip((name for name, _ in ranked), SHARE_TONES * len(ranked), strict=False))
    fields: list[Line] = [(Part(f"{name} ", Tone.DIM), Part(_say_share(value), tones[name])) for name, value in ranked]
    lines = flow([(Part("shares", Tone.DIM), Part(" ")), *fields], width)
    room = width - measure(lines[-1]) - 2
    if room >= LEAST_BAR:
        lines[-1] = (*lines[-1], Part("  "), *_divide_bar(ranked, tones, room, glyphs))
    return lines


def _divide_bar(
    ranked: list[tuple[str, float]], tones: Mapping[str, Tone], width: int, glyphs: Glyphs
) -> Iterator[Part]:
    """Divide one bar among the shares, largest first."""
    positive = [(name, value) for name, value in ranked if math.isfinite(value) and value > 0]
    total, room = sum(value for _, value in positive), width
    for name, value in positive:
        cells = min(room, max(1, round(value / total * width)))
        room -= cells
        yield Part(glyphs.bar_done * cells, tones[name])
    yield Part(glyphs.bar_rest * room, Tone.TRACK)


def _say_share(value: float) -> str:
    return f"{100 * value:.1f} %" if math.isfinite(value) and 0 < value < 0.1 else format_share(value)


def list_system(sample: SystemSampled) -> list[Line]:
    """Name what the run takes and what the machine has left."""
    fields = [
        ("cpu", f"{sample.cpu_percent:.0f} %"),
        ("memory", format_bytes(sample.rss_bytes)),
        ("processes", str(sample.processes)),
        ("disk free", format_bytes(sample.disk_free_bytes)),
    ]
    fields += [(f"gpu {number}", _say_gpu(gpu)) for number, gpu in enumerate(sample.gpus)]
    return [(Part(f"{name} ", Tone.DIM), Part(words)) for name, words in fields]


def _say_gpu(gpu: Mapping[str, float]) -> str:
    known = [f"{gpu['percent']:.0f} %"] if "percent" in gpu else []
    if "used_bytes" in gpu:
        known.append(f"{format_bytes(gpu['used_bytes'])} of {format_bytes(gpu.get('total_bytes'))}")
    return "  ".join(known) or NOTHING


class Progress(Pane):
    """Bars and numbers."""

    BORDER_TITLE = "progress"

    def pick(self, run: Run, now: float) -> ProgressDatum:  # noqa: ARG002 (the clock changes nothing here)
        """Gather the newest numbers."""
        return pick_progress(run)

    def draw(self, datum: ProgressDatum, width: int, height: int) -> list[Line]:
        """Draw them."""
        return draw_progress(datum, width, height, self.glyphs)
