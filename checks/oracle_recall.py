"""Check 3: among all targets, and by a FAISS index, one is found by the same vector taken by another way."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.cosine import SAME, measure_cosines, normalize
from checks.data import Data
from checks.estimate import measure_share_error
from checks.finding import Finding, Findings
from checks.index import build_index, choose_indexed, find
from checks.options import Setting
from checks.queries import FROM_ITSELF, Queries, derive_queries
from checks.ranks import LOST, Ranks, rank_targets
from checks.registry import Broken, Numbers, Progress, narrow
from checks.result import Measured
from checks.sample import permute_targets, replace_train, take_sample
from checks.verdict import Verdict
from checks.windows import Windows

QUERIES_AT_ONCE = 1000
KS = (1, 5, 1000)
MOST = KS[-1]


def measure(data: Data, progress: Progress) -> Numbers:
    """Rank a sample of each set's targets among all of them, and ask a FAISS index for them."""
    numbers: dict[str, Measured] = {}
    for place, dataset in enumerate(data.datasets):
        part = narrow(progress, place, len(data.datasets))
        found = _measure_set(dataset.windows, data.settings["oracle_recall"], data.seed, part)
        numbers |= {f"{dataset.name}.{key}": value for key, value in found.items()}
    return numbers


def _measure_set(
    windows: Windows, settings: Mapping[str, Setting], seed: int, progress: Progress
) -> dict[str, Measured]:
    queries = derive_queries(windows, int(settings["queries"]), seed)
    ranks = _rank(windows, queries, narrow(progress, 0, 2))
    flat_rows = int(settings["flat_rows"])
    most = flat_rows if len(windows) <= flat_rows else int(settings["index_rows"])
    indexed = choose_indexed(windows, queries.asked, most, seed)
    index = build_index(windows, flat_rows, seed, narrow(progress, 1, 2), indexed)
    retrieved = _find_places(find(index, queries.vectors, min(MOST, len(indexed))), queries.asked)
    return {
        **_score(ranks, queries, windows),
        **{f"index_recall_{k}": _measure_recall(retrieved, k) for k in KS},
        "index": "flat" if len(windows) <= flat_rows else "IVF",
        "index_rows": len(indexed),
        "windows": len(windows),
    }


def _rank(windows: Windows, queries: Queries, progress: Progress) -> Ranks:
    """Rank some queries at a time, so that their scores with a block of targets stay small."""
    starts = range(0, max(1, len(queries.asked)), QUERIES_AT_ONCE)
    found = []
    for turn, start in enumerate(starts):
        some = slice(start, start + QUERIES_AT_ONCE)
        part = narrow(progress, turn, len(starts))
        found.append(rank_targets(windows, queries.vectors[some], queries.asked[some], MOST, part))
    return Ranks(np.concatenate([part.rank for part in found]), np.concatenate([part.first for part in found]))


def _find_places(ids: NDArray[np.int64], asked: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places, from 1 on, of the windows asked for (Q,) among payload ids (Q, K); LOST where there is none.

    FAISS gives the id -1 where it found nothing.
    """
    hit = ids == asked[:, None]
    return np.where(hit.any(axis=1), 1 + hit.argmax(axis=1), LOST)


def _measure_recall(places: NDArray[np.int64], k: int) -> float:
    return float((places <= k).sum() / max(1, len(places)))


def _score(ranks: Ranks, queries: Queries, windows: Windows) -> dict[str, Measured]:
    missed = (ranks.rank > 1) & (ranks.first >= 0)  # a nan finds nothing: -1
    first = normalize(windows.read_targets(ranks.first[missed]))
    twins = measure_cosines(first, queries.vectors[missed]) > SAME
    asked = len(queries.asked)
    return {
        "queries": asked,
        "way": queries.way,
        **{f"recall_{k}": _measure_recall(ranks.rank, k) for k in KS},
        "recall_5_error": measure_share_error(int((ranks.rank <= 5).sum()), asked, len(windows)),
        "duplicates": float(twins.sum() / max(1, asked)),
    }


def judge(numbers: Numbers, thresholds: Mapping[str, Any]) -> Finding:
    """Judge recall of every set; a first place lost to an exact duplicate is explained."""
    findings = Findings(numbers)
    sets = [key.removesuffix(".queries") for key in numbers if key.endswith(".queries")]
    findings.demand(bool(sets), "nothing was measured", Verdict.ERROR)
    for name in sets:
        _judge_set(findings, name, thresholds)
    expected = f"recall >= {thresholds['min_recall_5']:g} @5 and >= {thresholds['min_recall_1000']:g} @1000"
    shown = [f"@{k} {findings.get(f'train.recall_{k}'):.3f}" for k in KS]
    duplicates = f"{findings.get('train.duplicates'):.1%} of first places lost to exact duplicates"
    asked, rows = findings.get("train.queries"), findings.get("train.index_rows")
    error = findings.get("train.recall_5_error")
    about = f" (±{error:.3f}, of {asked:,.0f} queries)" if error > 0 else ""
    index = f"{numbers.get('train.index')} index of {rows:,.0f} @5 {findings.get('train.index_recall_5'):.3f}"
    well = f"{', '.join(shown)}{about}; {index}; {duplicates}; queries: {numbers.get('train.way')}"
    return findings.conclude(expected, well)


def _judge_set(findings: Findings, name: str, thresholds: Mapping[str, Any]) -> None:
    queries = findings.get(f"{name}.queries")
    if not findings.demand(queries > 0, f"{name}: no queries", Verdict.ERROR):
        return
    duplicates = findings.get(f"{name}.duplicates")
    for k in (5, 1000):
        recall = findings.get(f"{name}.recall_{k}")
        words = f"{name}: recall @{k} is {recall:.3f} ({duplicates:.1%} of first places lost to exact duplicates)"
        findings.demand(recall >= thresholds[f"min_recall_{k}"], words)
        recall = findings.get(f"{name}.index_recall_{k}")
        words = f"{name}: recall @{k} of the {findings.numbers.get(f'{name}.index')} index is {recall:.3f}"
        findings.demand(recall >= thresholds[f"min_recall_{k}"], words)
    lost = 1 - findings.get(f"{name}.recall_1") - duplicates
    words = f"{name}: {lost:.1%} of first places are lost to vectors that are no duplicates"
    findings.demand(lost <= thresholds["max_unexplained"], words, Verdict.WARN)
    proved = findings.numbers.get(f"{name}.way") != FROM_ITSELF
    words = f"{name}: the file does not say which window follows which, so payload ids were not tested"
    findings.demand(proved, words, Verdict.WARN)


def control(data: Data) -> Broken:
    """Permute the payload of a sample: every window carries another one's target."""
    return Broken("payload ids permuted", replace_train(data, permute_targets(take_sample(data.train.windows))))
