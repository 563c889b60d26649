"""The five checks as one writes them first: a Python loop over rows, a similarity call for each target, query by query.

Each takes the first rows of a table in memory and says how many seconds it took; all are linear in the rows (the
recall in rows times queries), so that a sample tells what the whole table would take.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

from checks.table import Table

REACH, NEAREST = 5, 1000
Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Naive:
    """What a naive check took over `rows` rows (for the recall: with `queries`), and what it would for all."""

    seconds: float
    rows: int
    whole_s: float
    found: float  # its main number: what is computed cannot be left out


def hash_vectors(rows: Rows) -> float:
    """Hash every quantised vector, one after the other."""
    digest = hashlib.sha256()
    for vector in rows:
        digest.update(np.round(vector * 1000).astype(np.int16).tobytes())
    return float(len(digest.hexdigest()))


def check_norms(rows: Rows) -> float:
    """Take every row's norm, and look whether it is finite."""
    return float(np.mean([np.linalg.norm(vector) for vector in rows if np.isfinite(vector).all()]))


def check_neighbours(rows: Rows, article: NDArray[np.int32]) -> float:
    """Take the similarity of every target to its context, and to all rows up to 5 away in its article, a call each."""
    from sklearn.metrics.pairwise import cosine_similarity

    nearest = []
    for row, vector in enumerate(rows):
        if row >= REACH and article[row - REACH] == article[row]:
            nearest.append(int(np.argmax(cosine_similarity(rows[row - REACH : row], vector[None])[:, 0])))
        around = [n for n in range(max(0, row - REACH), min(len(rows), row + REACH + 1)) if n != row]
        same = [n for n in around if article[n] == article[row]]
        if same:
            nearest.append(int(np.argmax(cosine_similarity(vector[None], rows[same])[0])))
    return float(np.mean(nearest))


def check_adjacency(rows: Rows, article: NDArray[np.int32]) -> float:
    """Take the cosine of every two neighbours of an article, one after the other."""
    cosines = []
    for row in range(len(rows) - 1):
        if article[row] == article[row + 1]:
            a, b = rows[row], rows[row + 1]
            cosines.append(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b)))
    return float(np.mean(cosines))


def check_recall(rows: Rows, queries: int) -> float:
    """Put every row into a flat index and ask it query by query."""
    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    asked = np.linspace(0, len(rows) - 1, queries).astype(np.int64)
    hits = [row in index.search(rows[row][None], min(NEAREST, len(rows)))[1][0] for row in asked]
    return float(np.mean(hits))


def measure_naive(table: Table, rows: Mapping[str, int], queries: int, whole_queries: int) -> dict[str, Naive]:
    """Run every check over its first `rows[name]` rows, and say what the whole table would take."""
    import sklearn.metrics.pairwise  # noqa: F401 (what it takes to load it is not the check's)

    article = table.article_of_row
    ways: dict[str, Callable[[Rows], float]] = {
        "encoder_fingerprint": hash_vectors,
        "eval_normalization": check_norms,
        "oracle_recall": lambda some: check_recall(some, queries),
        "off_by_one": lambda some: check_neighbours(some, article),
        "adjacency_coherence": lambda some: check_adjacency(some, article),
    }
    measured = {}
    for name, way in ways.items():
        some = table.read(0, min(table.rows, rows[name]))
        began_s = time.perf_counter()
        found = way(some)
        seconds = time.perf_counter() - began_s
        factor = table.rows / len(some) * (whole_queries / queries if name == "oracle_recall" else 1.0)
        measured[name] = Naive(seconds, len(some), seconds * factor, found)
    return measured
