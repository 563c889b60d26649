"""Recorded statistics of a known-good data set: what preflight compares with."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks import jsonl
from checks.errors import InputError
from checks.manifest import ENCODER_FIELDS


@dataclass(frozen=True, slots=True)
class Space:
    """Where vectors lie: their mean, the leading principal directions, and the share of the variance in those.

    mean is (D,), directions are (count, D) float16 in base64, little-endian.
    """

    mean: tuple[float, ...]
    directions: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Adjacency:
    """The distribution of cos(t, t+1) inside articles; the histogram counts pairs in equal bins from -1 to 1."""

    mean: float
    std: float
    p10: float
    p50: float
    p90: float
    low_share: float  # of pairs below 0.30
    pairs: int = 0
    histogram: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A known-good data set: who encoded it, where its vectors lie, and how they follow each other.

    profile is the mean cosine of a vector to those 1, 2, … chunks from it. `direction` is how much nearer an article's
    head is to its middle than its tail is, `direction_error` the standard error of that. `table` is what a comparison
    of tables shows beside, which no check judges: counts, norms, lengths, copies.
    """

    name: str
    manifest: Mapping[str, Any] = field(default_factory=dict)
    windows: int = 0
    context: int = 0
    space: Space | None = None
    profile: tuple[float, ...] = ()
    direction: float = 0.0
    direction_error: float = 0.0
    adjacency: Adjacency | None = None
    table: Mapping[str, Any] = field(default_factory=dict)


def read_reference(path: Path) -> Reference:
    """Read a reference file; raises InputError when it is missing or does not hold one."""
    try:
        body = json.loads(path.read_text("utf-8"))
        if "manifest" not in body:  # written by hand: the encoder stands beside the numbers
            body["manifest"] = {key: body[key] for key in ENCODER_FIELDS if key in body}
        return jsonl.build(Reference, body)
    except OSError as error:
        raise InputError(path, "", error.strerror or "an error", "a reference file") from error
    except (ValueError, TypeError, RecursionError, AttributeError) as error:
        raise InputError(path, "", "no reference", f"what `python -m checks baseline` writes ({error})") from error


def write_reference(path: Path, reference: Reference) -> None:
    """Write a reference file whole or not at all; raises OSError as the file system gives it."""
    text = json.dumps(dataclasses.asdict(reference), indent=1, ensure_ascii=False, allow_nan=False)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text + "\n", "utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
