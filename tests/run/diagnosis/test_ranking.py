"""The known cause of every sample run ranks first, and of a sound one nothing is wrong."""

import json
import math
import shlex
from pathlib import Path

import pytest

from amn_tui.run.decision_tree import Stand
from amn_tui.run.diagnosis.actions import fail, list_actions
from amn_tui.run.diagnosis.alternatives import list_alternatives
from amn_tui.run.diagnosis.evidence import read_evidence
from amn_tui.run.diagnosis.finding import Cause, Diagnosis
from amn_tui.run.diagnosis.page import print_diagnosis, shape_diagnosis
from amn_tui.run.diagnosis.ranking import add_action, diagnose, rank_findings
from amn_tui.run.outcome import Outcome
from amn_tui.run.session import read_run
from checks.gate import Reading
from checks.verdict import Verdict
from tests.run.diagnosis.cases import action, check, checks, evidence

SAMPLES = Path(__file__).resolve().parents[3] / "sample_logs"
FIRST = {
    "healthy": None, "collapse": Cause.DOMINANCE, "gate-abort": Cause.LEARNING_RATE, "nan": Cause.NONFINITE,
    "blocked": Cause.DATA, "killed": Cause.KILLED, "noisy": Cause.KILLED, "original": Cause.NOT_CONVERGED,
}  # fmt: skip


def look_at(path: Path) -> Diagnosis:
    run = read_run(path)
    return diagnose(run, read_evidence(run))


@pytest.mark.parametrize(("name", "cause"), FIRST.items(), ids=list(FIRST))
def test_the_known_cause_of_a_sample_ranks_first(name: str, cause: Cause | None) -> None:
    found = look_at(SAMPLES / name)
    assert (found.problems[0].cause if found.problems else None) is cause
    assert found.conclusion == (found.problems[0].title if cause else "nothing is wrong")
    assert [finding.score for finding in found.findings] == sorted((f.score for f in found.findings), reverse=True)
    for step in (*(finding.next for finding in found.findings), *found.alternatives):
        assert shlex.split(step.command)[0] in ("amn-tui", "tail", "df")
        assert "DATA" not in step.command


def test_every_sample_was_asked() -> None:
    assert {path.parent.name for path in SAMPLES.glob("*/expected.toml")} == set(FIRST)


def test_a_run_that_is_sound_has_no_problem_and_alternatives_that_were_not_tried() -> None:
    found = look_at(SAMPLES / "healthy")
    assert [finding.cause for finding in found.findings] == [Cause.TRIVIAL]
    commands = " ".join(step.command for step in found.alternatives)
    for words in ("train.context=7", "train.curriculum", "train.filter_junk=true", "train.balance=adaptive"):
        assert words in commands
    assert found.tree.onward.stand is Stand.DONE


def test_a_bare_log_has_a_diagnosis_too(tmp_path: Path) -> None:
    log = tmp_path / "any.log"
    log.write_bytes((SAMPLES / "collapse" / "training.log").read_bytes())
    found = look_at(log)
    assert found.problems[0].cause is Cause.DOMINANCE
    assert found.problems[0].next.command == f"amn-tui attach {log}"
    assert found.alternatives == ()


def test_what_explains_a_fault_whole_stands_alone() -> None:
    words = "killed by SIGKILL; likely out of memory"
    found = rank_findings(evidence(outcome=Outcome.CRASHED, signal="SIGKILL", words=words))
    assert [finding.cause for finding in found if finding.is_problem] == [Cause.OUT_OF_MEMORY]
    leak = check("off_by_one", Verdict.FAIL, **{"train.edge": 1.0, "train.inner": 0.5})
    found = rank_findings(evidence((0.64, 0.72), checks=(leak,)))
    assert [finding.cause for finding in found][:2] == [Cause.LEAK, Cause.DATA]
    found = rank_findings(evidence((0.3,), step=Reading(2, {"loss": math.nan}, 3)))
    assert Cause.MODEL not in {finding.cause for finding in found}


def test_a_gate_that_no_rule_explains_is_said_to_be_so() -> None:
    weak = evidence((0.44,), baselines={}, checks=checks(), train=(0.65,), executed={})
    found = rank_findings(weak)
    assert found[0].cause is Cause.EVALUATOR  # train is far above: that one has an explanation
    readings = evidence((0.44,), (0.5,)).epochs
    unknown = evidence(epochs=readings, baselines={}, executed={}, ours=False, actions=(action("forward"),))
    found = rank_findings(unknown)
    assert found[0].cause is Cause.UNKNOWN
    assert "epoch 1" in found[0].evidence[0]


def test_an_action_that_fails_is_a_finding_and_not_a_crash() -> None:
    seen = evidence()
    seen = add_action(seen, fail(list_actions(seen)[1], "took too long and was given up"))
    (note,) = [finding for finding in rank_findings(seen) if finding.cause is Cause.NOT_LOOKED_AT]
    assert note.evidence == ("took too long and was given up",)
    assert not note.is_problem
    assert note.next.command.startswith("amn-tui model check")
    again = add_action(seen, action("forward"))
    assert [result.failed for result in again.actions] == [False]


def test_the_page_and_the_json_say_the_same() -> None:
    run = read_run(SAMPLES / "gate-abort")
    seen = add_action(read_evidence(run), action("norms", "PASS", "9591 rows\x1b[31m are unit vectors"))
    found = diagnose(run, seen)
    text = "\n".join(print_diagnosis(found, list_actions(seen)))
    assert text.startswith("✓ preflight  ─▸ ✓ launch  ─▸ ✗ epoch 1")
    assert "\x1b" not in text
    assert f"$ amn-tui launch {SAMPLES}/gate-abort/plan.toml --set train.lr=0.0005" in text
    assert "normalisation of the data: 9591 rows are unit vectors" in text
    body = json.loads(json.dumps(shape_diagnosis(found)))
    assert body["findings"][0]["cause"] == "learning rate"
    assert body["findings"][0]["next"]["command"].endswith("--set train.lr=0.0005")
    assert body["tree"][-1] == {"node": "abort", "stand": "failed"}
    assert body["healthy"] is False


def test_what_was_tried_already_is_no_alternative() -> None:
    seen = evidence()
    assert len(list_alternatives(seen, rank_findings(seen))) == 5
    tried = {"context": 9, "curriculum": ["0.3@1"], "filter_junk": True, "pretrained": "x", "balance": "adaptive"}
    seen = evidence(planned=tried, executed={"context": "9"})
    assert list_alternatives(seen, rank_findings(seen)) == ()
    foreign = evidence(ours=False)
    assert list_alternatives(foreign, rank_findings(foreign)) == ()
    faulty = evidence(checks=checks(off_by_one=Verdict.FAIL))
    assert list_alternatives(faulty, rank_findings(faulty)) == ()
