"""Where a run stands on the plan's decision tree: preflight, launch, epoch 1, continue or abort."""

from dataclasses import dataclass
from enum import Enum

from amn_tui.run.model import Run
from amn_tui.run.outcome import Outcome, Phase
from checks.gate import Action
from checks.verdict import Verdict

ABORTS = (Outcome.ABORTED_BY_GATE, Outcome.ABORTED_BY_OPERATOR)


class Stand(Enum):
    """How a run stands to one node of the tree."""

    DONE = "done"
    HERE = "here"
    FAILED = "failed"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Node:
    """One node, as it is written."""

    words: str
    stand: Stand


@dataclass(frozen=True, slots=True)
class Tree:
    """The way to the fork, and its two branches."""

    trunk: tuple[Node, ...]
    onward: Node
    abort: Node


def find_decision(run: Run) -> int:
    """Return the epoch after which the plan decides: the first at which a gate may stop the run, else 1."""
    gates = run.plan.gates if run.plan else ()
    return min((gate.at for gate in gates if gate.at and gate.on_fail is Action.ABORT), default=1)


def stand_on_tree(run: Run) -> Tree:
    """Return the tree with every node marked."""
    decision, total = find_decision(run), run.curve.total_epochs or (run.plan.train.get("epochs") if run.plan else None)
    reached = run.curve.last is not None and run.curve.last.epoch >= decision
    started = reached or run.curve.step is not None or bool(run.curve.epochs)
    trunk = [
        Node("launch", _stand_launch(run, started)),
        Node(f"epoch {decision}", _stand_decision(run, decision, started)),
    ]
    if run.checks or run.phase in (Phase.PREFLIGHT, Phase.BLOCKED):
        trunk.insert(0, Node("preflight", _stand_preflight(run)))
    words = f"continue to {total}" if total else "continue"
    aborting = run.alarm is not None or run.phase is Phase.STOPPING
    abort = Stand.FAILED if run.outcome in ABORTS else Stand.HERE if aborting else Stand.AHEAD
    return Tree(tuple(trunk), Node(words, _stand_onward(run, reached)), Node("abort", abort))


def _stand_preflight(run: Run) -> Stand:
    if run.phase is Phase.BLOCKED:
        return Stand.FAILED
    return Stand.HERE if run.phase is Phase.PREFLIGHT else Stand.DONE


def _stand_launch(run: Run, started: bool) -> Stand:
    if started:
        return Stand.DONE
    if run.ended:
        return Stand.FAILED
    return Stand.HERE if run.phase in (Phase.STARTING, Phase.STOPPING) else Stand.AHEAD


def _stand_decision(run: Run, decision: int, started: bool) -> Stand:
    judged = [state for state in run.gates if state.gate.at == decision and state.gate.on_fail is Action.ABORT]
    if any(state.judgement.verdict is Verdict.FAIL and not state.waived for state in judged):
        return Stand.FAILED
    if run.curve.last is not None and run.curve.last.epoch >= decision:
        return Stand.DONE
    if run.ended:
        return Stand.FAILED if started else Stand.AHEAD
    return Stand.HERE if started else Stand.AHEAD


def _stand_onward(run: Run, reached: bool) -> Stand:
    if run.outcome is Outcome.COMPLETED:
        return Stand.DONE
    if run.outcome is not None:
        return Stand.FAILED if reached and run.outcome not in ABORTS else Stand.AHEAD
    return Stand.HERE if reached and run.alarm is None and run.phase is not Phase.STOPPING else Stand.AHEAD
