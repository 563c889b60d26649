"""Check 5: neighbouring chunks are as much alike as in a known-good data set, and far more than random ones."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from checks.adjacency import measure_coherence
from checks.cosine import measure_mean
from checks.data import Data
from checks.finding import Finding, Findings
from checks.reference import Adjacency
from checks.registry import Broken, Numbers, Progress, narrow
from checks.result import Measured
from checks.sample import number_articles, replace_train, replace_vectors, shuffle_within, take_sample
from checks.verdict import Verdict


def measure(data: Data, progress: Progress) -> Numbers:
    """Measure cos(t, t + 1) inside articles, beside the reference's numbers and those of shuffled rows."""
    reference = data.require_reference().adjacency
    numbers: dict[str, Measured] = {} if reference is None else _list_reference(reference)
    below = float(data.settings["adjacency_coherence"]["low_cosine"])
    for place, dataset in enumerate(data.datasets):
        scan = dataset.make_scan(narrow(progress, place, len(data.datasets)))
        coherence = measure_coherence(dataset.windows, scan, data.seed)
        p10, p50, p90 = coherence.measure_quantiles()
        found: dict[str, Measured] = {
            "pairs": len(coherence.cosines),
            "mean": measure_mean(coherence.cosines),
            "std": float(coherence.cosines.std(dtype=np.float64)) if len(coherence.cosines) else None,
            "p10": p10,
            "p50": p50,
            "p90": p90,
            "low_share": coherence.measure_low(below),
            "shuffled": coherence.shuffled,
            "shuffled_error": coherence.shuffled_error,
            "histogram": " ".join(map(str, coherence.histogram)),
        }
        numbers |= {f"{dataset.name}.{key}": value for key, value in found.items()}
    return numbers


def _list_reference(adjacency: Adjacency) -> dict[str, Measured]:
    keys = ("mean", "std", "p10", "p50", "p90", "low_share")
    numbers: dict[str, Measured] = {f"reference.{key}": getattr(adjacency, key) for key in keys}
    return {**numbers, "reference.histogram": " ".join(map(str, adjacency.histogram))}


def judge(numbers: Numbers, thresholds: Mapping[str, Any]) -> Finding:
    """Judge the training set against the reference, and every set against its own shuffled rows."""
    findings = Findings(numbers)
    sets = [key.removesuffix(".pairs") for key in numbers if key.endswith(".pairs")] or ["train"]
    for name in sets:
        mean, shuffled = findings.get(f"{name}.mean"), findings.get(f"{name}.shuffled")
        findings.demand(
            mean - shuffled >= thresholds["min_above_shuffled"],
            f"{name}: neighbours ({mean:.3f}) are hardly more alike than shuffled rows ({shuffled:.3f})",
            Verdict.FAIL if name == "train" else Verdict.WARN,  # an OOD set may be a single article
        )
    if findings.demand(findings.has("reference.mean"), "the reference has no adjacency", Verdict.ERROR):
        _judge_against_reference(findings, thresholds)
    drop, rise = thresholds["max_mean_drop"], thresholds["max_low_rise"]
    expected = (
        f"mean cosine at most {drop:.1%} below the reference's {findings.get('reference.mean'):.3f}, "
        f"low pairs at most {100 * rise:.1f} points more than its {findings.get('reference.low_share'):.1%}"
    )
    return findings.conclude(
        expected, f"mean {findings.get('train.mean'):.3f}, low pairs {findings.get('train.low_share'):.1%}"
    )


def _judge_against_reference(findings: Findings, thresholds: Mapping[str, Any]) -> None:
    mean, expected_mean = findings.get("train.mean"), findings.get("reference.mean")
    drop = 1 - mean / expected_mean if expected_mean else float("nan")
    rise = findings.get("train.low_share") - findings.get("reference.low_share")
    for found, limit, words in (
        (drop, thresholds["max_mean_drop"], f"mean {mean:.3f} is {drop:.1%} below the reference's {expected_mean:.3f}"),
        (rise, thresholds["max_low_rise"], f"{100 * rise:.1f} points more low pairs than in the reference"),
    ):
        if findings.demand(found <= limit, words):
            findings.demand(found <= limit / 2, words, Verdict.WARN)
    least = thresholds["min_mean"]
    findings.demand(mean >= least, f"mean {mean:.3f} is below {least:g}", Verdict.WARN)


def control(data: Data) -> Broken:
    """Shuffle the rows of a sample inside every article."""
    windows = take_sample(data.train.windows)
    order = shuffle_within(number_articles(windows), data.seed)
    broken = replace_vectors(windows, np.asarray(windows.context_rows)[order])
    return Broken("rows shuffled inside every article", replace_train(data, broken))
