"""The launch plan as a value: what to run, what must hold before it, what must hold during it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.band import Band
from checks.derived import list_built_in_gates
from checks.gate import Gate

OUR_TRAINER = ("python", "-m", "trainer")
MOST_PROCESSES = 1024  # on one machine
SCHEMA = 1  # of run folders: raised when an older program would misread what a newer one writes


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSection:
    """[run]: the run's name, where its folder goes, the command, and how patiently it is stopped (seconds).

    `processes` of our trainer on this machine are started by torchrun; `torchrun` are more options for it.
    `may_end_early`: a command of one's own stops by itself when it has learned enough; else exit code 0 before the last
    epoch that its log announces is no success.
    """

    name: str
    root: str = "runs"
    command: tuple[str, ...] = OUR_TRAINER
    processes: int = 1
    torchrun: tuple[str, ...] = ()
    grace_s: float = 30.0
    countdown_s: float = 60.0
    may_end_early: bool = False

    def __post_init__(self) -> None:
        """Refuse times that are negative or not finite, an empty command, and processes that nobody can start."""
        for key in ("grace_s", "countdown_s"):
            value = getattr(self, key)
            if not (math.isfinite(value) and 0 <= value <= 86_400):
                raise ValueError(f"{key} must be 0 to 86400 seconds, found {value}")
        if not self.command:
            raise ValueError("command must name a program")
        if not 1 <= self.processes <= MOST_PROCESSES:
            raise ValueError(f"processes must be 1 to {MOST_PROCESSES}, found {self.processes}")

    @property
    def is_ours(self) -> bool:
        """Tell whether the command is our own trainer, which reads control.jsonl and takes [train] as flags."""
        return self.command == OUR_TRAINER


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSection:
    """[data]: shipped names or paths; empty `train` means that there is nothing to check before launch."""

    train: str = ""
    ood: tuple[str, ...] = ()
    reference: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """[prepared]: what launch resolved, written into the run folder's plan.toml and never by hand."""

    launched_at: str
    version: str
    argv: tuple[str, ...]
    preflight_argv: tuple[str, ...] = ()  # empty: nothing to check
    cwd: str
    host: str
    python: str
    packages: Mapping[str, str] = field(default_factory=dict)
    git_commit: str = ""
    data_fingerprint: Mapping[str, str] = field(default_factory=dict)
    schema: int = SCHEMA  # folders from before it was written down are of the first


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A whole launch plan; `train` are flags of python -m trainer by name, `checks` settings per check."""

    run: RunSection
    data: DataSection = DataSection()
    train: Mapping[str, Any] = field(default_factory=dict)
    checks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    gates: tuple[Gate, ...] = ()
    bands: tuple[Band, ...] = ()
    prepared: Prepared | None = None

    def list_gates(self, baselines: Mapping[str, float]) -> tuple[Gate, ...]:
        """Return the plan's gates and the built-in ones it does not redefine; baselines keyed "baseline.NAME"."""
        named = {gate.name for gate in self.gates}
        rescored = self.run.is_ours and self.train.get("rescore", "on") == "on"
        built_in = list_built_in_gates(baselines, rescored=rescored)
        return self.gates + tuple(gate for gate in built_in if gate.name not in named)
