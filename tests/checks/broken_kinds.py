"""Every kind of broken data, from a part of the shipped table, as files: a table of rows or an npz of windows."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.cosine import measure_cosines, normalize
from checks.split import hold_out_windows
from checks.table import Table, open_table
from checks.windows import cut_windows

DATASETS = Path(__file__).resolve().parents[2] / "trainer" / "datasets"
CONTEXT, LOWER = 5, 0.337 / 0.484  # what the mean of neighbours fell to in the set that this plan failed on
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Rows:
    """Unit rows (M, D) of articles by offsets (A + 1,), and what their maker wrote."""

    rows: Floats
    offsets: NDArray[np.int64]
    manifest: dict[str, Any]

    @property
    def article(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))


@dataclass(frozen=True)
class Cut:
    """The windows of an npz: contexts (N, T, D), targets (N, D), positions (N, 2) or (N,)."""

    contexts: Floats
    targets: Floats
    positions: NDArray[Any]
    manifest: dict[str, Any]


def read_rows(name: str = "wikipedia", every: int = 3, first: int = 0) -> Rows:
    """Read one in `every` articles of a shipped table."""
    table = open_table(DATASETS / name)
    chosen = np.arange(len(table.offsets) - 1)[first::every]
    return pick_articles(Rows(normalize(table.read()), table.offsets, table.manifest), chosen)


def pick_articles(source: Rows, chosen: NDArray[np.int64]) -> Rows:
    parts = [np.arange(source.offsets[a], source.offsets[a + 1]) for a in chosen]
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    return replace(source, rows=source.rows[np.concatenate(parts)], offsets=offsets)


def cut(source: Rows) -> Cut:
    windows = cut_windows(Table(Path("made"), source.rows, None, source.offsets, source.manifest), CONTEXT)
    every = np.arange(len(windows))
    positions = np.stack([windows.article, windows.chunk], axis=1)  # type: ignore[list-item]
    return Cut(windows.read_contexts(every), windows.read_targets(every), positions, source.manifest)


def write_rows(source: Rows, folder: Path) -> Path:
    path = folder / "train"
    path.mkdir()
    np.save(path / "vectors.npy", source.rows.astype(np.float16))
    np.save(path / "offsets.npy", source.offsets)
    (path / "manifest.json").write_text(json.dumps(source.manifest))
    return path


def write_cut(made: Cut, folder: Path, **more: Any) -> Path:
    path = folder / "train.npz"
    arrays = {"context_sequences": made.contexts, "target_vectors": made.targets}
    half = {name: array.astype(np.float16) for name, array in arrays.items()}
    np.savez(path, **{**half, "sequence_positions": made.positions, **more})
    path.with_suffix(".manifest.json").write_text(json.dumps(made.manifest))
    return path


def draw() -> np.random.Generator:
    return np.random.default_rng(0)


def rotate(source: Rows) -> Rows:
    turned = np.linalg.qr(draw().normal(size=(source.rows.shape[1],) * 2))[0].astype(np.float32)
    return replace(source, rows=source.rows @ turned)


def change_row(source: Rows, value: float) -> Rows:
    rows = source.rows.copy()
    rows[len(rows) // 3] = value
    return replace(source, rows=rows)


def lengthen(source: Rows) -> Rows:
    return replace(source, rows=source.rows * draw().normal(2.58, 0.25, (len(source.rows), 1)).astype(np.float32))


def duplicate(source: Rows, share: float = 0.05) -> Rows:
    rows, order = source.rows.copy(), draw().permutation(len(source.rows))
    count = int(share * len(rows))
    rows[order[:count]] = rows[order[-count:]]
    return replace(source, rows=rows)


def order_by(source: Rows, keys: NDArray[Any]) -> Rows:
    return replace(source, rows=source.rows[np.lexsort((keys, source.article))])


def move_borders(source: Rows) -> Rows:
    """Draw every border but the first and the last some chunks from where it is."""
    offsets = source.offsets.copy()
    sizes = np.diff(offsets)
    offsets[1:-1] += sizes[1:] // 2
    return replace(source, offsets=offsets)


def mix(source: Rows) -> Rows:
    """Mix vectors of other articles into all rows, until neighbours are as far apart as those of the 790k set."""
    others = source.rows[draw().permutation(len(source.rows))]
    inside = np.diff(source.article) == 0

    def measure(rows: Floats) -> float:
        return float(measure_cosines(rows[:-1], rows[1:])[inside].mean())

    low, high, wanted = 0.0, 2.0, LOWER * measure(source.rows)
    for _ in range(12):
        middle = (low + high) / 2
        far = measure(normalize(source.rows + middle * others)) < wanted
        low, high = (low, middle) if far else (middle, high)
    return replace(source, rows=normalize(source.rows + high * others))


def leak(source: Rows) -> Rows:
    """Copy held-out rows over rows of articles that are trained on."""
    windows = cut_windows(Table(Path("made"), source.rows, None, source.offsets, {}), CONTEXT)
    held_out = hold_out_windows(windows.article, len(windows), 0.1, 0)
    rows, away, kept = source.rows.copy(), windows.target[held_out], windows.target[~held_out]
    rows[draw().choice(kept, len(away) // 5, replace=False)] = rows[away[: len(away) // 5]]
    return replace(source, rows=rows)


def encode_otherwise(made: Cut, source: Rows) -> Cut:
    """Give windows the targets of another encoder, mapped by least squares onto the space of their contexts."""
    other = read_rows("wikipedia-minilm").rows
    bridge = np.linalg.solve(other.T @ other + np.eye(other.shape[1], dtype=np.float32), other.T @ source.rows)
    return replace(made, targets=cut(replace(source, rows=normalize(other @ bridge))).targets)


def shift(made: Cut) -> Cut:
    """Give every window the target of the next one of its article."""
    after = np.append(made.targets[1:], made.targets[-1:], axis=0)
    same = np.append(np.diff(made.positions[:, 0]) == 0, [False])
    return replace(made, targets=np.where(same[:, None], after, made.targets))


def cross(source: Rows) -> Cut:
    """Cut windows straight through the borders of articles, labelled with the article of their target."""
    first = np.arange(len(source.rows) - CONTEXT)
    target = first + CONTEXT
    article = source.article[target]
    positions = np.stack([article, target - source.offsets[article]], axis=1).astype(np.int32)
    return Cut(source.rows[first[:, None] + np.arange(CONTEXT)], source.rows[target], positions, source.manifest)


def deal(made: Cut) -> Cut:
    """Write windows in random order, each with its own position."""
    order = draw().permutation(len(made.targets))
    return Cut(made.contexts[order], made.targets[order], made.positions[order], made.manifest)


def number(made: Cut) -> Cut:
    """Number windows 0 ... N - 1, which says nothing of articles."""
    return replace(made, positions=np.arange(len(made.targets)))


def permute(made: Cut) -> Cut:
    return replace(made, targets=made.targets[draw().permutation(len(made.targets))])


def write_pickle(made: Cut, folder: Path) -> Path:
    """Write the contexts as a pickle: an array of objects."""
    path = write_cut(made, folder)
    np.savez(path, context_sequences=made.contexts[:50].astype(object), target_vectors=made.targets[:50])
    return path


def write_aliases(made: Cut, folder: Path) -> Path:
    path = write_cut(made, folder)
    np.savez(path, contexts=made.contexts, targets=made.targets, truth_keys=made.positions)
    return path


def write_metadata(made: Cut, folder: Path, count: int) -> Path:
    """Write metadata as pickled dicts, as the original does: N of them, or one."""
    dicts = np.array([{"article_index": int(a)} for a in made.positions[:count, 0]], dtype=object)
    return write_cut(made, folder, metadata=dicts)


def write_nothing(made: Cut, folder: Path) -> Path:
    path = write_cut(made, folder)
    path.unlink()
    return path


def lose(path: Path) -> Path:
    """Remove what was written."""
    shutil.rmtree(path)
    return path


Build = Callable[[Rows, Path], Path]


def as_table(change: Callable[[Rows], Rows]) -> Build:
    return lambda source, folder: write_rows(change(source), folder)


def as_npz(change: Callable[[Rows], Rows]) -> Build:
    return lambda source, folder: write_cut(cut(change(source)), folder)


def by_cut(change: Callable[[Cut], Cut]) -> Build:
    return lambda source, folder: write_cut(change(cut(source)), folder)


def keep(source: Rows) -> Rows:
    return source


BY_ROWS: dict[str, Callable[[Rows], Rows]] = {
    "healthy": keep,
    "rotated space": rotate,
    "zero row": lambda source: change_row(source, 0.0),
    "nan": lambda source: change_row(source, np.nan),
    "unnormalised": lengthen,
    "duplicates 5 %": duplicate,
    "reversed": lambda source: order_by(source, -np.arange(len(source.rows))),
    "shuffled order": lambda source: order_by(source, draw().random(len(source.rows))),
    "wrong borders": move_borders,
    "leaked split": leak,
    "lower coherence": mix,
    "one article": lambda source: pick_articles(source, np.argsort(np.diff(source.offsets))[-1:]),
    "empty set": lambda source: replace(source, rows=source.rows[:0], offsets=np.zeros(1, dtype=np.int64)),
}
KINDS: dict[tuple[str, str], Build] = {
    **{(kind, "table"): as_table(change) for kind, change in BY_ROWS.items()},
    **{(kind, "npz"): as_npz(change) for kind, change in BY_ROWS.items() if kind != "empty set"},
    ("other encoder", "table"): as_table(lambda _: read_rows("wikipedia-minilm")),
    ("other encoder", "npz"): lambda source, folder: write_cut(encode_otherwise(cut(source), source), folder),
    ("permuted payload", "npz"): by_cut(permute),
    ("shifted by one", "npz"): by_cut(shift),
    ("across articles", "npz"): lambda source, folder: write_cut(cross(source), folder),
    ("random order", "npz"): by_cut(deal),
    ("1-D positions", "npz"): by_cut(number),
    ("1-D, random order", "npz"): by_cut(lambda made: number(deal(made))),
    ("missing file", "table"): lambda source, folder: lose(write_rows(source, folder)),
    ("missing file", "npz"): lambda source, folder: write_nothing(cut(source), folder),
    ("aliases", "npz"): lambda source, folder: write_aliases(cut(source), folder),
    ("pickled metadata", "npz"): lambda source, folder: write_metadata(cut(source), folder, 10**9),
    ("one metadata", "npz"): lambda source, folder: write_metadata(cut(source), folder, 1),
    ("pickled contexts", "npz"): lambda source, folder: write_pickle(cut(source), folder),
    ("empty set", "npz"): by_cut(lambda made: Cut(made.contexts[:0], made.targets[:0], made.positions[:0], {})),
}
