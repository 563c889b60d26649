"""What preflight writes: the lines of preflight.jsonl."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from checks.explanation import Explanation
from checks.verdict import Verdict

Measured: TypeAlias = float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class Control:
    """A copy of the data broken in the check's own way, and what the check said of it: a check proves it can fail."""

    broken: str  # what was broken, in words: "one row set to zero"
    verdict: Verdict
    measured: Mapping[str, Measured] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        """Tell whether the check refused the broken copy, as it must."""
        return self.verdict in (Verdict.FAIL, Verdict.ERROR)


@dataclass(frozen=True, slots=True)
class Measurement:
    """The numbers that a check was judged by, and those of its control, kept for the next time on the same data.

    `broken` says how the control's copy was broken; `measured_at` is in Unix seconds.
    """

    check: str
    numbers: Mapping[str, Measured]
    broken: str
    control_numbers: Mapping[str, Measured]
    measured_at: float


@dataclass(frozen=True, slots=True)
class PreflightStarted:
    """Preflight began; `checks` are the names to come, in order, and `titles` how to show them.

    `pages` are the explanations of those that come from packages, which a reader may not have.
    """

    time: float
    checks: tuple[str, ...]
    titles: tuple[str, ...]
    pages: Mapping[str, Explanation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckStarted:
    """A check began; time in Unix seconds."""

    time: float
    check: str


@dataclass(frozen=True, slots=True)
class CheckProgressed:
    """A check has done `share` (0 to 1) of its work."""

    time: float
    check: str
    share: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class CheckEnded:
    """What a check measured, what was expected, and what it says.

    `seconds` is wall time, control included, of which `control_seconds` were the control's. `measured_at` is when the
    numbers were measured, in Unix seconds, where they were kept from an earlier time; None when they are new.
    """

    time: float
    check: str
    verdict: Verdict
    control: Control | None
    measured: Mapping[str, Measured]
    expected: str
    detail: str
    seconds: float
    overridden: str = ""  # the reason a person gave for going on although this check did not pass
    control_seconds: float = 0.0
    measured_at: float | None = None


@dataclass(frozen=True, slots=True)
class PreflightEnded:
    """All checks are done; `baselines` are the trivial predictors' cosines that gates may refer to."""

    time: float
    verdict: Verdict
    baselines: Mapping[str, float]
    seconds: float
    detail: str = ""  # why the baselines could not be measured


PreflightEvent: TypeAlias = PreflightStarted | CheckStarted | CheckProgressed | CheckEnded | PreflightEnded
PREFLIGHT_EVENTS: tuple[type[PreflightEvent], ...] = (
    PreflightStarted,
    CheckStarted,
    CheckProgressed,
    CheckEnded,
    PreflightEnded,
)
