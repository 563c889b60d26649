"""Duplicates: rows that are stored more than once, byte for byte or nearly so."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.chunks import Chunks, draw_rows, list_chunks
from checks.data import Data
from checks.equal_rows import find_first_equals, hash_rows
from checks.estimate import measure_share_error
from checks.finding import Finding, Findings
from checks.nearest import find_nearest
from checks.registry import Broken, Numbers, Progress, narrow
from checks.result import Measured
from checks.sample import replace_targets, replace_train, take_sample
from checks.verdict import Verdict

CERTAIN = 2.0  # standard errors
CONTROL_SHARE = 0.05


def measure(data: Data, progress: Progress) -> Numbers:
    """Count exact copies among all rows of the training set, and near copies of a sample of them."""
    settings = data.settings["duplicates"]
    chunks = list_chunks(data.train.windows)
    first = find_first_equals(chunks.stored, hash_rows(chunks.stored, narrow(progress, 0, 2)))
    near = _measure_near(
        chunks, int(settings["rows"]), float(settings["near_cosine"]), data.seed, narrow(progress, 1, 2)
    )
    return {"rows": len(chunks), **_count_copies(first, chunks.article), **near}


def _count_copies(first: NDArray[np.int64], article: NDArray[np.integer[Any]] | None) -> dict[str, Measured]:
    """Count rows that equal an earlier one, as shares of all rows; those of another article apart."""
    copies = np.flatnonzero(first != np.arange(len(first)))
    across = math.nan if article is None else float((article[copies] != article[first[copies]]).sum() / len(first))
    return {"copies": len(copies) / len(first), "copies_across": across}


def _measure_near(chunks: Chunks, count: int, cosine: float, seed: int, progress: Progress) -> dict[str, Measured]:
    own = draw_rows(np.arange(len(chunks)), count, seed)
    nearest = find_nearest(chunks.take(own), chunks, own=own, progress=progress)
    twins = nearest.cosine >= cosine
    article, across = chunks.article, math.nan
    if article is not None:
        across = float((article[own[twins]] != article[nearest.row[twins]]).sum() / len(own))
    return {
        "sampled": len(own),
        "near": float(twins.mean()),
        "near_error": measure_share_error(int(twins.sum()), len(own), len(chunks)),
        "near_across": across,
    }


def judge(numbers: Numbers, thresholds: Mapping[str, Any]) -> Finding:
    """Judge shares of rows; of the sampled one what it surely is, two standard errors below what was found."""
    findings = Findings(numbers)
    findings.demand(findings.get("rows") > 0, "nothing was measured", Verdict.ERROR)
    copies, near, error = findings.get("copies"), findings.get("near"), findings.get("near_error")
    surely, cosine = near - CERTAIN * error, thresholds["near_cosine"]
    exact = (
        f"{copies:.2%} of the rows are copies of an earlier one ({findings.get('copies_across'):.2%} across articles)"
    )
    alike = f"{near:.2%} ± {error:.2%} of the rows have a twin at cosine {cosine:g}"
    if findings.demand(copies <= thresholds["max_copies"], exact):
        findings.demand(copies <= thresholds["healthy_copies"], exact, Verdict.WARN)
    if findings.demand(surely <= thresholds["max_near"], alike):
        findings.demand(surely <= thresholds["healthy_near"], alike, Verdict.WARN)
    expected = (
        f"at most {thresholds['max_copies']:.0%} copies, and at most {thresholds['max_near']:.0%} with a near twin"
    )
    return findings.conclude(expected, f"{copies:.2%} copies; {alike}, of {findings.get('sampled'):.0f} sampled")


def control(data: Data) -> Broken:
    """Write one row in twenty of a sample over with another row of it."""
    windows = take_sample(data.train.windows)
    rows = np.array(windows.target_rows, dtype=np.float32)
    shuffled = np.random.default_rng(data.seed).permutation(len(rows))
    count = math.ceil(CONTROL_SHARE * len(rows))
    rows[shuffled[:count]] = rows[shuffled[-count:]]
    broken = replace_train(data, replace_targets(windows, rows))
    return Broken(f"{CONTROL_SHARE:.0%} of the rows duplicated", broken)
