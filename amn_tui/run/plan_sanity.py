"""Plan sanity: the trainer's command line parses, every gate can be judged, and what differs from the run before."""

import dataclasses
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from amn_tui.run.folder import RunFolder
from amn_tui.run.plan import Plan
from amn_tui.run.plan_file import build_plan, read_plan
from amn_tui.run.prepare import build_trainer_argv
from amn_tui.run.supervision_gates import LIVE_METRICS
from checks.derived import RESCORE_GAP
from checks.errors import InputError
from checks.explanation import Explanation
from checks.expression import Line, parse_bound
from checks.finding import Finding, Findings
from checks.gate import Action, Gate
from checks.registry import Broken, Numbers, Progress
from checks.result import Measured
from checks.verdict import Verdict
from trainer.config import TrainConfig, read_args
from trainer.flags import write_value
from trainer.header import find_checkpoints, read_header
from trainer.metrics import list_epoch_metrics, list_step_metrics

title = "Plan sanity"
needs_plan = True
options: Mapping[str, Any] = {}
page = Explanation(
    measures="Whether the trainer's command line parses, every gate's metric and bound will be there to be judged, a "
    "gate that may stop the run comes before the run is over, and checkpoints that the plan names can be read. It "
    "shows the learning rate, loss weights and paths as they will be used, and what differs from the last run.",
    matters="A gate on a misspelt metric looks as if it watched the run and never does. A learning rate of 0.0005 ran "
    "where the plan said 0.00025, and nobody saw it.",
    fails="The command line is refused, a gate names a metric or baseline that never comes, a checkpoint cannot be "
    "read, or the program is not there. Of a command that is not ours metrics cannot be known: that warns.",
    remedy="Correct the key that is named, in the plan or in --set. Differences from the last run are only told.",
)
DERIVED = frozenset({"nonfinite", "max_share", "best", "drop", RESCORE_GAP})
BASELINES = frozenset({"mean_of_context", "copy_last", "global_mean", "context_next", "ridge"})
SHOWN = ("model_type", "epochs", "batch_size", "lr", "context", "device", "data", "ood", "pretrained", "seed")
SOURCE = Path("plan")
NO_METRIC = "val_cosin"


def measure(data: Any, progress: Progress) -> Numbers:
    """Resolve the plan as launch does, and hold its gates against what will be logged."""
    progress(0.0, "plan")
    plan = build_plan(data.require_plan(), SOURCE)
    numbers: dict[str, Measured] = {"gates": len(plan.gates), "ours": plan.run.is_ours, "argv": "parses"}
    output = Path(plan.run.root) / plan.run.name
    try:
        argv = build_trainer_argv(plan, SOURCE, output)
        config = read_args(argv[argv.index("trainer") + 1 :]) if plan.run.is_ours else None
    except InputError as error:
        return numbers | {"argv": str(error)}
    if config is None:
        numbers["program"] = shutil.which(plan.run.command[0]) or ""
    else:
        numbers |= {key: write_value(getattr(config, key)) for key in SHOWN}
        numbers |= {f"lambda_{name}": weight for name, weight in config.lambdas.items()}
        numbers["checkpoint"] = _read_checkpoint(config.pretrained)
    numbers |= _measure_gates(plan, config)
    return numbers | _compare(plan)


def _read_checkpoint(path: str) -> str:
    """Return what is wrong with the checkpoint to start from, empty where nothing is."""
    if not path:
        return ""
    try:
        read_header(find_checkpoints(Path(path))[0])
    except (InputError, IndexError, OSError) as error:
        return str(error) or f"{path}: no checkpoint"
    return ""


def _measure_gates(plan: Plan, config: TrainConfig | None) -> dict[str, Measured]:
    known = LIVE_METRICS | DERIVED
    if config is not None:
        known |= list_epoch_metrics(config) | list_step_metrics(config)
    missing = [f"{gate.name}: {gate.metric}" for gate in plan.gates if gate.metric not in known]
    named = [(gate.name, name) for gate in plan.gates for name in _list_names(gate)]
    strange = [f"{gate}: {name}" for gate, name in named if not _is_known(name, known)]
    late = [gate.name for gate in plan.gates if config is not None and (gate.at or gate.start or 1) > config.epochs]
    late_aborts = [gate.name for gate in plan.gates if gate.name in late and gate.on_fail is Action.ABORT]
    return {
        "missing_metrics": "; ".join(missing),
        "unknown_bounds": "; ".join(strange),
        "gates_never_reached": "; ".join(late),
        "aborts_never_reached": "; ".join(late_aborts),
    }


def _list_names(gate: Gate) -> list[str]:
    """Return the names that a gate's bounds refer to."""
    lines = [parse_bound(bound) for bound in gate.bounds.values()]
    return [line.name for line in lines if isinstance(line, Line)]


def _is_known(name: str, metrics: frozenset[str]) -> bool:
    return name in metrics or name.removeprefix("baseline.") in BASELINES


def _compare(plan: Plan) -> dict[str, Measured]:
    """Say what the plan has otherwise than the latest other run of its name."""
    before = _find_last(plan)
    if before is None:
        return {"last_run": "none"}
    name, last = before
    mine, theirs = _flatten(plan), _flatten(last)
    changed = [
        f"{key} {theirs.get(key, 'default')} -> {mine.get(key, 'default')}"
        for key in sorted({*mine, *theirs})
        if mine.get(key) != theirs.get(key)
    ]
    return {"last_run": name, "changed": "; ".join(changed) or "nothing"}


def _find_last(plan: Plan) -> tuple[str, Plan] | None:
    mine = "" if plan.prepared is None else plan.prepared.launched_at
    root = Path(plan.run.root)
    if plan.prepared is not None:
        root = Path(plan.prepared.cwd) / root
    found: list[tuple[str, str, Plan]] = []
    with suppress(OSError):
        for path in root.iterdir():
            with suppress(InputError, OSError):
                other = read_plan(RunFolder(path).plan)
                if other.prepared and other.run.name == plan.run.name and other.prepared.launched_at != mine:
                    found.append((other.prepared.launched_at, path.name, other))
    return max(found, key=lambda item: item[:2])[1:] if found else None


def _flatten(plan: Plan) -> dict[str, str]:
    """Return what decides a run, by key: data, flags, gates."""
    keys = {f"train.{key}": str(value) for key, value in plan.train.items()}
    keys |= {"data.train": plan.data.train, "data.ood": ", ".join(plan.data.ood), "data.reference": plan.data.reference}
    bounds = {f"gates.{gate.name}": f"{gate.metric} {dict(gate.bounds)} {gate.when}" for gate in plan.gates}
    return {key: value for key, value in {**keys, **bounds}.items() if value}


def judge(numbers: Numbers, thresholds: Mapping[str, Any]) -> Finding:  # noqa: ARG001 (there is nothing to set)
    """Judge what was resolved; a command that is not ours may log anything, so that its metrics only warn."""
    findings, ours = Findings(numbers), numbers.get("ours") is True
    findings.demand(numbers.get("argv") == "parses", str(numbers.get("argv") or "nothing was measured"))
    findings.demand(numbers.get("program") != "", "the command's program is not there")
    checkpoint = str(numbers.get("checkpoint") or "")
    findings.demand(not checkpoint, f"the checkpoint to start from: {checkpoint}")
    for key, words in (("missing_metrics", "no such metric is logged"), ("unknown_bounds", "no such name is measured")):
        found = str(numbers.get(key) or "")
        said = words if ours else "nobody can know whether the command logs it"
        findings.demand(not found, f"gate {found}: {said}", Verdict.FAIL if ours else Verdict.WARN)
    late = str(numbers.get("aborts_never_reached") or "")
    findings.demand(not late, f"gates that may stop the run come after its last epoch: {late}", Verdict.WARN)
    lr = f"lr {numbers['lr']}, " if "lr" in numbers else ""
    last = numbers.get("last_run")
    changed = f"; against {last} changed: {numbers.get('changed')}" if last not in (None, "none") else ""
    well = f"{lr}{_say_gates(numbers)}{changed}"
    return findings.conclude("a command line that parses, gates that can be judged", well)


def _say_gates(numbers: Numbers) -> str:
    late = str(numbers.get("gates_never_reached") or "")
    but = f", but for those after the last epoch ({late})" if late else ""
    return f"{numbers.get('gates')} gates can be judged{but}"


def control(data: Any) -> Broken:
    """Add a gate on a metric that never comes; where anything may be logged, name a program that is not there."""
    plan = data.require_plan()
    if build_plan(plan, SOURCE).run.is_ours:
        gate = {"name": "control", "metric": NO_METRIC, "at": 1, "floor": 0.0}
        return Broken(
            f"a gate on {NO_METRIC}", dataclasses.replace(data, plan={**plan, "gates": [*plan.get("gates", []), gate]})
        )
    run = {**plan["run"], "command": ["/no/such/program"]}
    return Broken("a program that is not there", dataclasses.replace(data, plan={**plan, "run": run}))
