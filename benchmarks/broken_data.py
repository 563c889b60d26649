"""Every way we know to break the shipped data, written as a table or as an npz of windows."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.cosine import normalize
from checks.split import hold_out_windows
from checks.table import Table, open_table
from checks.windows import cut_windows, write_npz

DATASETS = Path(__file__).resolve().parents[1] / "trainer" / "datasets"
CONTEXT, VAL_FRACTION, SEED = 5, 0.1, 0
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Material:
    """What variants are made from: the windows of the shipped table as arrays, and the same rows by another encoder."""

    table: Table
    contexts: Floats  # (N, T, D)
    targets: Floats  # (N, D)
    after: Floats  # (N, D): the chunk after the target; the target itself at an article's end
    positions: NDArray[np.int32]  # (N, 2) article, chunk of the target
    rows: NDArray[np.int64]  # (N,) the target's row in the table
    held_out: NDArray[np.bool_]  # (N,), of the npz's split
    draw: np.random.Generator


@dataclass(frozen=True)
class Variant:
    """A way to break a run: `build` writes its data into a folder and returns the path; `flags` are the trainer's."""

    name: str
    build: Callable[[Material, Path], Path]
    sound: bool = False
    counted: bool = True
    trained: bool = True
    flags: dict[str, str] = field(default_factory=dict)
    note: str = ""


def read_material() -> Material:
    """Read the shipped table."""
    table = open_table(DATASETS / "wikipedia")
    windows = cut_windows(table, CONTEXT)
    assert windows.article is not None
    assert windows.chunk is not None
    every = np.arange(len(windows))
    last_row = table.offsets[windows.article + 1] - 1
    number = np.unique(windows.article, return_inverse=True)[1]  # an npz knows no article without windows
    return Material(
        table=table,
        contexts=windows.read_contexts(every),
        targets=windows.read_targets(every),
        after=table.take(np.minimum(windows.target + 1, last_row)),
        positions=np.stack([windows.article, windows.chunk], axis=1).astype(np.int32),
        rows=windows.target,
        held_out=hold_out_windows(number, len(windows), VAL_FRACTION, SEED),
        draw=np.random.default_rng(SEED),
    )


def write_windows(material: Material, folder: Path, targets: Floats, contexts: Floats | None = None) -> Path:
    """Write windows as an npz of the original's layout, and beside it what the table's maker said of the encoder."""
    path = folder / "train.npz"
    write_npz(path, (material.contexts if contexts is None else contexts).astype(np.float16),
              targets.astype(np.float16), material.positions)  # fmt: skip
    path.with_suffix(".manifest.json").write_text(json.dumps(material.table.manifest))
    return path


def write_table(material: Material, folder: Path, rows: Floats, offsets: NDArray[np.int64] | None = None) -> Path:
    """Write a table of float16 rows under the shipped table's manifest."""
    path = folder / "train"
    path.mkdir()
    np.save(path / "vectors.npy", rows.astype(np.float16))
    np.save(path / "offsets.npy", material.table.offsets if offsets is None else offsets)
    for name in ("manifest.json", "articles.jsonl"):
        (path / name).write_bytes((material.table.path / name).read_bytes())
    return path


def draw_rotation(material: Material) -> Floats:
    """Draw a rotation of the whole space, (D, D)."""
    return np.linalg.qr(material.draw.normal(size=(material.table.dim,) * 2))[0].astype(np.float32)


def permute(material: Material, share: float) -> Floats:
    """Return the targets with a share of them dealt out anew among themselves."""
    chosen = np.flatnonzero(material.draw.random(len(material.targets)) < share)
    targets = material.targets.copy()
    targets[chosen] = material.targets[material.draw.permutation(chosen)]
    return targets


def order_rows(material: Material, keys: NDArray[Any]) -> Floats:
    """Return the table's rows, inside every article in the order of `keys`."""
    return material.table.read()[np.lexsort((keys, material.table.article_of_row))]


def scale_norms(material: Material, vectors: Floats) -> Floats:
    """Return vectors of mean norm 2.58, as an encoder without its last normalisation gives them."""
    norms = material.draw.normal(2.58, 0.25, len(vectors)).clip(1.5, 4)
    return vectors * norms.astype(np.float32)[:, None]


def encode_otherwise(material: Material) -> Floats:
    """Return targets by MiniLM, mapped by least squares onto the space of the contexts' encoder, at unit length."""
    other, rows = open_table(DATASETS / "wikipedia-minilm").read(), material.table.read()
    bridge = np.linalg.solve(other.T @ other + np.eye(other.shape[1], dtype=np.float32), other.T @ rows)
    return normalize(other @ bridge)[material.rows]


def cross_articles(material: Material, folder: Path) -> Path:
    """Write windows cut straight through the borders of articles, labelled with the article of their target."""
    rows, article = material.table.read(), material.table.article_of_row
    first = np.arange(len(rows) - CONTEXT)
    path = folder / "train.npz"
    target = first + CONTEXT
    chunk = target - material.table.offsets[article[target]]
    positions = np.stack([article[target], chunk], axis=1).astype(np.int32)
    write_npz(
        path, rows[first[:, None] + np.arange(CONTEXT)].astype(np.float16), rows[target].astype(np.float16), positions
    )
    path.with_suffix(".manifest.json").write_text(json.dumps(material.table.manifest))
    return path


def rotate_held_out(material: Material) -> Floats:
    """Return the targets with those of held-out articles in another space."""
    targets = material.targets.copy()
    targets[material.held_out] = targets[material.held_out] @ draw_rotation(material)
    return targets


def use_table(material: Material, _: Path) -> Path:
    """Return the shipped table as it is."""
    return material.table.path


def use_other_encoder(_material: Material, _folder: Path) -> Path:
    """Return the shipped table of the same chunks by another encoder."""
    return DATASETS / "wikipedia-minilm"


def list_variants() -> list[Variant]:
    """Return all variants in the order of the table."""

    def by_targets(make: Callable[[Material], Floats]) -> Callable[[Material, Path], Path]:
        return lambda material, folder: write_windows(material, folder, make(material))

    def by_rows(make: Callable[[Material], Floats]) -> Callable[[Material, Path], Path]:
        return lambda material, folder: write_table(material, folder, make(material))

    return [
        Variant("healthy", use_table, sound=True),
        Variant("healthy, as an npz of windows", by_targets(lambda m: m.targets), sound=True),
        Variant("InfoNCE 0.5/0.5", use_table, flags={"lambda_mse": "0.5", "lambda_info": "0.5"}),
        Variant("targets shuffled", by_targets(lambda m: permute(m, 1.0))),
        Variant("30 % shuffled", by_targets(lambda m: permute(m, 0.3))),
        Variant("targets rotated (other space)", by_targets(lambda m: m.targets @ draw_rotation(m))),
        Variant("validation rotated", by_targets(rotate_held_out)),
        Variant("order broken inside articles", by_rows(lambda m: order_rows(m, m.draw.random(m.table.rows)))),
        Variant("off by one (t+2)", by_targets(lambda m: m.after)),
        Variant("leak (target = last)", by_targets(lambda m: m.contexts[:, -1])),
        Variant("unnormalised targets", by_targets(lambda m: scale_norms(m, m.targets))),
        Variant("targets by another encoder", by_targets(encode_otherwise),
                note="stand-in for CLS-pooled targets, which need the encoder: MiniLM's vectors of the same chunks, "
                     "mapped by least squares onto the contexts' space (cosine 0.79 to the true targets)"),
        Variant("articles reversed", by_rows(lambda m: order_rows(m, -np.arange(m.table.rows))),
                note="the same cosines both ways, so that no epoch shows it; only the lead of articles tells"),
        Variant("windows cross articles", cross_articles),
        Variant("whole space rotated", by_rows(lambda m: m.table.read() @ draw_rotation(m)),
                note="harmless to a cold start, fatal to a warm one"),
        Variant("another encoder for everything", use_other_encoder, trained=False),
        Variant("healthy, lr 2.5e-4 from cold", use_table, sound=True, counted=False, flags={"lr": "2.5e-4"},
                note="not a broken run: the plan's lr is meant for a warm start, and epoch 1 is a close call"),
    ]  # fmt: skip
