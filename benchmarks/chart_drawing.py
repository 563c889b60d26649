"""What the full chart costs: 200 x 60 cells, 10,000 epochs, eight overlays; and a million lines of steps in columns.

    python -m benchmarks.chart_drawing [--epochs 10000] [--lines 200000]

CPU time, the least of several, each beside the naive way in the same run: every point drawn, every line an event kept.
"""

import argparse
import math
import random
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from amn_tui.run.model import Run
from amn_tui.run.track_file import TrackReader
from amn_tui.ui.chart.canvas import Canvas
from amn_tui.ui.chart.compose import Composer
from amn_tui.ui.chart.figure_plot import draw_figure
from amn_tui.ui.chart.legend import draw_legend, draw_title
from amn_tui.ui.chart.view import ChartView
from amn_tui.ui.glyphs import UNICODE
from amn_tui.ui.line import Tone
from checks.gate import Reading
from trainer.events import EpochEnded, Stepped, format_event, parse_line

WIDTH, HEIGHT = 196, 58
OVERLAYS = 8


def measure_cpu_ms(work: Callable[[], object], rounds: int = 5) -> float:
    """Return the least CPU time of some rounds, in ms."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(1e3 * (time.process_time() - began))
    return min(times)


def make_values(count: int, seed: int) -> list[float]:
    """Return a noisy curve that learns."""
    noise = random.Random(seed)  # noqa: S311 (a curve, not a secret)
    return [0.55 * (1 - math.exp(-i / 500)) + noise.gauss(0, 0.01) + 0.01 * seed for i in range(1, count + 1)]


def make_run(epochs: int) -> tuple[Run, dict[str, TrackReader]]:
    """Return a run of so many epochs and the readers of eight others."""
    values = make_values(epochs, 0)
    names = ("val_cosine", "train_cosine", "ood_cosine")
    readings = tuple(Reading(i, dict.fromkeys(names, value)) for i, value in enumerate(values, 1))
    run = Run("/runs/this")
    run = replace(run, curve=replace(run.curve, epochs=readings, total_epochs=epochs + 100))
    others = {f"/runs/{number}": TrackReader(Path(f"/runs/{number}")) for number in range(1, OVERLAYS + 1)}
    for number, reader in enumerate(others.values(), 1):
        reader.track.take(
            EpochEnded(i, epochs, {"val_cosine": v}) for i, v in enumerate(make_values(epochs, number), 1)
        )
        reader.share = 1.0
    return run, others


def draw_every_point(run: Run, others: dict[str, TrackReader]) -> None:
    """Draw without leaving anything out, as plots do that know nothing of columns."""
    canvas = Canvas(WIDTH - 6, HEIGHT - 4, braille=True)
    curves = [[r.values[name] for r in run.curve.epochs] for name in ("val_cosine", "train_cosine", "ood_cosine")]
    curves += [list(reader.track.epochs["val_cosine"].last) for reader in others.values()]
    for curve in curves:
        step = (canvas.dots_across - 1) / max(1, len(curve) - 1)
        points = [(round(i * step), round(value / 0.7 * (canvas.dots_up - 1))) for i, value in enumerate(curve)]
        for start, end in pairwise(points):
            canvas.draw_line(start, end, Tone.VAL)
    canvas.list_lines()


def measure_drawing(epochs: int) -> None:
    """Say what a drawing costs: the first, one after a key, one after a new epoch, and every point."""
    run, others = make_run(epochs)
    view = ChartView()
    for path in others:
        view = view.toggle(path)
    composer = Composer(UNICODE.marks)

    def draw(run: Run, view: ChartView, composer: Composer = composer) -> None:
        composed = composer.compose(run, view, None, others)
        draw_title(composed, view, WIDTH, UNICODE)
        legend = draw_legend(composed, view, WIDTH, 10, UNICODE)
        draw_figure(composed.figure, WIDTH, HEIGHT - 1 - len(legend), UNICODE, composer.cache)

    naive = measure_cpu_ms(lambda: draw_every_point(run, others), 2)
    draw(run, view)
    extent = composer.compose(run, view, None, others).extent
    cursors, zooms = iter(range(1, 99)), iter(range(1, 99))
    runs = grow(run)
    draw(next(runs), view)
    costs = {
        "first": measure_cpu_ms(lambda: draw(run, view, Composer(UNICODE.marks))),
        "cursor moved": measure_cpu_ms(lambda: draw(run, view.move(-next(cursors), extent))),
        "zoomed": measure_cpu_ms(lambda: draw(run, view.zoom(1 + next(zooms) / 9, extent))),
        "new epoch": measure_cpu_ms(lambda: draw(next(runs), view)),
    }
    print(f"{WIDTH} x {HEIGHT} cells, {epochs} epochs, 3 curves and {OVERLAYS} overlays; CPU ms")
    for name, cost in costs.items():
        print(f"  {name:<14}{cost:8.1f}   {cost / naive:5.2f} of every point drawn ({naive:.1f})")


def grow(run: Run) -> Iterator[Run]:
    """Yield the run one epoch later, and later."""
    while True:
        last = run.curve.epochs[-1]
        epochs = (*run.curve.epochs, replace(last, epoch=last.epoch + 1))
        run = replace(run, curve=replace(run.curve, epochs=epochs))
        yield run


def measure_reading(count: int) -> None:
    """Say what lines of steps cost, in columns and as events that are kept."""
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "training.log"
        names = ("loss", "cosine", "grad_norm", "lr", "mse_share", "variance_share", "samples_per_s")
        with log.open("w") as stream:
            for i in range(count):
                step = Stepped(1 + i // 1000, 1 + count // 1000, 1 + i % 1000, 1000, dict.fromkeys(names, 0.5 + i % 7))
                stream.write(format_event(step, 1.8e9 + i / 10) + "\n")

        def read_columns() -> TrackReader:
            reader = TrackReader(log)
            while reader.read():
                pass
            return reader

        def keep_events() -> list[object]:
            with log.open() as stream:
                return [parse_line(line.rstrip("\n")) for line in stream]

        print(f"{count} lines of steps")
        for name, work in (("columns", read_columns), ("events kept", keep_events)):
            cpu_s = measure_cpu_ms(work, 2) / 1e3
            tracemalloc.start()
            kept = work()
            megabytes = tracemalloc.get_traced_memory()[0] / 1e6
            tracemalloc.stop()
            del kept
            print(f"  {name:<14}{cpu_s:8.2f} CPU s   {megabytes:8.1f} MB kept")


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=10_000)
    parser.add_argument("--lines", type=int, default=200_000)
    arguments = parser.parse_args()
    measure_drawing(arguments.epochs)
    measure_reading(arguments.lines)


if __name__ == "__main__":
    main()
