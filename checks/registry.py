"""The checks there are, in the order they run; a check's module is imported only when it runs."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, TypeAlias, cast

from checks.explanation import Explanation
from checks.finding import Finding
from checks.result import Measured

Numbers: TypeAlias = Mapping[str, Measured]
Progress: TypeAlias = Callable[[float, str], None]  # share of the work done (0 to 1), and what is being done


def keep_silent(share: float, note: str) -> None:
    """Tell nobody about progress."""


def narrow(progress: Progress, part: int, parts: int) -> Progress:
    """Return a progress for the `part`-th of `parts` equal pieces of work, counted from 0."""
    return lambda share, note: progress((part + share) / parts, note)


@dataclass(frozen=True, slots=True)
class Broken:
    """A copy of (a sample of) the data, broken in one check's own way, and how, in words."""

    words: str
    data: Any


class Check(Protocol):
    """A check's module: numbers from data, a finding from numbers, and data broken so that the check must refuse it."""

    def measure(self, data: Any, progress: Progress, /) -> Numbers:
        """Measure the data; raises InputError when they cannot be read."""
        ...

    def judge(self, numbers: Numbers, thresholds: Mapping[str, Any], /) -> Finding:
        """Judge numbers alone; pure."""
        ...

    def control(self, data: Any, /) -> Broken:
        """Break a copy of the data; the same measure and judge must refuse it."""
        ...


class Bottleneck(Enum):
    """What a check waits for most; checks that wait for different things run side by side."""

    MEMORY = "memory"  # reading vectors, as those do that take numbers from the scan
    PROCESSOR = "processor"  # multiplying matrices


@dataclass(frozen=True, slots=True)
class Registered:
    """A check by name: how to show it, where its functions are, and what they wait for most.

    `kept`: what it measured may be kept for the next time, since it follows from the data and the settings alone.
    """

    name: str
    title: str
    module: str
    bottleneck: Bottleneck = Bottleneck.MEMORY
    kept: bool = False
    needs_plan: bool = False  # it judges the launch plan, and is left out where there is none
    page: Explanation | None = None  # of a package's check; ours are in checks/explanations.toml

    def load(self) -> Check:
        """Import the check's module, and with it numpy and, for one, faiss."""
        return cast("Check", importlib.import_module(self.module))


PROCESSOR_BOUND = frozenset({"oracle_recall", "duplicates", "leakage"})
NEVER_KEPT = frozenset({"environment", "plan_sanity"})  # of the machine and the plan, which no digest of data knows

CHECKS: Mapping[str, Registered] = {
    name: Registered(
        name,
        title,
        f"checks.{name}",
        Bottleneck.PROCESSOR if name in PROCESSOR_BOUND else Bottleneck.MEMORY,
        kept=name not in NEVER_KEPT,
        needs_plan=name in NEVER_KEPT,
    )
    for name, title in (
        ("encoder_fingerprint", "Encoder fingerprint"),
        ("eval_normalization", "Eval normalization"),
        ("oracle_recall", "Oracle recall @K"),
        ("off_by_one", "Off by one"),
        ("adjacency_coherence", "Adjacency coherence"),
        ("duplicates", "Duplicates"),
        ("leakage", "Leakage"),
        ("window_integrity", "Window integrity"),
        ("trivial_predictors", "Trivial predictors"),
        ("environment", "Environment"),
    )
}
