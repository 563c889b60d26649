"""What a diagnosis may know: one frozen value, gathered from a run and from what the debug actions found."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amn_tui.run.decision_tree import find_decision
from amn_tui.run.folder import RunFolder
from amn_tui.run.model import CheckState, GateState, Run
from amn_tui.run.outcome import Outcome, Phase
from amn_tui.run.plan import DataSection
from amn_tui.run.text import decode_log_line
from checks.derived import MAIN_METRIC
from checks.gate import Reading
from trainer.header import BEST, LAST

TAIL_BYTES = 32 * 1024
TAIL_LINES = 60
TRIVIAL = ("mean_of_context", "copy_last", "global_mean")
# Of the cosine of the mean of the context to the next vector: what sound runs have by then, and what broken ones have.
HEALTHY_RATIOS = ((6, 0.90), (3, 0.85), (1, 0.80))
BROKEN_BELOW = 0.10


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What a debug action found: its verdict, one line of words, and the next command.

    `failed`: it found nothing, and `found` says why; `skipped`: it could not be asked of this run, or was given up.
    """

    name: str  # norms, forward, compare
    verdict: str  # PASS, WARN, FAIL, ERROR
    found: str
    next: str = ""
    seconds: float = 0.0
    about: Mapping[str, str] = field(default_factory=dict)  # verdict by part, where there are parts
    failed: bool = False
    skipped: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """A run as the rules see it. `tail` are the last lines of its log; shares, cosines and ratios are fractions."""

    path: str
    phase: Phase = Phase.ENDED
    outcome: Outcome | None = None
    words: str = ""  # how it ended
    signal: str = ""
    stopped_by: str = ""
    planned: Mapping[str, Any] = field(default_factory=dict)
    executed: Mapping[str, str] = field(default_factory=dict)
    data: DataSection = field(default_factory=DataSection)
    has_plan: bool = True
    ours: bool = True
    unguarded: bool = False
    epochs: tuple[Reading, ...] = ()
    step: Reading | None = None
    total_epochs: int | None = None
    steps: int | None = None  # of an epoch
    decision: int = 1
    baselines: Mapping[str, float] = field(default_factory=dict)  # by name
    checks: tuple[CheckState, ...] = ()
    gates: tuple[GateState, ...] = ()
    disk_free_bytes: int | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    tail: tuple[str, ...] = ()
    log: str = ""
    checkpoint: str = ""
    actions: tuple[ActionResult, ...] = ()

    def list_values(self, metric: str) -> list[tuple[int, float]]:
        """Return (epoch, value) of every finished epoch whose value is finite."""
        found = [(reading.epoch, reading.values.get(metric, math.nan)) for reading in self.epochs]
        return [(epoch, value) for epoch, value in found if math.isfinite(value)]

    def get_last(self, metric: str = MAIN_METRIC) -> float | None:
        """Return the metric of the last epoch that has it."""
        values = self.list_values(metric)
        return values[-1][1] if values else None

    def find_action(self, name: str) -> ActionResult | None:
        """Return what a debug action found, None where it did not run."""
        return next(
            (result for result in self.actions if result.name == name and not (result.failed or result.skipped)), None
        )

    def get_setting(self, key: str) -> float | None:
        """Return a number that the trainer runs with, else the planned one."""
        try:
            return float(self.executed.get(key, self.planned.get(key)))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return None

    @property
    def reached(self) -> int:
        """Return the last finished epoch, 0 before there is one."""
        return self.epochs[-1].epoch if self.epochs else 0

    @property
    def trivial(self) -> list[tuple[str, float]]:
        """Return the trivial predictors that were measured, best first."""
        known = [(name, self.baselines[name]) for name in TRIVIAL if name in self.baselines]
        return sorted(known, key=lambda pair: -pair[1])

    @property
    def weakness(self) -> float:
        """Return how weak val_cosine is for its epoch: 0 as a sound run's, 1 as a broken one's.

        Held against the mean of the context, since its ratio to that travels between data sets, and against the gates.
        """
        return max(self._measure_ratio_weakness(), max((_measure_miss(state) for state in self.gates), default=0.0))

    def _measure_ratio_weakness(self) -> float:
        base, last = self.baselines.get("context_next", self.baselines.get("mean_of_context")), self.get_last()
        if not base or base <= 0 or last is None:
            return 0.0
        healthy = next((ratio for epoch, ratio in HEALTHY_RATIOS if self.reached >= epoch), HEALTHY_RATIOS[-1][1])
        return min(1.0, max(0.0, (healthy - last / base) / BROKEN_BELOW))


def _measure_miss(state: GateState) -> float:
    """Return 1 for a plan's own epoch gate whose floor was missed, 0.5 for one that only just holds."""
    judgement = state.judgement
    if state.gate.at is None or judgement.value is None or judgement.floor is None:
        return 0.0
    if not judgement.value >= judgement.floor:
        return 1.0 if state.gate.at <= 1 or state.gate.on_fail == "abort" else 0.5
    return 0.5 if judgement.verdict == "WARN" else 0.0


def gather_evidence(run: Run, *, tail: tuple[str, ...] = (), log: str = "", checkpoint: str = "") -> Evidence:
    """Return what is known of a run, before any debug action. Pure."""
    plan, ended = run.plan, run.ended
    return Evidence(
        path=run.path,
        phase=run.phase,
        outcome=run.outcome,
        words=ended.words if ended else "",
        signal=(ended.signal or "") if ended else "",
        stopped_by=run.stop.by if run.stop else "",
        planned=plan.train if plan else {},
        executed=run.curve.config,
        data=plan.data if plan else DataSection(),
        has_plan=plan is not None,
        ours=plan.run.is_ours if plan else False,
        unguarded=run.unguarded,
        epochs=run.curve.epochs,
        step=run.curve.step,
        total_epochs=run.curve.total_epochs,
        steps=run.curve.total_steps,
        decision=find_decision(run),
        baselines={name.removeprefix("baseline."): value for name, value in run.baselines.items()},
        checks=run.checks,
        gates=run.gates,
        disk_free_bytes=run.system.disk_free_bytes if run.system else None,
        problems=run.problems,
        tail=tail,
        log=log or f"{run.path}/training.log",
        checkpoint=checkpoint,
    )


def read_evidence(run: Run) -> Evidence:
    """Return what is known of a run, with the end of its log and its checkpoint looked up in its folder."""
    path = Path(run.path)
    folder = RunFolder(path)
    kept = [folder.checkpoints / name for name in (BEST, LAST) if (folder.checkpoints / name).is_file()]
    log = folder.log if path.is_dir() else path
    return gather_evidence(run, tail=read_tail(log), log=str(log), checkpoint=str(kept[0]) if kept else "")


def read_tail(log: Path) -> tuple[str, ...]:
    """Return the last lines of a log as safe text; empty where it cannot be read."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            lines = file.read(TAIL_BYTES).split(b"\n")
    except OSError:
        return ()
    return tuple(decode_log_line(line) for line in lines if line.strip())[-TAIL_LINES:]
