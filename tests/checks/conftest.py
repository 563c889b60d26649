"""Data for the checks: the shipped tables, and small synthetic ones that can be broken in every way."""

import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from checks.baseline import measure_reference
from checks.config import Sources, resolve_settings
from checks.cosine import normalize
from checks.data import Data, open_data
from checks.dataset import Dataset
from checks.examination import run_control
from checks.finding import Finding
from checks.reference import Reference, read_reference
from checks.registry import CHECKS, keep_silent
from checks.result import Control
from checks.table import Table
from checks.windows import Windows, cut_windows

DATASETS = Path(__file__).resolve().parents[2] / "trainer" / "datasets"
DIM, TOPICS = 96, 24
MANIFEST = {"encoder": "synthetic", "pooling": "mean", "normalized": True}
Floats = NDArray[np.float32]


def make_rows(seed: int, articles: int = 60, encoder: int = 0) -> tuple[Floats, NDArray[np.int64]]:
    """Make articles as random walks around a topic; `encoder` decides where in space meanings lie.

    Meanings fill few directions unevenly, as real ones do, so that a space has a signature.
    """
    rows, offsets = _walk(seed, articles, encoder)
    return rows.copy(), offsets.copy()  # tests break what they are given


@cache
def _walk(seed: int, articles: int, encoder: int) -> tuple[Floats, NDArray[np.int64]]:
    axes = np.linalg.qr(np.random.default_rng(1000 + encoder).normal(size=(DIM, DIM)))[0]
    spread = np.exp(-np.arange(DIM) / TOPICS)
    draw = np.random.default_rng(seed)
    sizes = draw.integers(12, 60, articles)
    parts = []
    for size in sizes:
        topic, walk = draw.normal(size=DIM), draw.normal(size=DIM)
        for _ in range(size):
            walk = 0.6 * walk + 0.8 * draw.normal(size=DIM)
            parts.append(0.5 * np.ones(DIM) * (np.arange(DIM) < 4) + 0.8 * topic + walk)
    rows = normalize(np.array(parts) * spread @ axes)
    return rows, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def make_table(seed: int = 0, articles: int = 60, encoder: int = 0) -> Table:
    rows, offsets = make_rows(seed, articles, encoder)
    return Table(Path("synthetic"), rows, None, offsets, dict(MANIFEST))


def write_table(
    path: Path, rows: NDArray[Any], offsets: NDArray[np.int64], manifest: Mapping[str, Any] = MANIFEST
) -> Path:
    """Write a table folder of float rows."""
    path.mkdir(parents=True)
    np.save(path / "vectors.npy", rows)
    np.save(path / "offsets.npy", offsets)
    (path / "manifest.json").write_text(json.dumps(dict(manifest)))
    return path


def spread_windows(windows: Windows) -> Windows:
    """Turn a table's windows into those of an npz: every vector stored T + 1 times, no table behind them."""
    every = np.arange(len(windows))
    return Windows(
        windows.path, windows.read_contexts(every).reshape(-1, windows.dim), windows.read_targets(every),
        every * windows.context, every.copy(), windows.article, windows.chunk, windows.context,
    )  # fmt: skip


def make_data(
    windows: Windows, reference: Reference | None = None, ood: tuple[Dataset, ...] = (), **settings: Any
) -> Data:
    """Put windows where the checks look for them; settings are given as CHECK=dict(key=value)."""
    return Data(Dataset("train", windows, dict(MANIFEST)), ood, reference, resolve_settings(settings))


@dataclass(frozen=True)
class Examined:
    """What a check measured and said, and what it said of its control."""

    numbers: Mapping[str, Any]
    finding: Finding
    control: Control


def examine(name: str, data: Data) -> Examined:
    """Run one check and its control as the runner does."""
    check, settings = CHECKS[name].load(), data.settings[name]
    numbers = check.measure(data, keep_silent)
    return Examined(numbers, check.judge(numbers, settings), run_control(check, data, settings, keep_silent))


def judge(name: str, data: Data) -> Finding:
    """Run one check without its control."""
    check = CHECKS[name].load()
    return check.judge(check.measure(data, keep_silent), data.settings[name])


@pytest.fixture(scope="session")
def synthetic_reference() -> Reference:
    return measure_reference(Dataset("known good", cut_windows(make_table(99, 200), 5), dict(MANIFEST)))


@pytest.fixture(scope="session")
def shipped_reference() -> Reference:
    return read_reference(DATASETS / "baselines" / "wikipedia.json")


@pytest.fixture(scope="session")
def shipped() -> Data:
    """Return the shipped training set and OOD sets under the shipped baseline."""
    ood = (DATASETS / "moby-dick", DATASETS / "debian-handbook")
    sources = Sources(DATASETS / "wikipedia", ood, DATASETS / "baselines" / "wikipedia.json")
    return open_data(sources, resolve_settings({}))


@pytest.fixture
def healthy(synthetic_reference: Reference) -> Data:
    return make_data(cut_windows(make_table(), 5), synthetic_reference)


@pytest.fixture
def healthy_npz(synthetic_reference: Reference) -> Data:
    return make_data(spread_windows(cut_windows(make_table(), 5)), synthetic_reference)


@pytest.fixture(scope="session")
def lab() -> SimpleNamespace:
    """Return the functions above: test modules are not importable from each other."""
    functions = (make_rows, make_table, write_table, spread_windows, make_data, examine, judge)
    return SimpleNamespace(
        **{function.__name__: function for function in functions}, manifest=MANIFEST, datasets=DATASETS
    )


@pytest.fixture
def forge_npz() -> Callable[..., Path]:
    """Write an npz whose only array is `a`, and whose directory says something else of it than is true."""
    places = {"crc": 16, "compress_size": 20, "file_size": 24}

    def forge(path: Path, content: bytes, compression: int = zipfile.ZIP_DEFLATED, **fields: int) -> Path:
        with zipfile.ZipFile(path, "w", compression) as archive:
            archive.writestr("a.npy", content)
        raw = bytearray(path.read_bytes())
        for name, value in fields.items():
            struct.pack_into("<I", raw, raw.index(b"PK\x01\x02") + places[name], value)
        path.write_bytes(raw)
        return path

    return forge
