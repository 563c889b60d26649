"""Window integrity: no window crosses an article, and chunk numbers follow the text without repeating or going back."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.cosine import measure_mean, normalize
from checks.data import Data
from checks.finding import Finding, Findings
from checks.registry import Broken, Numbers, Progress
from checks.result import Measured
from checks.sample import replace_train, take_sample
from checks.sequence import link_windows, order_windows
from checks.table import Table
from checks.verdict import Verdict
from checks.windows import Windows

BLOCK_WINDOWS = 1024
MOST = 0.5
CONTROL_ARTICLE = 25  # windows, or rows, between two borders that the control draws through the text


def measure(data: Data, progress: Progress) -> Numbers:
    """Measure borders and numbers of all windows, and by their vectors whether a sample of them really follows on."""
    limit = int(data.settings["window_integrity"]["windows"])
    numbers: dict[str, Measured] = {}
    for place, dataset in enumerate(data.datasets):
        windows = dataset.windows
        found: dict[str, Measured] = {"windows": len(windows), "positions": windows.article is not None}
        found |= _measure_table(windows, windows.table) if windows.table else _measure_file(windows, limit, data.seed)
        numbers |= {f"{dataset.name}.{key}": value for key, value in found.items()}
        progress((place + 1) / len(data.datasets), dataset.name)
    return numbers


def _measure_table(windows: Windows, table: Table) -> dict[str, Measured]:
    """Hold windows against the borders of a table's articles, and count the rows that no window reads."""
    sizes = np.diff(table.offsets)
    ends = [np.searchsorted(table.offsets, rows, side="right") for rows in (windows.first, windows.target)]
    gone = (ends[0] != ends[1]) | (windows.target != windows.first + windows.context)
    short = sizes <= windows.context
    return {
        "crossing": measure_mean(gone),
        "articles": len(sizes),
        "empty": int((sizes == 0).sum()),
        "short": int((short & (sizes > 0)).sum()),
        "unused": float(sizes[short].sum() / max(1, table.rows)),
    }


def _measure_file(windows: Windows, limit: int, seed: int) -> dict[str, Measured]:
    """Measure the windows of an npz: what its positions say, and what its vectors say of that."""
    order, article, chunk = order_windows(windows), windows.article, windows.chunk
    if article is None or chunk is None:
        steps = np.arange(max(0, len(order) - 1))
        return {"continues": _measure_links(windows, order, _draw(steps, limit, seed))[0]}
    inside, step = np.diff(article[order]) == 0, np.diff(chunk[order].astype(np.int64))
    in_file = np.diff(article) == 0
    borders, next_one = np.flatnonzero(~inside), np.flatnonzero(inside & (step == 1))
    forward, backward = _measure_links(windows, order, _draw(next_one, limit, seed))
    return {
        "articles": int(article.max(initial=-1)) + 1,
        "repeats": float((inside & (step == 0)).sum() / max(1, len(order))),
        "gaps": measure_mean(step[inside] > 1),
        "backwards": measure_mean(np.diff(chunk.astype(np.int64))[in_file] < 0),
        "steps": len(next_one),
        "follow": forward,
        "follow_backwards": backward,
        "crossing": _measure_links(windows, order, _draw(borders, limit, seed))[0] if len(borders) else 0.0,
    }


def _draw(steps: NDArray[np.int64], limit: int, seed: int) -> NDArray[np.int64]:
    if len(steps) <= limit:
        return steps
    return np.sort(np.random.default_rng(seed).choice(steps, limit, replace=False))


def _measure_links(windows: Windows, order: NDArray[np.int64], steps: NDArray[np.int64]) -> tuple[float, float]:
    """Return how often window `order[step + 1]` continues `order[step]`, and how often it is the other way round."""
    forward, backward = [], []
    for start in range(0, len(steps), BLOCK_WINDOWS):
        some = steps[start : start + BLOCK_WINDOWS]
        earlier, later = (normalize(windows.read_contexts(order[at])) for at in (some, some + 1))
        forward.append(link_windows(earlier, later))
        backward.append(link_windows(later, earlier))
    if not forward:
        return math.nan, math.nan
    return measure_mean(np.concatenate(forward)), measure_mean(np.concatenate(backward))


def judge(numbers: Numbers, thresholds: Mapping[str, Any]) -> Finding:
    """Judge every set."""
    findings = Findings(numbers)
    sets = [key.removesuffix(".windows") for key in numbers if key.endswith(".windows")]
    findings.demand(bool(sets), "nothing was measured", Verdict.ERROR)
    for name in sets:
        _judge_borders(findings, name, thresholds)
        if findings.has(f"{name}.follow"):
            _judge_numbers(findings, name, thresholds)
    expected = "every window inside one article, chunk numbers in the order of the text"
    windows = sum(int(findings.get(f"{name}.windows")) for name in sets)
    articles = sum(int(findings.get(f"{name}.articles")) for name in sets if findings.has(f"{name}.articles"))
    return findings.conclude(expected, f"{windows} windows keep to their {articles} articles")


def _judge_borders(findings: Findings, name: str, thresholds: Mapping[str, Any]) -> None:
    if not findings.numbers.get(f"{name}.positions"):
        words = (
            f"{name}: the file does not say which article a window is from; "
            f"{findings.get(f'{name}.continues'):.0%} of its windows continue the one before"
        )
        findings.demand(False, words, Verdict.WARN)
        return
    crossing = findings.get(f"{name}.crossing")
    what = "of the windows cross into another article"
    if findings.has(f"{name}.follow"):
        what = "of the articles begin with what continues the article before"
    findings.demand(crossing <= thresholds["max_crossings"], f"{name}: {crossing:.1%} {what}")
    if findings.has(f"{name}.unused"):
        unused, short = findings.get(f"{name}.unused"), findings.get(f"{name}.short")
        words = f"{name}: {unused:.0%} of the rows are in {short:.0f} articles too short for a window"
        findings.demand(unused <= thresholds["max_unused"], words, Verdict.WARN)


def _judge_numbers(findings: Findings, name: str, thresholds: Mapping[str, Any]) -> None:
    get = {key: findings.get(f"{name}.{key}") for key in ("repeats", "gaps", "backwards", "follow", "follow_backwards")}
    words = f"{name}: {get['repeats']:.2%} of the windows repeat an article and chunk"
    if findings.demand(get["repeats"] <= thresholds["max_repeats"], words):
        findings.demand(get["repeats"] == 0, words, Verdict.WARN)
    if findings.get(f"{name}.steps") > 0:
        words = f"{name}: {get['follow']:.1%} of chunks continue the chunk numbered one before"
        if get["follow_backwards"] > MOST:
            words = f"{name}: chunk numbers run backwards ({get['follow_backwards']:.1%} of chunks come before)"
        findings.demand(get["follow"] >= thresholds["min_follow"], words)
    words = f"{name}: {get['gaps']:.1%} of steps skip a chunk number"
    findings.demand(not get["gaps"] > thresholds["max_gaps"], words, Verdict.WARN)
    words = f"{name}: the file is not in the order of its text ({get['backwards']:.1%} of steps go back)"
    findings.demand(not get["backwards"] > thresholds["max_backwards"], words, Verdict.WARN)


def control(data: Data) -> Broken:
    """Cut the windows of a sample straight through borders: of its table, or of articles drawn through its text."""
    windows = take_sample(data.train.windows)
    if windows.table is None and windows.article is not None:
        order, article = order_windows(windows), np.empty(len(windows), dtype=np.int32)
        article[order] = np.arange(len(order)) // CONTROL_ARTICLE
        borders = np.flatnonzero(np.diff(article[order]))
        if _measure_links(windows, order, borders)[0] > 0:
            relabelled = dataclasses.replace(windows, article=article)
            return Broken("articles begin in the middle of a text", replace_train(data, relabelled))
    return Broken("windows cut across articles", replace_train(data, _cut_through(windows)))


def _cut_through(windows: Windows) -> Windows:
    """Lay rows out as a table, and cut windows as if it had no borders."""
    rows = np.asarray(windows.target_rows, dtype=np.float32)
    offsets = np.append(np.arange(0, len(rows), CONTROL_ARTICLE), len(rows)).astype(np.int64)
    if windows.table is not None and len(windows.table.offsets) > 2:
        offsets = windows.table.offsets  # else one article has no border to be cut across
    table = Table(windows.path, rows, None, offsets, {})
    first = np.arange(max(0, len(rows) - windows.context), dtype=np.int64)
    target = first + windows.context
    article = table.article_of_row[target]
    chunk = (target - offsets[article]).astype(np.int32)
    return Windows(windows.path, rows, rows, first, target, article, chunk, windows.context, table)
