from typing import Any

import numpy as np
import pytest

from checks import duplicates
from checks.data import Data
from checks.options import OPTIONS
from checks.sample import replace_targets
from checks.verdict import Verdict
from checks.windows import cut_windows

DEFAULTS = {key: option.default for key, option in OPTIONS["duplicates"].items()}
SOUND: dict[str, Any] = {
    "rows": 10_000, "copies": 0.001, "copies_across": 0.0, "sampled": 300, "near": 0.0, "near_error": 0.003,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "verdict", "words"),
    [
        ({}, Verdict.PASS, "0.10% copies; 0.00% ± 0.30% of the rows have a twin"),
        ({"copies": 0.03}, Verdict.WARN, "3.00% of the rows are copies"),
        ({"copies": 0.0301}, Verdict.FAIL, "3.01% of the rows are copies"),
        ({"near": 0.02, "near_error": 0.006}, Verdict.PASS, ""),
        ({"near": 0.04, "near_error": 0.011}, Verdict.WARN, "4.00% ± 1.10%"),
        ({"near": 0.08, "near_error": 0.015}, Verdict.FAIL, "8.00% ± 1.50%"),
        ({"near": 0.0401, "near_error": 0.0}, Verdict.FAIL, "4.01%"),
        ({"near": float("nan")}, Verdict.FAIL, "nan%"),
        ({"rows": 0}, Verdict.ERROR, "nothing was measured"),
    ],
)
def test_judge(changed: dict[str, Any], verdict: Verdict, words: str) -> None:
    finding = duplicates.judge({**SOUND, **changed}, DEFAULTS)
    assert finding.verdict is verdict
    assert words in finding.detail


def test_the_shipped_data_pass_and_a_twentieth_written_twice_is_refused(shipped: Data, lab: Any) -> None:
    examined = lab.examine("duplicates", shipped)
    assert examined.finding.verdict is Verdict.PASS, examined.finding.detail
    assert examined.numbers["copies"] == 0
    assert examined.control.verdict is Verdict.FAIL
    assert examined.control.measured["copies"] == pytest.approx(0.05, abs=0.001)


@pytest.mark.parametrize("spread", [False, True], ids=["table", "npz"])
def test_copies_inside_and_across_articles_are_told_apart(spread: bool, lab: Any) -> None:
    windows = cut_windows(lab.make_table(), 5)
    windows = lab.spread_windows(windows) if spread else windows
    rows = np.array(windows.target_rows)
    rows[11] = rows[8]
    rows[-8:-4] = rows[3:7]  # of the last article
    numbers = lab.examine("duplicates", lab.make_data(replace_targets(windows, rows))).numbers
    assert numbers["copies"] * numbers["rows"] == pytest.approx(5)
    assert numbers["copies_across"] * numbers["rows"] == pytest.approx(4)


def test_near_copies_are_found_where_no_byte_is_equal(lab: Any) -> None:
    windows = cut_windows(lab.make_table(), 5)
    rows = np.array(windows.target_rows)
    half = len(rows) // 2
    noise = np.random.default_rng(0).normal(0, 0.002, rows[:half].shape)
    rows[-half:] = rows[:half] + noise
    data = lab.make_data(replace_targets(windows, rows.astype(np.float32)))
    assert lab.judge("duplicates", data).verdict is Verdict.FAIL
    numbers = lab.examine("duplicates", data).numbers
    assert numbers["copies"] == 0
    assert numbers["near"] > 0.9
    assert 0 < numbers["near_error"] < 0.03
