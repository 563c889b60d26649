"""Evidence made by hand, a sound run unless a test says otherwise."""

from typing import Any

from amn_tui.run.diagnosis.evidence import ActionResult, Evidence
from amn_tui.run.model import CheckState, GateState
from amn_tui.run.outcome import Outcome
from amn_tui.run.plan import DataSection
from checks.derived import derive
from checks.gate import Action, Gate, Reading, judge
from checks.result import CheckEnded, Control
from checks.verdict import Verdict

BASELINES = {"mean_of_context": 0.6, "copy_last": 0.55, "global_mean": 0.2, "context_next": 0.6}
HEALTHY = (0.52, 0.56, 0.575, 0.581, 0.584, 0.586, 0.5865, 0.587)


def epochs(val: tuple[float, ...], train: tuple[float, ...] | None = None, **more: Any) -> tuple[Reading, ...]:
    """Return readings of epochs 1, 2, …; `more` values are the same at each of them."""
    made: tuple[Reading, ...] = ()
    for number, value in enumerate(val, 1):
        values = {"val_cosine": value, "train_cosine": train[number - 1] if train else value, **more}
        made = (*made, derive(made, Reading(number, values)))
    return made


def check(
    name: str, verdict: Verdict = Verdict.PASS, detail: str = "as it should be", *, held: bool = True,
    overridden: str = "", **measured: float,
) -> CheckState:  # fmt: skip
    control = Control("a copy broken", Verdict.FAIL if held else Verdict.PASS)
    ended = CheckEnded(0.0, name, verdict, control, measured, "", detail, 0.1, overridden)
    return CheckState(name, name.replace("_", " "), ended=ended)


def checks(**verdicts: Verdict) -> tuple[CheckState, ...]:
    """Return the five checks, passed but for those that are named."""
    names = ("encoder_fingerprint", "eval_normalization", "oracle_recall", "off_by_one", "adjacency_coherence")
    return tuple(check(name, verdicts.get(name, Verdict.PASS)) for name in names)


def gates(readings: tuple[Reading, ...], floors: dict[int, float] | None = None) -> tuple[GateState, ...]:
    """Return the plan's kill-switches, judged."""
    made = []
    for epoch, floor in (floors or {1: 0.45, 3: 0.48, 6: 0.50}).items():
        gate = Gate(name=f"epoch {epoch}", metric="val_cosine", at=epoch, floor=floor,
                    on_fail=Action.ABORT if epoch == 1 else Action.WARN)  # fmt: skip
        made.append(GateState(gate, judge(gate, readings, {})))
    return tuple(made)


def action(name: str, verdict: str = "PASS", found: str = "as it should be", **about: str) -> ActionResult:
    return ActionResult(name, verdict, found, "amn-tui data verify wikipedia", about=about)


def evidence(val: tuple[float, ...] = HEALTHY, train: tuple[float, ...] | None = None, **given: Any) -> Evidence:
    """Return the evidence of a completed run of our trainer whose val_cosine was `val`."""
    shares = given.pop("shares", {"mse_share": 1.0})
    readings = given.pop("epochs", epochs(val, train, **shares))
    known: dict[str, Any] = {
        "path": "/runs/one", "outcome": Outcome.COMPLETED, "words": "exit code 0 after epoch 8",
        "planned": {"lr": 0.0005, "epochs": 8}, "executed": {"lr": "0.0005", "steps": "224", "context": "5"},
        "data": DataSection(train="wikipedia", ood=("moby-dick",), reference="wikipedia"),
        "epochs": readings, "total_epochs": 8, "baselines": BASELINES, "checks": checks(), "gates": gates(readings),
        "checkpoint": "/runs/one/checkpoints/best.safetensors", "log": "/runs/one/training.log",
    }  # fmt: skip
    return Evidence(**{**known, **given})
