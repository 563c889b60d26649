"""All the data that preflight looks at: the training set, the OOD sets and the reference."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.baseline import measure_reference
from checks.config import Settings, Sources
from checks.dataset import Dataset, name_datasets, open_dataset
from checks.errors import InputError
from checks.reference import Reference, read_reference
from checks.scan import Scan
from checks.split import hold_out_windows


@dataclass(frozen=True, slots=True)
class Data:
    """What a check measures; `reference` is None where none was given."""

    train: Dataset
    ood: tuple[Dataset, ...]
    reference: Reference | None
    settings: Settings
    val_fraction: float = 0.1
    seed: int = 0
    known_good: Dataset | None = None  # the set that the reference was measured of here and now
    plan: Mapping[str, Any] | None = None  # the launch plan as its file has it; what it means is its maker's to know

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """Return the training set and then the OOD sets."""
        return (self.train, *self.ood)

    @property
    def scan(self) -> Scan:
        """Return the pass over all vectors of the training set; `Dataset.scan` is that of any set. See checks/scan.py.

        Norms, cosines of neighbouring rows, the mean target, the digest: made when first asked for, once.
        """
        return self.train.scan

    def require_plan(self) -> Mapping[str, Any]:
        """Return the plan; raises InputError when there is none."""
        if self.plan is None:
            raise InputError("--plan", "", "none", "a launch plan")
        return self.plan

    def require_reference(self) -> Reference:
        """Return the reference; raises InputError when there is none, since nothing can be compared then."""
        if self.reference is None:
            raise InputError("--reference", "", "none", "the recorded statistics of a known-good data set")
        return self.reference

    def hold_out(self) -> NDArray[np.bool_]:
        """Return which training windows the trainer will hold out, (N,); raises ValueError when that cannot be."""
        windows = self.train.windows
        return hold_out_windows(windows.find_origin(), len(windows), self.val_fraction, self.seed)


def open_data(sources: Sources, settings: Settings, *, hashed: bool = False) -> Data:
    """Open everything; `hashed` makes scans give digests. Raises InputError naming the file that cannot be read."""
    train = open_dataset("train", sources.train, sources.context, hashed=hashed)
    names = name_datasets(sources.ood)
    ood = tuple(
        open_dataset(name, path, sources.context, hashed=hashed) for name, path in zip(names, sources.ood, strict=True)
    )
    reference, known_good = _open_reference(sources, hashed=hashed)
    space = reference.space if reference else None
    if space is None or len(space.mean) == train.windows.dim:  # else the training set is the odd one, as check 1 says
        _demand_dim(train.windows.dim, ood, sources.train)
    plan = None if sources.plan is None else read_plan(sources.plan)
    return Data(train, ood, reference, settings, sources.val_fraction, sources.seed, known_good, plan)


def read_plan(path: Path) -> dict[str, Any]:
    """Read a plan's file as it is; raises InputError when it cannot be read."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(path, "", error.strerror or "an error", "a plan") from error
    except (ValueError, RecursionError) as error:
        raise InputError(path, "", "text that is not TOML", str(error)) from error


def _demand_dim(dim: int, datasets: tuple[Dataset, ...], source: Path) -> None:
    for dataset in datasets:
        if dataset.windows.dim != dim:
            found = f"vectors of length {dataset.windows.dim}"
            raise InputError(dataset.windows.path, "--ood", found, f"{dim} as in {source}")


def open_reference(path: Path, context: int) -> Reference:
    """Read a recorded reference, or measure a known-good table or npz here and now."""
    if is_recorded(path):
        return read_reference(path)
    return measure_reference(open_dataset(path.stem, path, context))


def is_recorded(path: Path) -> bool:
    """Tell whether a path is that of a recorded reference, and not of a data set."""
    return path.is_file() and path.suffix == ".json"


def _open_reference(sources: Sources, *, hashed: bool) -> tuple[Reference | None, Dataset | None]:
    path = sources.reference
    if path is None or is_recorded(path):
        return None if path is None else read_reference(path), None
    known_good = open_dataset(path.stem, path, sources.context, hashed=hashed)
    return measure_reference(known_good), known_good
