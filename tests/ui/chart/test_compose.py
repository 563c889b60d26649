"""What is on the chart for a view: curves, what they are held against, and words for what there is none of."""

import math
from pathlib import Path
from types import ModuleType

import pytest

from amn_tui.run.column import Axis
from amn_tui.run.fold import apply
from amn_tui.run.model import Planned, Run
from amn_tui.run.track_file import TrackReader
from amn_tui.ui.chart.compose import Composer, name_run
from amn_tui.ui.chart.figure_plot import draw_figure
from amn_tui.ui.chart.legend import flow
from amn_tui.ui.chart.view import ChartView
from amn_tui.ui.glyphs import ASCII, UNICODE
from amn_tui.ui.line import Part, Tone


def make_reader(ui: ModuleType, path: str, events: list[object]) -> TrackReader:
    reader = TrackReader(Path(path))
    reader.track.take(event.event for event in events if hasattr(event, "event"))
    reader.share = 1.0
    return reader


def draw(ui: ModuleType, run: Run, view: ChartView, *, ascii_only: bool = False, width: int = 100) -> str:
    glyphs = ASCII if ascii_only else UNICODE
    composer = Composer(glyphs.marks)
    composed = composer.compose(run, view, None, {})
    return ui.read_text(draw_figure(composed.figure, width, 30, glyphs, composer.cache))


def test_gates_bands_and_predictors_are_placed_on_every_axis(ui: ModuleType) -> None:
    events = [*ui.epochs([0.5, 0.55, 0.56]), *[ui.step(4, at, 100) for at in (10, 20)]]
    run, own = ui.make_run([Planned(ui.plan()), *ui.preflight(), *events]), make_reader(ui, "/x", events)
    found = {axis: Composer("abc").compose(run, ChartView(axis=axis), own, {}).figure for axis in Axis}
    assert [(b.label, b.place, b.value) for b in found[Axis.EPOCH].bounds][:2] == [
        ("bad init", 1, 0.45),
        ("epoch 3", 3, 0.48),
    ]
    assert [b.place for b in found[Axis.STEP].bounds] == [100, 300, 600, 1200]
    assert [b.label for b in found[Axis.TIME].bounds] == ["bad init", "epoch 3"]  # of later ones nobody knows when
    assert found[Axis.TIME].bounds[1].place == pytest.approx(2 * 1228.1)
    predictors = {level.label for level in found[Axis.EPOCH].levels if level.tone is Tone.TRIVIAL}
    assert predictors == {"global mean", "copy last", "mean of context"}
    assert found[Axis.STEP].bands[0].place == 100


def test_by_steps_the_steps_are_drawn(ui: ModuleType) -> None:
    events = [ui.step(1, 50, 100), *ui.epochs([0.5]), *[ui.step(2, at, 100) for at in (10, 20)]]
    run, own = ui.make_run(events), make_reader(ui, "/x", events)
    by_steps = {t.metric: t for t in Composer("abc").compose(run, ChartView(axis=Axis.STEP), own, {}).figure.traces}
    assert list(by_steps["train_cosine"].points.at) == [50.0, 110.0, 120.0]
    assert list(by_steps["val_cosine"].points.at) == [100.0]
    view = ChartView("samples_per_s")
    (trace,) = Composer("abc").compose(run, view, own, {}).figure.traces
    assert list(trace.points.at) == [0.5, 1.1, 1.2]


def test_one_epoch_and_ten_thousand_read_well(ui: ModuleType) -> None:
    one = draw(ui, ui.make_run(ui.epochs([0.5], total=1)), ChartView())
    assert "●" in one
    assert "epochs" in one
    values = [0.5] * 2000
    values[1000], values[1500] = 0.69, math.nan
    many = draw(ui, ui.make_run(ui.epochs(values, total=2000)), ChartView())
    top = many.splitlines()[1]
    assert any("⠀" < character <= "⣿" for character in top)  # the spike of one epoch
    assert "×" in many.splitlines()[28]
    assert draw(ui, ui.make_run(ui.epochs(values, total=2000)), ChartView(), ascii_only=True).isascii()


def test_a_run_that_goes_on_is_gathered_once(ui: ModuleType) -> None:
    composer, values = Composer("abc"), [0.5, 0.51, 0.52]
    run = ui.make_run(ui.epochs(values))
    view = ChartView()
    composer.compose(run, view, None, {})
    column = composer.gathered.columns["val_cosine"]
    grown = apply(run, ui.epoch(4, 0.53))
    assert list(composer.compose(grown, view, None, {}).figure.traces[0].points.last) == [*values, 0.53]
    assert composer.gathered.columns["val_cosine"] is column
    again = apply(grown, ui.epoch(2, 0.4))
    assert list(composer.compose(again, view, None, {}).figure.traces[0].points.last) == [0.5, 0.4, 0.52, 0.53]


def test_overlays_say_what_they_have_not(ui: ModuleType) -> None:
    view = ChartView().toggle("/a/base").toggle("/a/other").toggle("/a/new").toggle("/a/gone")
    others = {
        "/a/base": make_reader(ui, "/a/base", ui.epochs([0.4, 0.5])),
        "/a/other": make_reader(ui, "/a/other", [ui.step(1, 5)]),
        "/a/new": TrackReader(Path("/a/new")),
        "/a/gone": TrackReader(Path("/a/gone")),
    }
    others["/a/gone"].read()
    composed = Composer("abc").compose(ui.make_run(ui.epochs([0.5])), view, None, others)
    notes = [trace.note for trace in composed.figure.traces if trace.mark.isdigit()]
    assert notes == ["", "has no val_cosine", "being read", "cannot be read"]
    assert composed.notes == ("4 gone: found 'nothing', expected a run folder or a log file",)
    assert composed.extent.last == 20


@pytest.mark.parametrize(
    ("path", "name"),
    [("/runs/demo-1", "demo-1"), ("/runs/demo-1/", "demo-1"), ("/x/y/train.log", "y/train.log"), ("a.log", "a.log")],
)
def test_runs_have_short_names(path: str, name: str) -> None:
    assert name_run(path) == name


def test_a_legend_that_has_no_room_counts_what_is_missing(ui: ModuleType) -> None:
    fields = [(Part(f"run-{number} 0.5"),) for number in range(9)]
    assert ui.read_text(flow(fields, 40, 2)) == "run-0 0.5   run-1 0.5   run-2 0.5\nrun-3 0.5   run-4 0.5   +4 more"
    assert "more" not in ui.read_text(flow(fields, 40, 3))
