"""What the chart shows of a run: metric, scale, floors, bands, the trivial predictor, and words while it is empty."""

from types import ModuleType

import pytest

from amn_tui.run.model import Logged, Planned
from amn_tui.run.plan import Plan, RunSection
from amn_tui.ui.chart.chart import BandMark, Floor
from amn_tui.ui.chart.gather import choose_metric, pick_cosine
from amn_tui.ui.chart.scale import Scale
from amn_tui.ui.glyphs import ASCII, UNICODE
from amn_tui.ui.line import measure
from amn_tui.ui.widgets.cosine import draw_cosine
from checks.gate import Gate
from trainer.events import EpochEnded


def test_the_plan_is_on_the_chart(ui: ModuleType) -> None:
    datum = pick_cosine(ui.make_run(ui.healthy()), ui.BEGAN)
    assert [series.label for series in datum.chart.series] == ["val", "train", "ood"]
    assert datum.chart.scale == Scale(0.0, 0.7)
    assert datum.chart.epochs == 20
    assert Floor(1, 0.45, stops=True) in datum.chart.floors
    assert Floor(12, 0.55, stops=False) in datum.chart.floors
    assert datum.chart.bands[0] == BandMark(1, 0.50, 0.53)
    assert datum.chart.trivial is not None
    assert datum.chart.trivial.value == 0.600195


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.583, "below mean of context 0.600: a predictor that learned nothing does better"),
        (0.612, "above mean of context 0.600, the best predictor that learned nothing"),
    ],
)
def test_the_trivial_predictor_is_said_in_words(ui: ModuleType, value: float, words: str) -> None:
    run = ui.make_run([Planned(ui.plan()), *ui.preflight(), *ui.epochs([value])])
    datum = pick_cosine(run, ui.BEGAN)
    assert words in ui.read_text(draw_cosine(datum, 90, 12, UNICODE))
    narrow = ui.read_text(draw_cosine(datum, 30, 12, UNICODE)).splitlines()[1]
    assert narrow == words[: len("below mean of context 0.600")]


def test_the_legend_names_values_in_order_of_worth(ui: ModuleType) -> None:
    datum = pick_cosine(ui.make_run(ui.healthy()), ui.BEGAN)
    legend = ui.read_text(draw_cosine(datum, 90, 12, UNICODE)).splitlines()[0]
    assert legend == "val 0.5830   train 0.5870   ood 0.5530   best 0.5830 at 6   mean of context 0.600"
    assert ui.read_text(draw_cosine(datum, 40, 12, UNICODE)).splitlines()[0].endswith("ood 0.5530")


@pytest.mark.parametrize(
    ("story", "words"),
    [("checking", "val_cosine comes after epoch 1"), ("blocked", "training was not started")],
)
def test_an_empty_chart_says_what_comes_next(ui: ModuleType, story: str, words: str) -> None:
    text = ui.read_text(draw_cosine(pick_cosine(ui.make_run(getattr(ui, story)()), ui.BEGAN), 70, 12, UNICODE))
    assert words in text
    assert "0.70 ┤" in text


def test_before_the_first_epoch_ends_it_says_when(ui: ModuleType) -> None:
    run = ui.make_run([Planned(ui.plan()), *ui.guard(), ui.step(1, 5105)])
    assert run.last_line_at is not None
    text = ui.read_text(draw_cosine(pick_cosine(run, run.last_line_at), 70, 12, UNICODE))
    assert "first value after epoch 1, in 15:27" in text
    assert "first value" in ui.read_text(draw_cosine(pick_cosine(run, run.last_line_at), 40, 2, UNICODE))


def test_a_run_that_ended_before_says_so(ui: ModuleType) -> None:
    run = ui.make_run([*ui.guard(), ui.completed()[-1]])
    assert pick_cosine(run, ui.BEGAN).empty == "the run ended before its first val_cosine"


def test_another_trainer_has_other_metrics(ui: ModuleType) -> None:
    other = Logged(EpochEnded(1, 5, {"train_loss": 2.5, "val_loss": 2.1, "acc": 0.3, "mse_share": 1.0}))
    assert choose_metric(ui.make_run([other])) == "val_loss"
    plan = Plan(run=RunSection(name="x"), gates=(Gate(name="g", metric="acc", at=1, floor=0.2),))
    run = ui.make_run([Planned(plan), other])
    assert choose_metric(run) == "val_loss"
    assert pick_cosine(run, 0.0).chart.scale.high == pytest.approx(5.0)
    assert choose_metric(ui.make_run([Planned(plan), Logged(EpochEnded(1, 5, {"acc": 0.3}))])) == "acc"
    assert choose_metric(ui.make_run([])) == "val_cosine"


def test_the_number_of_epochs_comes_from_log_plan_or_need(ui: ModuleType) -> None:
    assert pick_cosine(ui.make_run([]), 0.0).chart.epochs == 10
    assert pick_cosine(ui.make_run([Planned(ui.plan())]), 0.0).chart.epochs == 20
    assert pick_cosine(ui.make_run(ui.epochs([0.5] * 3, total=7)), 0.0).chart.epochs == 7
    assert pick_cosine(ui.make_run(ui.epochs([0.5] * 9, total=7)), 0.0).chart.epochs == 9


@pytest.mark.parametrize("story", ["healthy", "diverged", "checking", "completed"])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (5, 3), (20, 4), (36, 7), (60, 12), (400, 100)])
def test_it_fits_in_any_size(ui: ModuleType, story: str, width: int, height: int) -> None:
    datum = pick_cosine(ui.make_run(getattr(ui, story)()), ui.BEGAN)
    for glyphs in (UNICODE, ASCII):
        lines = draw_cosine(datum, width, height, glyphs)
        assert len(lines) <= height
        assert all(measure(line) <= width for line in lines)
