"""Trivial predictors: what a model must beat, and whether these numbers are what such predictors can reach at all."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from checks.data import Data
from checks.finding import Finding, Findings
from checks.predictors import measure_predictors
from checks.registry import Broken, Numbers, Progress
from checks.sample import replace_train, take_sample
from checks.verdict import Verdict
from checks.windows import Windows


def measure(data: Data, progress: Progress) -> Numbers:
    """Measure the predictors on the windows that the trainer will hold out; raises ValueError where none can be."""
    return dict(measure_predictors(data, progress))


def judge(numbers: Numbers, thresholds: Mapping[str, Any]) -> Finding:
    """Judge mean cosines by the predictor's name."""
    findings = Findings(numbers)
    findings.demand(bool(numbers), "nothing was measured", Verdict.ERROR)
    for name in numbers:
        findings.demand(math.isfinite(findings.get(name)), f"{name.replace('_', ' ')} is {findings.get(name)}")
    mean, last = findings.get("mean_of_context"), findings.get("copy_last")
    middle, next_one = findings.get("global_mean"), findings.get("context_next")
    words = f"the mean of the context ({mean:.3f}) is {{}} one vector for everything ({middle:.3f})"
    # Of text all of a kind a context says little more than the mean of all; less says only that of another text.
    if findings.demand(mean >= middle + thresholds["min_lead"], words.format("worse than")):
        better = mean >= middle + thresholds["healthy_lead"]
        findings.demand(better, words.format("hardly better than"), Verdict.WARN)
    findings.demand(last <= thresholds["max_copy_last"], f"copying the last context vector scores {last:.3f}: a leak")
    words = f"the context predicts its own last vector at {next_one:.3f} and the target at {mean:.3f}"
    findings.demand(abs(next_one - mean) <= thresholds["max_gap"], words, Verdict.WARN)
    expected = f"mean of context not below global mean, copy last at most {thresholds['max_copy_last']:g}"
    shown = ", ".join(f"{name.replace('_', ' ')} {findings.get(name):.3f}" for name in numbers)
    return findings.conclude(expected, f"a model must beat {shown}")


def control(data: Data) -> Broken:
    """Let the last context vector of each window of a sample be its target."""
    windows = _leak(take_sample(data.train.windows))
    return Broken("each target is its last context vector", replace_train(data, windows))


def _leak(windows: Windows) -> Windows:
    """Point every target at the last context row.

    A sample that may lie in one article is split as if nothing were known of articles.
    """
    rows = np.asarray(windows.context_rows, dtype=np.float32)
    last = windows.first + windows.context - 1
    return dataclasses.replace(windows, target_rows=rows, target=last, table=None, article=None, chunk=None)
