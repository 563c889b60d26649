"""The articles of a converted table: runs of windows without a gap, each an article or a part of one."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.windows import Windows
from trainer.convert.joining import Sequence


def write_parts(folder: Path, windows: Windows, sequence: Sequence, begins: NDArray[np.int64]) -> None:
    """Write offsets.npy and articles.jsonl; part p is the windows begins[p] to begins[p + 1] of the order, (P,).

    An article in one part keeps the number that the file gives it as its id, its parts are NUMBER#1, NUMBER#2, ...
    `first_target` is the chunk number of the first target. Where the file knows no articles, parts are numbered, and
    `first_window` is the number of the first window in the file.
    """
    sizes = np.diff(np.append(begins, len(sequence.order))) + windows.context
    np.save(folder / "offsets.npy", np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))
    first = sequence.order[begins]
    if windows.article is None or windows.chunk is None or windows.article_ids is None:
        articles = _number_parts(first)
    else:
        ids = windows.article_ids
        articles = _name_parts(windows.article[first].tolist(), windows.chunk[first].tolist(), ids)
    with (folder / "articles.jsonl").open("x", encoding="utf-8") as lines:
        for fields in articles:
            lines.write(json.dumps(fields) + "\n")


def _number_parts(first: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
    for number, window in enumerate(first.tolist(), start=1):
        yield {"id": str(number), "title": "", "kind": "article", "first_window": window}


def _name_parts(articles: list[int], chunks: list[int], ids: NDArray[Any]) -> Iterator[dict[str, Any]]:
    parts = Counter(articles)
    previous, part = -1, 0
    for article, chunk in zip(articles, chunks, strict=True):
        previous, part = article, part + 1 if article == previous else 1
        name = str(ids[article])
        if parts[article] == 1:
            yield {"id": name, "title": "", "kind": "article", "first_target": chunk}
        else:
            fields = {"id": f"{name}#{part}", "title": "", "kind": "article", "first_target": chunk}
            yield {**fields, "article": name, "part": part}
