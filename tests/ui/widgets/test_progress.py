"""Bars, rates, shares, system; in the order in which they are given up."""

import math
from types import ModuleType

import pytest

from amn_tui.run.model import Logged
from amn_tui.ui.glyphs import ASCII, UNICODE
from amn_tui.ui.line import measure
from amn_tui.ui.widgets.progress import draw_progress, draw_shares, fill_bar, pick_progress
from trainer.events import EpochEnded, Stepped


def test_everything_there_is_to_say(ui: ModuleType) -> None:
    lines = ui.read_text(draw_progress(pick_progress(ui.make_run(ui.healthy())), 60, 20, UNICODE)).splitlines()
    assert lines[0].split()[:2] == ["epoch", "7/20"]
    assert lines[0].endswith(" 32 %")
    assert lines[1].split()[:2] == ["step", "6200/20420"]
    assert lines[1].endswith(" 30 %")
    assert lines[0].index("━") == lines[1].index("━")
    assert lines[2] == "loss 0.001892  lr 0.00025  grad 0.4100  samples/s 2,980"
    assert lines[3].startswith("shares   mse 55 %  variance 45 %  moment 0.1 %  ━━")
    assert lines[4] == "cpu 103 %  memory 1.2 GB  processes 4  disk free 41 GB"
    assert lines[5] == "gpu 0 87 %  61 GB of 80 GB"


def test_between_epochs_the_last_ones_numbers_stand(ui: ModuleType) -> None:
    text = ui.read_text(draw_progress(pick_progress(ui.make_run(ui.epochs([0.5]))), 60, 20, UNICODE))
    assert "loss 0.000991" in text
    assert ui.read_text(draw_progress(pick_progress(ui.make_run([])), 60, 5, UNICODE)) == "no step has been logged yet"


@pytest.mark.parametrize(
    ("share", "bar"), [(0.0, "──────────"), (0.5, "━━━━━─────"), (0.55, "━━━━━╸────"), (1.0, "━" * 10), (7.0, "━" * 10)]
)
def test_a_bar_is_as_long_as_its_share(share: float, bar: str) -> None:
    assert "".join(fill_bar(share, 10, UNICODE)) == bar
    assert len("".join(fill_bar(share, 10, ASCII))) == 10


def test_shares_need_two_terms_and_survive_nonsense(ui: ModuleType) -> None:
    assert draw_shares({"mse_share": 1.0, "max_share": 1.0}, 60, UNICODE) == []
    text = ui.read_text(draw_shares({"a_share": math.nan, "b_share": 0.2, "c_share": -1.0}, 60, UNICODE))
    assert "a nan" in text
    assert "b 20 %" in text
    (line,) = draw_shares({"a_share": 0.75, "b_share": 0.25}, 60, UNICODE)
    cells = [len(part.text) for part in line if set(part.text) == {"━"}]
    assert cells[0] == pytest.approx(3 * cells[1], abs=2)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e308, -1e308, 0.0])
def test_any_number_can_be_drawn_in_any_width(ui: ModuleType, value: float) -> None:
    values = dict.fromkeys(("loss", "lr", "grad_norm", "samples_per_s", "a_share", "b_share", "seconds"), value)
    for event in (Stepped(1, 20, 5, 10, values, 1.0), EpochEnded(1, 20, values, 1.0)):
        datum = pick_progress(ui.make_run([Logged(event), ui.system()]))
        for width in (1, 8, 30, 60, 200):
            lines = draw_progress(datum, width, 6, UNICODE)
            assert len(lines) <= 6
            assert all(measure(line) <= max(width, 20) for line in lines)
