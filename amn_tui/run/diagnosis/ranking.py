"""Every rule asked of one run, the most likely cause first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from amn_tui.run.decision_tree import stand_on_tree
from amn_tui.run.diagnosis import commands
from amn_tui.run.diagnosis.alternatives import list_alternatives
from amn_tui.run.diagnosis.evidence import ActionResult, Evidence
from amn_tui.run.diagnosis.finding import NOTE, POSSIBLE, Cause, Diagnosis, Finding, Step
from amn_tui.run.diagnosis.rules_data import find_bad_data, find_bad_setup, find_leak, find_too_diverse, say_weakness
from amn_tui.run.diagnosis.rules_ending import (
    find_crash,
    find_full_disk,
    find_killed,
    find_out_of_memory,
    find_stopped,
    find_unguarded,
)
from amn_tui.run.diagnosis.rules_loss import find_dominance, find_learning_rate, find_nonfinite, find_plan_drift
from amn_tui.run.diagnosis.rules_model import (
    find_bad_evaluator,
    find_bad_model,
    find_overfitting,
    find_unconverged,
    find_worse_than_trivial,
)
from amn_tui.run.model import Run
from checks.verdict import Verdict

Rule = Callable[[Evidence], Finding | None]
# In the order in which equal scores are told: what makes everything after it meaningless comes first.
RULES: tuple[Rule, ...] = (
    find_full_disk, find_out_of_memory, find_unguarded, find_nonfinite, find_bad_evaluator, find_bad_setup,
    find_bad_data, find_leak, find_too_diverse, find_dominance, find_plan_drift, find_learning_rate, find_bad_model,
    find_killed, find_crash, find_overfitting, find_worse_than_trivial, find_unconverged, find_stopped,
)  # fmt: skip
# What one cause explains whole is not told again; what it explains better comes after it.
EXPLAINED = {Cause.OUT_OF_MEMORY: {Cause.KILLED, Cause.CRASHED}, Cause.DISK_FULL: {Cause.KILLED, Cause.CRASHED},
             Cause.NONFINITE: {Cause.MODEL}}  # fmt: skip
SECOND = {Cause.LEAK: {Cause.DATA}}


def diagnose(run: Run, evidence: Evidence) -> Diagnosis:
    """Return where a run stands and what is wrong with it. Pure."""
    findings = rank_findings(evidence)
    return Diagnosis(run.path, stand_on_tree(run), findings, list_alternatives(evidence, findings), evidence.actions)


def rank_findings(evidence: Evidence) -> tuple[Finding, ...]:
    """Return every finding, the highest score first; a run that failed without a cause gets one that says so."""
    found = [finding for rule in RULES if (finding := rule(evidence)) is not None]
    explained, second = (_list_causes(found, table) for table in (EXPLAINED, SECOND))
    kept = [
        replace(finding, score=min(finding.score, 0.9)) if finding.cause in second else finding
        for finding in found if finding.cause not in explained
    ]  # fmt: skip
    kept += [_say_failed(result) for result in evidence.actions if result.failed]
    if not any(finding.is_problem for finding in kept) and (unknown := _say_unknown(evidence)):
        kept.append(unknown)
    return tuple(sorted(kept, key=lambda finding: -finding.score))


def _list_causes(found: Sequence[Finding], table: Mapping[Cause, set[Cause]]) -> set[Cause]:
    return {cause for finding in found for cause in table.get(finding.cause, ())}


def _say_failed(result: ActionResult) -> Finding:
    step = Step("Ask for it by hand.", result.next)
    return Finding(Cause.NOT_LOOKED_AT, f"the debug action {result.name} found nothing", NOTE, (result.found,), step)


def _say_unknown(evidence: Evidence) -> Finding | None:
    failed = [
        state for state in evidence.gates
        if state.judgement.verdict in (Verdict.FAIL, Verdict.ERROR) and not state.waived
    ]  # fmt: skip
    if not failed and evidence.weakness < POSSIBLE:
        return None
    lines = (*(f"gate {state.gate.name}: {state.judgement.words}" for state in failed), *say_weakness(evidence))
    step = Step("Prove the data, then look at the model.", commands.preflight(evidence))
    return Finding(Cause.UNKNOWN, "a gate failed, and no rule says why", POSSIBLE, tuple(dict.fromkeys(lines)), step)


def add_action(evidence: Evidence, result: ActionResult) -> Evidence:
    """Return the evidence with what a debug action found."""
    others = tuple(known for known in evidence.actions if known.name != result.name)
    return replace(evidence, actions=(*others, result))
