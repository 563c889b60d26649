import dataclasses
from typing import Any

import numpy as np
import pytest

from checks import off_by_one
from checks.cosine import normalize
from checks.data import Data
from checks.dataset import Dataset
from checks.options import OPTIONS
from checks.reference import Reference
from checks.sample import sample_train, shift_targets, shuffle_within
from checks.split import hold_out_windows
from checks.verdict import Verdict
from checks.windows import Windows, cut_windows

DEFAULTS = {key: option.default for key, option in OPTIONS["off_by_one"].items()}
SOUND: dict[str, Any] = {
    "train.windows": 7698, "train.edge": 0.543, "train.inner": 0.544,
    "train.held_out": 770, "train.edge_held_out": 0.55, "train.inner_held_out": 0.551,
    "train.slot_1": 0.416, "train.slot_2": 0.427, "train.slot_3": 0.444, "train.slot_4": 0.476, "train.slot_5": 0.543,
    "train.pairs": 7590, "train.successors": 1.0, "train.crossings": 0.0,
    "train.distance_1": 0.545, "train.distance_5": 0.416, "train.seam": 0.099, "train.seams": 100,
    "train.direction": 0.095, "train.direction_error": 0.011, "train.articles": 90,
    "reference.distance_1": 0.545, "reference.distance_5": 0.416,
    "reference.direction": 0.095, "reference.direction_error": 0.011,
}  # fmt: skip
NAN = float("nan")


@pytest.mark.parametrize(
    ("changed", "verdict", "words"),
    [
        ({}, Verdict.PASS, "edge 0.543 against inner 0.544, 100.0% of targets"),
        ({"train.edge": 0.515}, Verdict.PASS, ""),
        ({"train.edge": 0.477}, Verdict.FAIL, "edge 0.477"),  # t + 2
        ({"train.edge": 0.449}, Verdict.FAIL, "edge 0.449"),  # another encoder's targets
        ({"train.edge": 1.0}, Verdict.FAIL, "edge 1.000"),  # a leak
        ({"train.edge": NAN}, Verdict.FAIL, "edge nan"),
        ({"train.edge_held_out": 0.0}, Verdict.FAIL, "train held out: edge 0.000"),
        ({"train.slot_5": 0.416, "train.slot_1": 0.543}, Verdict.FAIL, "slots do not rise"),
        ({"train.slot_3": 0.41}, Verdict.PASS, ""),  # a ripple
        ({"train.slot_3": NAN}, Verdict.FAIL, "slots do not rise"),
        ({"train.successors": 0.98}, Verdict.FAIL, "98.0% of targets are chunk i+1"),
        ({"train.pairs": 0, "train.successors": NAN}, Verdict.WARN, "order of the text is not known"),
        ({"train.crossings": 0.013}, Verdict.FAIL, "cross articles"),
        ({"train.distance_1": 0.42}, Verdict.FAIL, "flat offset profile"),
        ({"train.distance_5": 0.5}, Verdict.PASS, ""),
        ({"train.distance_5": NAN}, Verdict.PASS, ""),  # no article is that long
        ({"train.seam": 0.54}, Verdict.FAIL, "borders are wrong"),
        ({"train.seam": 0.54, "train.seams": 5}, Verdict.PASS, ""),  # too few to tell
        ({"train.direction": -0.09}, Verdict.FAIL, "run backwards"),
        ({"train.direction": -0.03}, Verdict.PASS, ""),
        ({"train.direction": -0.09, "reference.direction": 0.02}, Verdict.PASS, ""),
        ({"train.direction": -0.09, "train.articles": 5}, Verdict.PASS, ""),
        ({"moby.edge": 0.4, "moby.inner": 0.53}, Verdict.FAIL, "moby: edge 0.400"),
    ],
)
def test_judge(changed: dict[str, Any], verdict: Verdict, words: str) -> None:
    moby = {key.replace("train", "moby"): value for key, value in SOUND.items() if key.startswith("train")}
    moby = {**moby, "moby.held_out": None} if any(key.startswith("moby") for key in changed) else {}
    finding = off_by_one.judge({**SOUND, **moby, **changed}, DEFAULTS)
    assert finding.verdict is verdict, finding.detail
    assert words in finding.detail


def test_without_a_reference_a_flat_profile_is_refused_all_the_same() -> None:
    numbers = {key: value for key, value in SOUND.items() if not key.startswith("reference")}
    assert off_by_one.judge(numbers, DEFAULTS).verdict is Verdict.PASS
    flat = {**numbers, "train.distance_1": 0.42}
    assert "flat offset profile" in off_by_one.judge(flat, DEFAULTS).detail


def test_nothing_measured_is_an_error() -> None:
    assert off_by_one.judge({}, DEFAULTS).verdict is Verdict.ERROR


def test_the_shipped_data_pass_and_a_shift_by_one_is_refused(shipped: Data, lab: Any) -> None:
    examined = lab.examine("off_by_one", shipped)
    assert examined.finding.verdict is Verdict.PASS, examined.finding.detail
    assert examined.numbers["train.edge"] == pytest.approx(0.543, abs=0.01)
    assert abs(examined.numbers["train.edge"] - examined.numbers["train.inner"]) < 0.003
    assert examined.numbers["train.successors"] == 1.0
    offsets = {offset: examined.numbers[f"train.offset_{offset:+d}"] for offset in range(-5, 6)}
    assert max(offsets, key=lambda offset: -1 if np.isnan(offsets[offset]) else offsets[offset]) in (0, 2)
    assert examined.control.verdict is Verdict.FAIL
    assert examined.control.measured["train.successors"] == 0


def test_a_sample_passes_unbroken_so_that_the_control_proves_something(shipped: Data, lab: Any) -> None:
    assert lab.judge("off_by_one", sample_train(shipped)).verdict is Verdict.PASS


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_healthy_data_raise_no_alarm(seed: int, synthetic_reference: Reference, lab: Any) -> None:
    windows = cut_windows(lab.make_table(seed), 5)
    for made in (windows, lab.spread_windows(windows)):
        examined = lab.examine("off_by_one", lab.make_data(made, synthetic_reference))
        assert examined.finding.verdict is Verdict.PASS, examined.finding.detail
        assert examined.control.held


def leak(windows: Windows) -> Windows:
    last = windows.read_contexts(np.arange(len(windows)))[:, -1]
    return dataclasses.replace(windows, target_rows=last, target=np.arange(len(windows)))


def shuffle_some(windows: Windows) -> Windows:
    draw = np.random.default_rng(0)
    chosen = np.flatnonzero(draw.random(len(windows)) < 0.3)
    target = windows.target.copy()
    target[chosen] = draw.permutation(chosen)
    return dataclasses.replace(windows, target=target)


def reverse_contexts(windows: Windows) -> Windows:
    rows = np.asarray(windows.context_rows).reshape(len(windows), windows.context, -1)[:, ::-1]
    return dataclasses.replace(windows, context_rows=rows.reshape(-1, windows.dim))


def rotate_held_out(windows: Windows) -> Windows:
    held_out = hold_out_windows(windows.article, len(windows), 0.1, 0)
    targets = np.array(windows.target_rows)
    targets[held_out] = targets[held_out][:, ::-1]
    return dataclasses.replace(windows, target_rows=targets)


def blur_targets(windows: Windows) -> Windows:
    noise = np.random.default_rng(0).normal(size=windows.target_rows.shape)
    return dataclasses.replace(windows, target_rows=normalize(np.asarray(windows.target_rows) + 0.8 * normalize(noise)))


@pytest.mark.parametrize(
    "break_windows",
    [shift_targets, leak, shuffle_some, reverse_contexts, rotate_held_out, blur_targets],
)
@pytest.mark.parametrize("positions", [True, False])
def test_misaligned_windows_are_refused(break_windows: Any, positions: bool, healthy_npz: Data, lab: Any) -> None:
    windows = break_windows(healthy_npz.train.windows)
    if not positions:  # what a file with 1-D positions leaves us
        windows = dataclasses.replace(windows, article=None, chunk=None)
    data = lab.make_data(windows, healthy_npz.reference)
    assert lab.judge("off_by_one", data).verdict is Verdict.FAIL


def test_misaligned_ood_data_are_refused(healthy: Data, healthy_npz: Data, lab: Any) -> None:
    other = Dataset("other", shift_targets(healthy_npz.train.windows), None)
    finding = lab.judge("off_by_one", dataclasses.replace(healthy, ood=(other,)))
    assert finding.verdict is Verdict.FAIL
    assert finding.detail.startswith("other: edge")


def test_order_broken_inside_articles_is_refused(healthy: Data, lab: Any) -> None:
    table = healthy.train.windows.table
    assert table is not None
    rows = np.asarray(table.stored)[shuffle_within(table.article_of_row.astype(np.int64), 0)]
    broken = cut_windows(dataclasses.replace(table, stored=rows), 5)
    finding = lab.judge("off_by_one", lab.make_data(broken, healthy.reference))
    assert finding.verdict is Verdict.FAIL
    assert "flat offset profile" in finding.detail


def test_articles_that_run_backwards_are_refused(shipped: Data, lab: Any) -> None:
    table = shipped.train.windows.table
    assert table is not None
    order = np.concatenate(
        [np.arange(b - 1, a - 1, -1) for a, b in zip(table.offsets, table.offsets[1:], strict=False)]
    )
    broken = cut_windows(dataclasses.replace(table, stored=table.take(order), scales=None), 5)
    finding = lab.judge("off_by_one", lab.make_data(broken, shipped.reference))
    assert finding.verdict is Verdict.FAIL
    assert "run backwards" in finding.detail


def test_wrong_borders_are_refused(shipped: Data, lab: Any) -> None:
    table = shipped.train.windows.table
    assert table is not None
    offsets = table.offsets.copy()
    offsets[1:-1] += 7
    keep = np.concatenate([[True], np.diff(offsets) > 0])
    finding = lab.judge("off_by_one", lab.make_data(cut_windows(dataclasses.replace(table, offsets=offsets[keep]), 5)))
    assert finding.verdict is Verdict.FAIL
    assert "borders are wrong" in finding.detail


def test_windows_across_articles_are_refused(healthy: Data, lab: Any) -> None:
    table = healthy.train.windows.table
    assert table is not None
    one = dataclasses.replace(table, offsets=np.array([0, table.rows]))
    windows = cut_windows(one, 5)
    labelled = dataclasses.replace(windows, article=table.article_of_row[windows.target], table=None)
    finding = lab.judge("off_by_one", lab.make_data(labelled, healthy.reference))
    assert finding.verdict is Verdict.FAIL
    assert "cross articles" in finding.detail


def test_one_article_is_judged(synthetic_reference: Reference, lab: Any) -> None:
    data = lab.make_data(cut_windows(lab.make_table(3, articles=1), 5), synthetic_reference)
    examined = lab.examine("off_by_one", data)
    assert examined.finding.verdict is Verdict.PASS, examined.finding.detail
    assert "two articles" in examined.numbers["train.held_out"]
    assert examined.control.held


def test_windows_in_random_order_are_a_warning(healthy_npz: Data, lab: Any) -> None:
    windows = healthy_npz.train.windows
    order = np.random.default_rng(0).permutation(len(windows))
    shuffled = dataclasses.replace(
        windows, first=windows.first[order], target=windows.target[order], article=None, chunk=None
    )
    finding = lab.judge("off_by_one", lab.make_data(shuffled, healthy_npz.reference))
    assert finding.verdict is Verdict.WARN
    assert "order of the text is not known" in finding.detail
