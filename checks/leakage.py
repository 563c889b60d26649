"""Leakage: what the model is tested on must not be among what it is trained on, whole articles or single vectors."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.chunks import Chunks, draw_rows, list_chunks
from checks.cosine import normalize
from checks.data import Data
from checks.equal_rows import hash_rows
from checks.errors import InputError
from checks.estimate import measure_share_error
from checks.finding import Finding, Findings
from checks.nearest import find_nearest
from checks.pages import take_rows
from checks.registry import Broken, Numbers, Progress, narrow
from checks.result import Measured
from checks.sample import replace_targets, replace_train, take_sample
from checks.verdict import Verdict
from checks.windows import Windows

CERTAIN = 2.0  # standard errors
CONTROL_SHARE = 0.1
HELD_OUT = "held_out"
CONTEXT_ROWS = 8192  # at a time


@dataclass(frozen=True, slots=True)
class Sides:
    """Numbers of windows that are trained on and that are held out, as the trainer will choose them."""

    train: NDArray[np.int64]
    held_out: NDArray[np.int64]


def split_sides(data: Data) -> Sides:
    """Hold windows out by the trainer's rule; raises ValueError where that cannot be.

    Where articles are not known the trainer leaves out the windows just before the held-out ones: they share vectors.
    """
    windows, held_out = data.train.windows, data.hold_out()
    kept, val = ~held_out, np.flatnonzero(held_out)
    if windows.article is None and len(val):
        kept[max(0, val[0] - windows.context) : val[0]] = False
    return Sides(np.flatnonzero(kept), val)


def measure(data: Data, progress: Progress) -> Numbers:
    """Look for held-out and OOD targets among what is trained on: all by their bytes, a sample by FAISS."""
    settings, sides, windows = data.settings["leakage"], split_sides(data), data.train.windows
    chunks = list_chunks(windows)
    hashes = hash_rows(chunks.stored, narrow(progress, 0, 2))
    trained = _mark(windows.target[sides.train], len(chunks))
    if windows.table is not None:
        trained |= _mark_contexts(windows, sides.train)
    seen = np.concatenate([hashes[trained], _hash_contexts(windows, sides.train)])
    wanted = {HELD_OUT: (chunks, np.unique(windows.target[sides.held_out]))}
    numbers: dict[str, Measured] = {"trained": int(trained.sum())}
    numbers |= _count_exact(HELD_OUT, hashes[wanted[HELD_OUT][1]], seen)
    for dataset in data.ood:
        ood = list_chunks(dataset.windows)
        if dataset.windows.dim != windows.dim:
            found = f"vectors of length {dataset.windows.dim}"
            raise InputError(dataset.windows.path, "--ood", found, f"{windows.dim} as in {windows.path}")
        wanted[dataset.name] = (ood, np.arange(len(ood)))
        same = ood.stored.dtype == chunks.stored.dtype  # else no row of one is byte for byte one of the other
        numbers |= _count_exact(dataset.name, hash_rows(ood.stored), seen if same else seen[:0])
    numbers |= _measure_near(chunks, trained, wanted, settings, data.seed, narrow(progress, 1, 2))
    return numbers | _count_shared_articles(windows, sides)


def _count_exact(name: str, hashes: NDArray[np.uint64], seen: NDArray[np.uint64]) -> dict[str, Measured]:
    return {f"{name}.rows": len(hashes), f"{name}.exact": float(np.isin(hashes, seen).mean())}


def _mark(rows: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    marked = np.zeros(count, dtype=bool)
    marked[rows] = True
    return marked


def _mark_contexts(windows: Windows, index: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark the rows of a table that the windows `index` have as context."""
    marked = np.zeros(len(windows.context_rows), dtype=bool)
    for place in range(windows.context):
        marked[windows.first[index] + place] = True
    return marked


def _hash_contexts(windows: Windows, index: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Hash the last context vector of windows of an npz; of a table none, whose contexts are rows like its targets.

    In an npz a target of one window is the context of others, which may lie on the other side of the split.
    """
    last = windows.first[index] + windows.context - 1 if windows.table is None else index[:0]
    parts = [
        hash_rows(take_rows(windows.context_rows, rows)) for rows in np.array_split(last, 1 + len(last) // CONTEXT_ROWS)
    ]
    return np.concatenate(parts)


def _measure_near(
    chunks: Chunks,
    trained: NDArray[np.bool_],
    wanted: Mapping[str, tuple[Chunks, NDArray[np.int64]]],
    settings: Mapping[str, Any],
    seed: int,
    progress: Progress,
) -> dict[str, Measured]:
    """Search a sample of every set among the vectors that are trained on, all sets in one pass."""
    drawn = {
        name: draw_rows(rows, int(settings["rows" if name == HELD_OUT else "ood_rows"]), seed)
        for name, (_, rows) in wanted.items()
    }
    queries = np.concatenate([wanted[name][0].take(rows) for name, rows in drawn.items()])
    twins = find_nearest(queries, chunks, among=trained, progress=progress).cosine >= float(settings["near_cosine"])
    numbers: dict[str, Measured] = {}
    for name, rows in drawn.items():
        mine, twins = twins[: len(rows)], twins[len(rows) :]
        error = measure_share_error(int(mine.sum()), len(rows), len(wanted[name][1]))
        numbers |= {f"{name}.sampled": len(rows), f"{name}.near": float(mine.mean()), f"{name}.near_error": error}
    return numbers


def _count_shared_articles(windows: Windows, sides: Sides) -> dict[str, Measured]:
    """Count ids and titles that stand on both sides of the split; an npz has one number for each article."""
    if windows.table is None or windows.article is None:
        return {}
    found: dict[str, Measured] = {}
    train, held_out = (np.unique(windows.article[index]) for index in (sides.train, sides.held_out))
    for key, names in (("ids", windows.table.read_ids()), ("titles", windows.table.read_titles())):
        shared = {names[a] for a in train} & {names[a] for a in held_out} - {""}
        found |= {f"shared_{key}": len(shared), f"shared_{key}_example": min(shared, default="")}
    return found


def judge(numbers: Numbers, thresholds: Mapping[str, Any]) -> Finding:
    """Judge what of each set is trained on; of what was sampled, two standard errors below what was found."""
    findings = Findings(numbers)
    sets = [key.removesuffix(".near") for key in numbers if key.endswith(".near")]
    findings.demand(bool(sets), "nothing was measured", Verdict.ERROR)
    for name in sets:
        _judge_set(findings, name, thresholds)
    for key, verdict in (("ids", Verdict.FAIL), ("titles", Verdict.WARN)):
        words = (
            f"{findings.get(f'shared_{key}'):.0f} article {key} stand on both sides of the split, "
            f"such as {numbers.get(f'shared_{key}_example')!r}"
        )
        findings.demand(not findings.get(f"shared_{key}") > 0, words, verdict)
    expected = f"at most {thresholds['max_share']:.1%} of what is tested on among what is trained on"
    shown = ", ".join(
        f"{name} {findings.get(f'{name}.near'):.2%} ± {findings.get(f'{name}.near_error'):.2%}" for name in sets
    )
    return findings.conclude(expected, f"found again in training: {shown}")


def _judge_set(findings: Findings, name: str, thresholds: Mapping[str, Any]) -> None:
    exact, near, error = (findings.get(f"{name}.{key}") for key in ("exact", "near", "near_error"))
    words = f"{name}: {exact:.2%} of the vectors are trained on, byte for byte"
    if findings.demand(exact <= thresholds["max_share"], words):
        findings.demand(exact <= thresholds["healthy_share"], words, Verdict.WARN)
    surely = near - CERTAIN * error
    words = f"{name}: {near:.2%} ± {error:.2%} of the vectors are trained on (cosine {thresholds['near_cosine']:g})"
    if findings.demand(surely <= thresholds["max_share"], words):
        findings.demand(surely <= thresholds["healthy_share"], words, Verdict.WARN)


def control(data: Data) -> Broken:
    """Copy held-out vectors of a sample over some that are trained on.

    A sample that lies in one article is split as if nothing were known of articles.
    """
    windows = take_sample(data.train.windows)
    sample = replace_train(data, windows)
    try:
        sides = split_sides(sample)
    except ValueError:
        windows = _forget_articles(windows)
        sample = replace_train(data, windows)
        sides = split_sides(sample)
    rows = normalize(windows.target_rows)
    draw = np.random.default_rng(data.seed)
    held_out, trained = windows.target[sides.held_out], windows.target[sides.train]
    count = min(len(trained), max(1, math.ceil(CONTROL_SHARE * len(held_out))))
    rows[draw.choice(trained, count, replace=False)] = rows[draw.choice(held_out, count)]
    broken = dataclasses.replace(
        sample, train=dataclasses.replace(sample.train, windows=replace_targets(windows, rows))
    )
    return Broken("held-out vectors copied into training articles", broken)


def _forget_articles(windows: Windows) -> Windows:
    """Return windows of which it is not known which article they are from."""
    return dataclasses.replace(windows, table=None, article=None, chunk=None)
