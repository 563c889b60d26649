"""What the run takes of the machine, and what is left of it."""

from collections.abc import Sequence

from amn_tui.run.guard_events import SystemSampled
from amn_tui.run.model import Run
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Tone, say_dim
from amn_tui.ui.quantity import NOTHING, format_bytes
from amn_tui.ui.trend import Trend, draw_trends, keep_first
from amn_tui.ui.widgets.pane import ROOMY_ROWS, TALL_ROWS, Pane, find_budget

SYSTEM_ROWS = 7  # one row in so many of the screen's may be the system's
MOST_GPUS = (2, 16)  # rows, two a GPU: on a screen that is just tall, and on a roomy one
MOST_OTHERS = 3  # rows for the rest on a screen that is just tall


def pick_system(run: Run) -> tuple[Trend, ...]:
    """Return CPU, memory and disk, then the GPUs; with what the guard sampled lately."""
    if not run.samples:
        return ()
    newest = run.samples[-1]
    cpu = tuple(sample.cpu_percent for sample in run.samples)
    memory = tuple(float(sample.rss_bytes) for sample in run.samples)
    return (
        Trend(
            "cpu",
            f"{newest.cpu_percent:.0f} %",
            cpu,
            (0.0, max(100.0, *cpu)),
            tone=Tone.TRAIN,
            say=say_percent,
        ),
        Trend(
            "memory",
            format_bytes(newest.rss_bytes),
            memory,
            (0.0, max(memory) or 1.0),
            tone=Tone.TRAIN,
            say=format_bytes,
        ),
        Trend("disk free", format_bytes(newest.disk_free_bytes)),
        Trend("processes", str(newest.processes)),
        *(trend for number in range(len(newest.gpus)) for trend in _pick_gpu(number, run.samples)),
    )


def _pick_gpu(number: int, samples: Sequence[SystemSampled]) -> tuple[Trend, Trend]:
    """Return how busy a GPU is, and how full."""
    gpu = samples[-1].gpus[number]
    busy = tuple(sample.gpus[number].get("percent", 0.0) for sample in samples if number < len(sample.gpus))
    total = gpu.get("total_bytes")
    share = gpu.get("used_bytes", 0.0) / total if total else None
    return (
        Trend(
            f"gpu {number}",
            f"{gpu['percent']:.0f} %" if "percent" in gpu else NOTHING,
            busy,
            (0.0, 100.0),
            say=say_percent,
        ),
        Trend(f"gpu {number} mem", format_bytes(gpu.get("used_bytes")), share=share),
    )


def say_percent(value: float) -> str:
    """Return a number that is percent already."""
    return f"{value:.0f} %"


def draw_system(datum: tuple[Trend, ...], width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Draw rows; none on a screen, `height` rows in all, that has more important things to say."""
    if height < TALL_ROWS:
        return []
    if not datum:
        return say_dim("no sample yet: the guard takes them while the run goes on", width)
    gpus = [trend for trend in datum if trend.label.startswith("gpu ")]
    others = [trend for trend in datum if trend not in gpus]
    roomy = height >= ROOMY_ROWS
    kept, more = keep_first(gpus, MOST_GPUS[roomy], "of the GPUs")
    trends = [*(others if roomy else others[:MOST_OTHERS]), *kept]
    rows = draw_trends(trends, width, glyphs, find_budget(height, SYSTEM_ROWS))
    return [*rows, *([more] if more else [])]


class System(Pane):
    """CPU, memory, disk, GPUs."""

    def pick(self, run: Run, now: float) -> tuple[Trend, ...]:  # noqa: ARG002 (the clock changes nothing here)
        """Gather the samples."""
        return pick_system(run)

    def draw(self, datum: tuple[Trend, ...], width: int, height: int) -> list[Line]:  # noqa: ARG002 (as high as it is)
        """Draw them."""
        return draw_system(datum, width, self.app.size.height, self.glyphs)
