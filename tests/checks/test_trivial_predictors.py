from typing import Any

import pytest

from checks import trivial_predictors
from checks.data import Data
from checks.options import OPTIONS
from checks.sample import permute_targets, replace_train, take_sample
from checks.verdict import Verdict
from checks.windows import cut_windows, open_windows

DEFAULTS = {key: option.default for key, option in OPTIONS["trivial_predictors"].items()}
SOUND: dict[str, Any] = {"mean_of_context": 0.6, "copy_last": 0.54, "global_mean": 0.18, "context_next": 0.6}


@pytest.mark.parametrize(
    ("changed", "verdict", "words"),
    [
        ({}, Verdict.PASS, "a model must beat mean of context 0.600, copy last 0.540"),
        ({"ridge": 0.55}, Verdict.PASS, "ridge 0.550"),
        ({"ridge": float("nan")}, Verdict.FAIL, "ridge is nan"),
        ({"mean_of_context": 0.22, "context_next": 0.22}, Verdict.WARN, "hardly better than one vector for everything"),
        ({"mean_of_context": 0.15, "context_next": 0.15}, Verdict.FAIL, "worse than one vector for everything"),
        ({"copy_last": 1.0}, Verdict.FAIL, "scores 1.000: a leak"),
        ({"context_next": 0.68}, Verdict.WARN, "its own last vector at 0.680 and the target at 0.600"),
        ({"global_mean": float("nan")}, Verdict.FAIL, "global mean is nan"),
    ],
)
def test_judge(changed: dict[str, Any], verdict: Verdict, words: str) -> None:
    finding = trivial_predictors.judge({**SOUND, **changed}, DEFAULTS)
    assert finding.verdict is verdict
    assert words in finding.detail


def test_nothing_measured_is_an_error() -> None:
    assert trivial_predictors.judge({}, DEFAULTS).verdict is Verdict.ERROR


def test_the_shipped_data_pass_and_a_leaked_target_is_refused(shipped: Data, lab: Any) -> None:
    examined = lab.examine("trivial_predictors", shipped)
    assert examined.finding.verdict is Verdict.PASS, examined.finding.detail
    assert examined.numbers["mean_of_context"] == pytest.approx(0.600, abs=0.01)
    assert examined.control.verdict is Verdict.FAIL
    assert examined.control.measured["copy_last"] == pytest.approx(1)


def test_text_all_of_a_kind_is_no_failure(lab: Any) -> None:
    windows = open_windows(lab.datasets / "moby-dick", 5)
    assert lab.judge("trivial_predictors", lab.make_data(windows)).verdict is Verdict.WARN


@pytest.mark.parametrize("spread", [False, True], ids=["table", "npz"])
def test_targets_that_belong_to_other_contexts_are_refused(spread: bool, lab: Any) -> None:
    windows = cut_windows(lab.make_table(), 5)
    windows = lab.spread_windows(windows) if spread else windows
    healthy = lab.make_data(windows)
    assert lab.judge("trivial_predictors", healthy).verdict is Verdict.PASS
    broken = replace_train(healthy, permute_targets(take_sample(windows)))
    assert lab.judge("trivial_predictors", broken).verdict is Verdict.FAIL
