"""Bounds of a gate: a number, or a line through a named one ("0.70 * baseline.mean_of_context + 0.02")."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Bound: TypeAlias = float | str

_EXPRESSION = re.compile(
    r"\s*(?:(?P<factor>\d+(?:\.\d+)?)\s*\*\s*)?(?P<name>[a-z_][a-z0-9_]*(?:\.[a-z0-9_]+)*)"
    r"\s*(?:(?P<sign>[+-])\s*(?P<offset>\d+(?:\.\d+)?))?\s*"
)


@dataclass(frozen=True, slots=True)
class Line:
    """The value factor * name + offset."""

    name: str
    factor: float = 1.0
    offset: float = 0.0


def parse_bound(bound: Bound) -> float | Line:
    """Read a bound; raises ValueError for nan, inf, or text that is not [FACTOR *] NAME [+ or - OFFSET]."""
    if not isinstance(bound, str):
        if not math.isfinite(bound):
            raise ValueError(f"a bound must be a finite number, found {bound}")
        return float(bound)
    found = _EXPRESSION.fullmatch(bound)
    if not found:
        raise ValueError(f"expected a number or 'FACTOR * NAME + OFFSET', found {bound!r}")
    offset = float(found["offset"] or 0.0)
    return Line(found["name"], float(found["factor"] or 1.0), -offset if found["sign"] == "-" else offset)


def resolve_bound(bound: Bound, names: Mapping[str, float]) -> float | None:
    """Return the bound's number, None when the name it refers to was not measured."""
    line = parse_bound(bound)
    if isinstance(line, float):
        return line
    value = names.get(line.name)
    return None if value is None or not math.isfinite(value) else round(line.factor * value + line.offset, 6)
