"""Check 2: every context and every target is a unit vector, in training and in OOD sets."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.data import Data
from checks.finding import Finding, Findings
from checks.registry import Broken, Numbers, Progress, narrow
from checks.result import Measured
from checks.sample import replace_train, replace_vectors, take_sample
from checks.verdict import Verdict

ZERO = 1e-6  # a row shorter than this is one that nobody wrote


def measure(data: Data, progress: Progress) -> Numbers:
    """Measure the norms of every row that a window reads, set by set, contexts and targets apart."""
    numbers: dict[str, Measured] = {}
    for place, dataset in enumerate(data.datasets):
        scan = dataset.make_scan(narrow(progress, place, len(data.datasets)))
        for part, rows in scan.parts.items():
            numbers |= {f"{dataset.name}.{part}.{key}": value for key, value in _summarize(rows.norms).items()}
    return numbers


def _summarize(norms: NDArray[np.float64]) -> dict[str, float]:
    finite = norms[np.isfinite(norms)]
    some = len(finite) > 0
    return {
        "rows": len(norms),
        "mean": float(finite.mean()) if some else math.nan,
        "std": float(finite.std()) if some else math.nan,
        "farthest": float(np.abs(finite - 1).max()) if some else math.nan,
        "nonfinite": len(norms) - len(finite),
        "zero": int((finite < ZERO).sum()),
    }


def judge(numbers: Numbers, thresholds: Mapping[str, Any]) -> Finding:
    """Judge numbers keyed SET.PART.NUMBER."""
    findings = Findings(numbers)
    parts = list(dict.fromkeys(key.rpartition(".")[0] for key in numbers))
    for part in parts:
        _judge_part(findings, part, thresholds)
    findings.demand(bool(parts), "nothing was measured", Verdict.ERROR)
    expected = (
        f"mean norm within {thresholds['max_norm_error']:g} of 1, std below {thresholds['max_norm_std']:g}, "
        "no nan or inf, no zero rows"
    )
    rows = sum(int(findings.get(f"{part}.rows")) for part in parts)
    return findings.conclude(expected, f"{rows} rows of {len(parts)} arrays are unit vectors")


def _judge_part(findings: Findings, part: str, thresholds: Mapping[str, Any]) -> None:
    get = {key: findings.get(f"{part}.{key}") for key in ("rows", "mean", "std", "farthest", "nonfinite", "zero")}
    if not findings.demand(get["rows"] > 0, f"{part}: no rows", Verdict.ERROR):
        return
    findings.demand(get["nonfinite"] == 0, f"{part}: {get['nonfinite']:.0f} rows with nan or inf")
    findings.demand(get["zero"] == 0, f"{part}: {get['zero']:.0f} rows of zeros")
    error = abs(get["mean"] - 1)
    findings.demand(error <= thresholds["max_norm_error"], f"{part}: mean norm {get['mean']:.4f}")
    findings.demand(get["std"] < thresholds["max_norm_std"], f"{part}: norms spread by {get['std']:.4f}")
    far = get["farthest"]
    findings.demand(not far > thresholds["max_row_error"], f"{part}: a norm is {far:.3f} off 1", Verdict.WARN)


def control(data: Data) -> Broken:
    """Set one row of a sample to zero."""
    windows = take_sample(data.train.windows)
    rows = np.array(windows.context_rows, dtype=np.float32)
    rows[len(rows) // 2] = 0.0
    return Broken("one row set to zero", replace_train(data, replace_vectors(windows, rows)))
