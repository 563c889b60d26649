import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from checks import window_integrity
from checks.data import Data
from checks.options import OPTIONS
from checks.verdict import Verdict
from checks.windows import Windows, cut_windows

DEFAULTS = {key: option.default for key, option in OPTIONS["window_integrity"].items()}
TABLE: dict[str, Any] = {
    "windows": 900, "positions": True, "crossing": 0.0, "articles": 60, "empty": 0, "short": 2, "unused": 0.01,
}  # fmt: skip
FILE: dict[str, Any] = {
    "windows": 900, "positions": True, "articles": 60, "repeats": 0.0, "gaps": 0.0, "backwards": 0.0, "steps": 840,
    "follow": 1.0, "follow_backwards": 0.0, "crossing": 0.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("numbers", "verdict", "words"),
    [
        (TABLE, Verdict.PASS, "900 windows keep to their 60 articles"),
        ({**TABLE, "crossing": 0.002}, Verdict.FAIL, "0.2% of the windows cross"),
        ({**TABLE, "unused": 0.2}, Verdict.WARN, "20% of the rows are in 2 articles too short"),
        (FILE, Verdict.PASS, ""),
        ({**FILE, "crossing": 0.02}, Verdict.FAIL, "2.0% of the articles begin with what continues"),
        ({**FILE, "repeats": 0.0001}, Verdict.WARN, "0.01% of the windows repeat"),
        ({**FILE, "repeats": 0.02}, Verdict.FAIL, "2.00% of the windows repeat"),
        ({**FILE, "follow": 0.9}, Verdict.FAIL, "90.0% of chunks continue"),
        ({**FILE, "follow": 0.0, "follow_backwards": 1.0}, Verdict.FAIL, "run backwards (100.0%"),
        ({**FILE, "follow": float("nan"), "steps": 0}, Verdict.PASS, ""),
        ({**FILE, "gaps": 0.1}, Verdict.WARN, "10.0% of steps skip"),
        ({**FILE, "backwards": 0.5}, Verdict.WARN, "not in the order of its text (50.0%"),
        ({"windows": 900, "positions": False, "continues": 0.98}, Verdict.WARN, "98% of its windows continue"),
        ({}, Verdict.ERROR, "nothing was measured"),
    ],
)
def test_judge(numbers: dict[str, Any], verdict: Verdict, words: str) -> None:
    finding = window_integrity.judge({f"train.{key}": value for key, value in numbers.items()}, DEFAULTS)
    assert finding.verdict is verdict
    assert words in finding.detail


def test_the_shipped_data_pass_and_windows_across_borders_are_refused(shipped: Data, lab: Any) -> None:
    examined = lab.examine("window_integrity", shipped)
    assert examined.finding.verdict is Verdict.PASS, examined.finding.detail
    assert examined.numbers["train.short"] == 5
    assert examined.control.verdict is Verdict.FAIL
    assert examined.control.broken == "windows cut across articles"


def test_the_shipped_windows_as_an_npz_pass_and_borders_in_a_text_are_refused(shipped: Data, lab: Any) -> None:
    examined = lab.examine("window_integrity", lab.make_data(lab.spread_windows(shipped.train.windows)))
    assert examined.finding.verdict is Verdict.PASS, examined.finding.detail
    assert examined.numbers["train.follow"] == 1
    assert examined.control.verdict is Verdict.FAIL
    assert examined.control.broken == "articles begin in the middle of a text"


def renumber(windows: Windows, article: Any, chunk: Any) -> Windows:
    return dataclasses.replace(windows, article=article.astype(np.int32), chunk=chunk.astype(np.int32))


def draw_pairs(windows: Windows) -> Windows:
    """Deal chunk numbers out anew inside articles."""
    order = np.lexsort((np.random.default_rng(0).random(len(windows)), windows.article))
    return renumber(windows, windows.article, np.asarray(windows.chunk)[order])


BREAKS: dict[str, tuple[Callable[[Windows], Windows], Verdict, str]] = {
    "positions of others": (draw_pairs, Verdict.FAIL, "continue the chunk numbered one before"),
    "numbers run backwards": (lambda w: renumber(w, w.article, 100 - w.chunk), Verdict.FAIL, "run backwards"),
    "borders in the text": (lambda w: renumber(w, np.arange(len(w)) // 25, w.chunk), Verdict.FAIL, "begin with what"),
    "numbers repeat": (lambda w: renumber(w, w.article, w.chunk // 2), Verdict.FAIL, "repeat an article and chunk"),
    "numbers skip": (lambda w: renumber(w, w.article, 2 * w.chunk), Verdict.WARN, "skip a chunk number"),
    "unknown": (lambda w: dataclasses.replace(w, article=None, chunk=None), Verdict.WARN, "97% of its windows"),
}


@pytest.mark.parametrize("name", list(BREAKS))
def test_what_is_wrong_with_the_windows_of_an_npz_is_said(name: str, lab: Any) -> None:
    windows = lab.spread_windows(cut_windows(lab.make_table(), 5))
    breaks, verdict, words = BREAKS[name]
    finding = lab.judge("window_integrity", lab.make_data(breaks(windows)))
    assert finding.verdict is verdict
    assert words in finding.detail


def test_a_control_is_there_where_nothing_follows_anything(lab: Any) -> None:
    windows = lab.spread_windows(cut_windows(lab.make_table(), 5))
    alone = renumber(windows, np.arange(len(windows))[::-1], np.zeros(len(windows)))
    for made in (alone, dataclasses.replace(windows, article=None, chunk=None)):
        examined = lab.examine("window_integrity", lab.make_data(made))
        assert examined.control.verdict is Verdict.FAIL
