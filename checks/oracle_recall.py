"""Check 3: an index of the targets, asked for a target taken by another way, finds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.cosine import SAME, measure_cosines, normalize
from checks.data import Data
from checks.finding import Finding, Findings
from checks.index import build_index, find
from checks.registry import Broken, Numbers, Progress, narrow
from checks.result import Measured
from checks.sample import permute_targets, replace_train, take_sample
from checks.sequence import link_windows, order_windows
from checks.table import Table
from checks.verdict import Verdict
from checks.windows import Windows

FEWEST_QUERIES = 10
FROM_TABLE = "rows looked up by article and chunk"
FROM_NEXT = "the copy of the target in the next window's context"
FROM_ITSELF = "the target itself, rounded to half precision: proves the index, not the ids"


@dataclass(frozen=True, slots=True)
class Queries:
    """Vectors (Q, D) re-derived for windows `asked` (Q,), and in words by which way."""

    vectors: NDArray[np.float32]
    asked: NDArray[np.int64]
    way: str


def measure(data: Data, progress: Progress) -> Numbers:
    """Build an index of each set's targets and ask it for a sample of them."""
    settings = data.settings["oracle_recall"]
    numbers: dict[str, Measured] = {}
    for place, dataset in enumerate(data.datasets):
        windows, flat_rows = dataset.windows, int(settings["flat_rows"])
        index = build_index(windows, flat_rows, data.seed, narrow(progress, place, len(data.datasets)))
        queries = derive_queries(windows, int(settings["queries"]), data.seed)
        found = _score(find(index, queries.vectors, min(1000, len(windows))), queries, windows)
        found |= {"windows": len(windows), "index": "flat" if len(windows) <= flat_rows else "IVF"}
        numbers |= {f"{dataset.name}.{key}": value for key, value in found.items()}
    return numbers


def derive_queries(windows: Windows, count: int, seed: int) -> Queries:
    """Take targets by another way than the index does: see Queries.way."""
    order = order_windows(windows)
    if windows.table is not None and windows.article is not None and windows.chunk is not None:
        asked = _draw(order, count, seed)
        rows = windows.table.offsets[windows.article[asked]] + windows.chunk[asked]
        return Queries(_read_anew(windows.table, rows), asked, FROM_TABLE)
    places = _draw(np.arange(max(0, len(order) - 1)), count, seed)
    later = windows.read_contexts(order[places + 1])
    linked = link_windows(normalize(windows.read_contexts(order[places])), normalize(later))
    if linked.sum() >= min(FEWEST_QUERIES, len(order) - 1):
        return Queries(normalize(later[linked, -1]), order[places[linked]], FROM_NEXT)
    asked = _draw(order, count, seed)
    return Queries(normalize(windows.read_targets(asked).astype(np.float16)), asked, FROM_ITSELF)


def _draw(numbers: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    if len(numbers) <= count:
        return numbers
    return np.sort(np.random.default_rng(seed).choice(numbers, count, replace=False))


def _read_anew(table: Table, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Read rows from the file again, and bring them back from their stored form in double precision."""
    vectors = np.asarray(table.stored[rows], dtype=np.float64)
    if table.scales is not None:
        vectors *= np.asarray(table.scales[rows], dtype=np.float64)[:, None]
    return normalize(vectors)


def _score(ids: NDArray[np.int64], queries: Queries, windows: Windows) -> dict[str, Measured]:
    """Compare payload ids (Q, K) with the windows that were asked for."""
    hit = ids == queries.asked[:, None]
    first = ids[:, 0]
    missed = ~hit[:, 0] & (first >= 0)  # a nan finds nothing: -1
    twins = measure_cosines(normalize(windows.read_targets(first[missed])), queries.vectors[missed]) > SAME
    total = max(1, len(ids))
    return {
        "queries": len(ids),
        "way": queries.way,
        "recall_1": float(hit[:, 0].sum() / total),
        "recall_5": float(hit[:, :5].any(axis=1).sum() / total),
        "recall_1000": float(hit.any(axis=1).sum() / total),
        "duplicates": float(twins.sum() / total),
    }


def judge(numbers: Numbers, thresholds: Mapping[str, Any]) -> Finding:
    """Judge recall of every set; a first place lost to an exact duplicate is explained."""
    findings = Findings(numbers)
    sets = [key.removesuffix(".queries") for key in numbers if key.endswith(".queries")]
    findings.demand(bool(sets), "nothing was measured", Verdict.ERROR)
    for name in sets:
        _judge_set(findings, name, thresholds)
    expected = f"recall >= {thresholds['min_recall_5']:g} @5 and >= {thresholds['min_recall_1000']:g} @1000"
    shown = [f"@{k} {findings.get(f'train.recall_{k}'):.3f}" for k in (1, 5, 1000)]
    duplicates = f"{findings.get('train.duplicates'):.1%} of first places lost to exact duplicates"
    return findings.conclude(expected, f"{', '.join(shown)}; {duplicates}; queries: {numbers.get('train.way')}")


def _judge_set(findings: Findings, name: str, thresholds: Mapping[str, Any]) -> None:
    queries = findings.get(f"{name}.queries")
    if not findings.demand(queries > 0, f"{name}: no queries", Verdict.ERROR):
        return
    duplicates = findings.get(f"{name}.duplicates")
    for k in (5, 1000):
        recall = findings.get(f"{name}.recall_{k}")
        words = f"{name}: recall @{k} is {recall:.3f} ({duplicates:.1%} of first places lost to exact duplicates)"
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
