"""The numbers beside the curve: losses as shares, optimizer, throughput, system; each picks and draws its own."""

import math
from dataclasses import replace
from types import ModuleType

import pytest

from amn_tui.run.model import Logged
from amn_tui.ui.glyphs import ASCII, UNICODE
from amn_tui.ui.line import measure
from amn_tui.ui.widgets.losses import draw_losses, pick_losses
from amn_tui.ui.widgets.optimizer import draw_optimizer, pick_optimizer
from amn_tui.ui.widgets.system import draw_system, pick_system
from amn_tui.ui.widgets.throughput import draw_throughput, pick_throughput
from trainer.events import EpochEnded, Stepped

TALL, LOW = 60, 24


def test_the_loss_and_its_terms_largest_first(ui: ModuleType) -> None:
    text = ui.read_text(draw_losses(pick_losses(ui.make_run(ui.healthy())), 50, TALL, UNICODE)).splitlines()
    assert text[0].startswith("loss       0.001892  ")  # both stand still: one row each is enough
    assert text[1].startswith("val loss   0.000982  ")
    assert [line.split()[0] for line in text[2:]] == ["mse", "variance", "moment"]
    assert [" ".join(line.split()[1:3]) for line in text[2:]] == ["55 %", "45 %", "0.1 %"]
    assert text[2].count("━") > text[3].count("━")


def test_a_low_screen_has_one_line_of_losses_and_says_what_it_leaves_out(ui: ModuleType) -> None:
    (line,) = ui.read_text(draw_losses(pick_losses(ui.make_run(ui.healthy())), 44, LOW, UNICODE)).splitlines()
    assert line == "loss 0.001892  val loss 0.000982  +3 more"


def test_more_terms_than_rows_are_counted(ui: ModuleType) -> None:
    values = {f"{name}_share": 0.125 for name in "abcdefgh"} | {"loss": 1.0}
    datum = pick_losses(ui.make_run([Logged(Stepped(1, 2, 1, 2, values, 1.0))]))
    assert ui.read_text(draw_losses(datum, 40, 40, UNICODE)).splitlines()[-1] == "+5 more terms"
    assert ui.read_text(draw_losses(datum, 40, TALL, UNICODE)).splitlines()[-1] == "+2 more terms"


def test_shares_need_two_terms_and_survive_nonsense(ui: ModuleType) -> None:
    def pick(**values: float) -> list[tuple[str, str]]:
        run = ui.make_run([Logged(Stepped(1, 2, 1, 2, {"loss": 1.0, **values}, 1.0))])
        return [(trend.label, trend.words) for trend in pick_losses(run)]

    assert pick(mse_share=1.0, max_share=1.0) == [("loss", "1.000000")]
    assert pick(a_share=math.nan, b_share=0.2, c_share=-1.0)[1:] == [("b", "20 %"), ("c", "-100 %"), ("a", "nan")]


def test_between_epochs_the_last_ones_numbers_stand(ui: ModuleType) -> None:
    run = ui.make_run(ui.epochs([0.5]))
    assert pick_losses(run)[0].words == "0.000991"
    assert [trend.words for trend in pick_optimizer(run)] == ["0.00025", "0.0086"]
    assert "no loss yet" in ui.read_text(draw_losses(pick_losses(ui.make_run([])), 60, TALL, UNICODE))
    assert draw_optimizer((), 60, TALL, UNICODE) == []


def test_how_far_and_how_fast(ui: ModuleType) -> None:
    run = ui.make_run(ui.healthy())
    lines = ui.read_text(draw_throughput(pick_throughput(run), 60, TALL, UNICODE)).splitlines()
    assert lines[0].split()[:2] == ["epoch", "7/20"]
    assert lines[0].endswith(" 32 %")
    assert lines[1].split()[:2] == ["step", "6200/20420"]
    assert lines[1].endswith(" 30 %")
    assert lines[0].index("━") == lines[1].index("━")
    assert lines[2].split() == ["samples/s", "2,980"]
    assert lines[3].split()[:3] == ["per", "epoch", "20:28"]
    assert len(draw_throughput(pick_throughput(run), 60, LOW, UNICODE)) == 2
    words = ui.read_text(draw_throughput(pick_throughput(ui.make_run([])), 60, TALL, UNICODE))
    assert words == "no step has been logged yet"


def test_what_the_run_takes_of_the_machine(ui: ModuleType) -> None:
    lines = ui.read_text(draw_system(pick_system(ui.make_run(ui.healthy())), 40, TALL, UNICODE)).splitlines()
    assert [" ".join(line.split()[:3]) for line in lines[:3]] == ["cpu 103 %", "memory 1.2 GB", "disk free 41"]
    assert lines[3].split() == ["processes", "4"]
    assert lines[4].split() == ["gpu", "0", "87", "%"]
    assert lines[5].startswith("gpu 0 mem     61 GB  ━")
    assert draw_system(pick_system(ui.make_run(ui.healthy())), 40, LOW, UNICODE) == []
    assert "no sample yet" in ui.read_text(draw_system((), 60, TALL, UNICODE))


def test_the_history_of_the_machine_is_bounded_and_eight_gpus_are_counted(ui: ModuleType) -> None:
    gpu = {"percent": 50.0, "used_bytes": 1e9, "total_bytes": 8e9}
    samples = [replace(ui.system(), time=float(at), cpu_percent=float(at), gpus=(gpu,) * 8) for at in range(500)]
    run = ui.make_run(samples)
    assert len(run.samples) == 60
    assert run.system == samples[-1]
    text = ui.read_text(draw_system(pick_system(run), 40, 40, UNICODE))
    assert text.splitlines()[-1] == "+14 more of the GPUs"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e308, -1e308, 0.0])
def test_any_number_can_be_drawn_in_any_width(ui: ModuleType, value: float) -> None:
    values = dict.fromkeys(("loss", "lr", "grad_norm", "samples_per_s", "a_share", "b_share", "seconds"), value)
    for event in (Stepped(1, 20, 5, 10, values, 1.0), EpochEnded(1, 20, values, 1.0)):
        run = ui.make_run([Logged(event), Logged(event), ui.system()])
        for width in (1, 8, 30, 60, 200):
            for height in (LOW, TALL):
                for lines in (
                    draw_losses(pick_losses(run), width, height, ASCII),
                    draw_optimizer(pick_optimizer(run), width, height, UNICODE),
                    draw_throughput(pick_throughput(run), width, height, UNICODE),
                    draw_system(pick_system(run), width, height, UNICODE),
                ):
                    assert all(measure(line) <= max(width, 44) for line in lines)
