"""The two sides of a comparison: tables or npz that are measured here and now, or baselines that were recorded."""

import dataclasses
import difflib
import json
import math
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.baseline import measure_reference
from checks.dataset import open_dataset
from checks.errors import InputError
from checks.jsonl import build, encode_line
from checks.reference import Adjacency, Reference, read_reference
from checks.registry import Progress
from checks.windows import Windows
from trainer.datasets import list_baselines, list_names, list_saved, resolve, resolve_baseline
from trainer.tables.measure import measure
from trainer.tables.measures import Measures, Spread, Values
from trainer.tables.rows import open_source

QUANTILES = 101
DRAWN = 20_000  # values that a recorded histogram is drawn from
UNKNOWN = Spread(0, *(math.nan,) * 7)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, and its numbers: a table or an npz with its windows, or a baseline, of which only numbers are."""

    windows: Windows | None
    measures: Measures
    recorded: Reference | None = None

    @property
    def argument(self) -> str:
        """Return the name as a shell reads it."""
        return shlex.quote(self.measures.name)

    def propose(self, other: "Side") -> str:
        """Return the command that proves `other` for training, with this table as the known-good one."""
        known = self.measures.name in (*list_baselines(), *list_saved())
        name = self.measures.name if known else str(self.measures.path)
        if other.windows is None:
            return f"amn-tui data compare {shlex.quote(name)} NEW"
        return f"amn-tui preflight demo --set data.train={other.argument} --set data.reference={shlex.quote(name)}"

    @property
    def look(self) -> str:
        """Return the command that shows this side alone."""
        command = "baseline show" if self.windows is None else "data inspect"
        return f"amn-tui {command} {self.argument}"

    @property
    def clean(self) -> str:
        """Return the command that says what a filter would take out of it."""
        return self.look if self.windows is None else f"amn-tui data filter {self.argument} OUT --dry-run"


def is_baseline(name: str) -> bool:
    """Tell whether a name is that of a baseline: a table that ships wins; a path is one when it ends in .json."""
    if name in list_names():
        return False
    return name in (*list_baselines(), *list_saved()) or name.endswith(".json")


def open_windows_of(name: str, context: int) -> Windows | None:
    """Open what a name or path stands for, None for a baseline; raises InputError when it is neither."""
    if is_baseline(name):
        return None
    try:
        return open_source(name, context)
    except InputError:
        if not (name and Path(name).exists()):
            _refuse_unknown(name)
        raise


def _refuse_unknown(name: str) -> None:
    """Name the nearest baseline where that is nearer than any table."""
    near = difflib.get_close_matches(name[:200], (*list_names(), *list_baselines(), *list_saved()), n=1)
    if near and near[0] not in list_names():
        resolve_baseline(name, "data")


def read_side(name: str) -> tuple[Side, Values]:
    """Read a baseline as one side; raises InputError for a file that is none."""
    path = resolve_baseline(name)
    reference = read_reference(path)
    try:
        measures, values = _restore(name, path, reference)
    except (TypeError, ValueError, KeyError, OverflowError, AttributeError) as error:
        raise InputError(
            path, "table", "numbers that are none", f"what `amn-tui baseline save` writes ({error})"
        ) from error
    return Side(None, measures, reference), values


def measure_side(windows: Windows, name: str, progress: Progress) -> tuple[Side, Values]:
    """Measure a table or an npz as one side."""
    measures, values = measure(windows, name, progress)
    return Side(windows, measures), values


def _restore(name: str, path: Path, reference: Reference) -> tuple[Measures, Values]:
    """Make the measures of a baseline from what it records; what it does not stays unknown."""
    adjacency = reference.adjacency
    dim = reference.manifest.get("dim")
    base: dict[str, Any] = {
        "name": name, "path": path, "layout": "baseline", "rows": 0, "dim": dim if isinstance(dim, int) else 0,
        "dtype": "", "articles": 0, "context": reference.context, "windows": reference.windows, "kinds": {},
        "lengths": None, "norms": UNKNOWN, "number_mean": math.nan, "number_std": math.nan, "nan_rows": 0,
        "inf_rows": 0, "zero_rows": 0, "copies": 0, "adjacency": _spread(adjacency),
        "low_share": adjacency.low_share if adjacency else math.nan,
        "profile": tuple((*reference.profile, *(math.nan,) * 5)[:5]), "random": math.nan, "encoder": reference.manifest,
    }  # fmt: skip
    recorded = reference.table.get("measures", {})
    known = {"kinds": {}, **recorded, "path": ""} if recorded else {}
    if known:
        made = build(_Recorded, known)
        base |= {key: getattr(made, key) for key in _Recorded.__dataclass_fields__}
    quantiles = reference.table.get("quantiles", {})
    drawn = {key: _draw(quantiles.get(key, [])) for key in ("norms", "adjacency", "lengths")}
    if not len(drawn["adjacency"]) and adjacency is not None:
        drawn["adjacency"] = _spread_bins(adjacency.histogram)
    return Measures(**base), Values(drawn["norms"], drawn["adjacency"], drawn["lengths"])


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What a saved baseline knows beside what checks compare."""

    rows: int
    articles: int
    lengths: Spread | None
    norms: Spread
    number_mean: float
    number_std: float
    nan_rows: int
    inf_rows: int
    zero_rows: int
    copies: int
    random: float


def _spread(adjacency: Adjacency | None) -> Spread:
    if adjacency is None:
        return UNKNOWN
    known = (adjacency.p10, adjacency.p50, adjacency.p90)
    return Spread(max(1, adjacency.pairs), adjacency.mean, adjacency.std, math.nan, *known, math.nan)


def _draw(quantiles: Any) -> NDArray[np.float32]:
    """Return values that lie as the recorded quantiles say, (n,); none where nothing was recorded."""
    known = np.asarray([float(value) for value in quantiles], np.float32)
    if len(known) < 2 or not np.isfinite(known).all():
        return np.empty(0, np.float32)
    return np.interp(np.linspace(0, len(known) - 1, DRAWN), np.arange(len(known)), known).astype(np.float32)


def _spread_bins(histogram: tuple[int, ...]) -> NDArray[np.float32]:
    """Return cosines spread evenly inside the bins of a histogram from -1 to 1."""
    total = sum(histogram)
    if not total:
        return np.empty(0, np.float32)
    edges = np.linspace(-1, 1, len(histogram) + 1)
    counts = [math.ceil(count * DRAWN / max(total, DRAWN)) for count in histogram]
    parts = [np.linspace(edges[at], edges[at + 1], count, endpoint=False) for at, count in enumerate(counts)]
    return np.concatenate(parts).astype(np.float32)


def record_baseline(name: str, data: str, context: int, progress: Progress) -> Reference:
    """Measure a known-good set: what checks compare with, and what a comparison of tables shows beside."""
    path = resolve(data)
    reference = measure_reference(open_dataset("train", path, context), name)
    measures, values = measure(open_source(data, context), name, progress)
    body = json.loads(encode_line(measures))
    kept = {key: body[key] for key in _Recorded.__dataclass_fields__}
    drawn = {"norms": values.norms, "adjacency": values.adjacency, "lengths": values.lengths}
    quantiles = {
        key: np.quantile(found, np.linspace(0, 1, QUANTILES)).round(6).tolist()
        for key, found in drawn.items()
        if len(found)
    }
    return dataclasses.replace(reference, table={"data": str(path), "measures": kept, "quantiles": quantiles})
