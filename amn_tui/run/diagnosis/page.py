"""A diagnosis as lines of text and as JSON."""

import dataclasses
import textwrap
from collections.abc import Iterator
from typing import Any

from amn_tui.run.decision_tree import Node, Stand
from amn_tui.run.diagnosis.actions import DebugAction
from amn_tui.run.diagnosis.branches import list_branches
from amn_tui.run.diagnosis.evidence import ActionResult
from amn_tui.run.diagnosis.finding import Diagnosis, Finding, Step
from amn_tui.run.text import sanitize

WIDTH, INDENT = 100, " " * 7
MARKS = {Stand.DONE: "✓", Stand.HERE: "●", Stand.FAILED: "✗", Stand.AHEAD: "·"}


def print_diagnosis(diagnosis: Diagnosis, actions: tuple[DebugAction, ...] = ()) -> Iterator[str]:
    """Yield the lines: where it stands, what the debug actions found, the findings, and what else could be tried."""
    nodes = diagnosis.tree.trunk
    yield (
        "  ─▸ ".join(map(_draw_node, nodes))
        + f"  ─▸ {_draw_node(diagnosis.tree.onward)}  or  "
        + _draw_node(diagnosis.tree.abort)
    )
    if diagnosis.problems:
        yield "   ".join(f"{_draw_node(branch.node)}: {branch.todo}" for branch in list_branches(diagnosis.findings))
    yield ""
    yield from _print_actions(diagnosis.actions, actions)
    yield sanitize(diagnosis.conclusion)
    for number, finding in enumerate(diagnosis.findings, 1):
        yield ""
        yield from _print_finding(number, finding)
    if diagnosis.alternatives:
        yield ""
        yield "what else could be tried, one at a time:"
        for step in diagnosis.alternatives:
            yield from _print_step(step, "  ")


def _draw_node(node: Node) -> str:
    return f"{MARKS[node.stand]} {node.words}"


def _print_actions(results: tuple[ActionResult, ...], actions: tuple[DebugAction, ...]) -> Iterator[str]:
    titles = {action.name: action.title for action in actions}
    for result in results:
        word = "not run" if result.failed or result.skipped else result.verdict
        yield from _wrap(f"{titles.get(result.name, result.name)}: {result.found}", f"{word:<9}", " " * 9)
    if results:
        yield ""


def _print_finding(number: int, finding: Finding) -> Iterator[str]:
    note = "" if finding.is_problem else "  (worth knowing)"
    yield from _wrap(f"{finding.title}{note}", f"{number}. {finding.score:.2f} ", INDENT)
    for line in finding.evidence:
        yield from _wrap(line, f"{INDENT}· ", f"{INDENT}  ")
    yield from _print_step(finding.next, INDENT)


def _print_step(step: Step, indent: str) -> Iterator[str]:
    yield from _wrap(step.words, f"{indent}→ ", f"{indent}  ")
    yield f"{indent}  $ {sanitize(step.command)}"  # never broken: it is there to be copied


def _wrap(text: str, first: str, rest: str) -> Iterator[str]:
    yield from textwrap.wrap(sanitize(text), WIDTH, initial_indent=first, subsequent_indent=rest) or [first]


def shape_diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return a diagnosis as JSON for people's scripts."""
    tree = diagnosis.tree
    nodes = (*tree.trunk, tree.onward, tree.abort)
    return {
        "run": diagnosis.path,
        "conclusion": diagnosis.conclusion,
        "healthy": not diagnosis.problems,
        "tree": [{"node": node.words, "stand": node.stand.value} for node in nodes],
        "findings": [{**dataclasses.asdict(finding), "problem": finding.is_problem} for finding in diagnosis.findings],
        "alternatives": [dataclasses.asdict(step) for step in diagnosis.alternatives],
        "actions": [{**dataclasses.asdict(result), "about": dict(result.about)} for result in diagnosis.actions],
    }
