"""Every rule has a case in which it fires, with its score, and one next to it in which it does not."""

import math
import shlex
from collections.abc import Callable

import pytest

from amn_tui.run.diagnosis import rules_data, rules_ending, rules_loss, rules_model
from amn_tui.run.diagnosis.evidence import Evidence
from amn_tui.run.diagnosis.finding import Finding
from amn_tui.run.outcome import Outcome
from checks.gate import Reading
from checks.verdict import Verdict
from tests.run.diagnosis.cases import action, check, checks, epochs, evidence

Rule = Callable[[Evidence], Finding | None]
WEAK = (0.35, 0.36, 0.37)
CRASHED = Outcome.CRASHED
INFO = {"mse_share": 0.03, "info_share": 0.97}

# rule, what it sees, the score (None: it says nothing), and a word of its evidence or next command
CASES: list[tuple[Rule, Evidence, float | None, str]] = [
    (rules_ending.find_out_of_memory, evidence(outcome=CRASHED, words="killed by SIGKILL; likely out of memory"), 0.95,
     "out of memory"),
    (rules_ending.find_out_of_memory,
     evidence(outcome=CRASHED, tail=("torch.OutOfMemoryError: CUDA out of memory.",), executed={"batch_size": "64"}),
     0.95, "train.batch_size=32"),
    (rules_ending.find_out_of_memory, evidence(outcome=CRASHED, words="killed by SIGKILL; cause unknown"), None, ""),
    (rules_ending.find_out_of_memory, evidence(tail=("a text about being out of memory",)), None, ""),
    (rules_ending.find_full_disk, evidence(outcome=CRASHED, words="exit code 1; the disk is full"), 0.95, "df -h"),
    (rules_ending.find_full_disk, evidence(outcome=CRASHED, disk_free_bytes=3_000_000), 0.75, "3 MB"),
    (rules_ending.find_full_disk, evidence(disk_free_bytes=41_000_000_000), None, ""),
    (rules_ending.find_killed, evidence(outcome=CRASHED, signal="SIGKILL"), 0.9, "--resume /runs/one"),
    (rules_ending.find_killed, evidence(outcome=CRASHED, signal="SIGSEGV", ours=False), 0.9, "native code"),
    (rules_ending.find_killed, evidence(outcome=CRASHED, signal="SIGTERM", stopped_by="operator ada"), None, ""),
    (rules_ending.find_killed, evidence(outcome=CRASHED), None, ""),
    (rules_ending.find_crash, evidence(outcome=CRASHED, tail=("Traceback", "ValueError: no such thing")), 0.9,
     "ValueError: no such thing"),
    (rules_ending.find_crash, evidence(outcome=Outcome.LOST), 0.75, "kept: /runs/one"),
    (rules_ending.find_crash, evidence(outcome=CRASHED, signal="SIGKILL"), None, ""),
    (rules_ending.find_crash, evidence(), None, ""),
    (rules_ending.find_stopped, evidence(outcome=Outcome.ABORTED_BY_OPERATOR, words="stopped by ada"), 0.5, "ada"),
    (rules_ending.find_stopped, evidence(outcome=Outcome.ABORTED_BY_GATE), None, ""),
    (rules_ending.find_unguarded, evidence(outcome=None, unguarded=True), 0.9, "amn-tui attach"),
    (rules_ending.find_unguarded, evidence(outcome=None), None, ""),

    (rules_data.find_bad_data, evidence(checks=checks(eval_normalization=Verdict.FAIL)), 0.95, "data verify wikipedia"),
    (rules_data.find_bad_data, evidence(checks=checks(encoder_fingerprint=Verdict.FAIL)), 0.95, "data compare"),
    (rules_data.find_bad_data, evidence(checks=checks(oracle_recall=Verdict.ERROR)), 0.75, "amn-tui preflight"),
    (rules_data.find_bad_data, evidence(checks=(check("off_by_one", held=False),)), 0.75, "data inspect"),
    (rules_data.find_bad_data,
     evidence(checks=(check("off_by_one", Verdict.FAIL, overridden="known"),)), 0.75, "overridden: known"),
    (rules_data.find_bad_data, evidence(actions=(action("norms", "FAIL", "1 rows of zeros"),)), 0.95, "rows of zeros"),
    (rules_data.find_bad_data, evidence(actions=(action("compare", "FAIL", "rotated", space="FAIL"),)), 0.9, "rotated"),
    (rules_data.find_bad_data, evidence(WEAK, checks=()), 0.5, "no preflight"),
    (rules_data.find_bad_data, evidence(checks=()), None, ""),
    (rules_data.find_bad_data, evidence(checks=checks(adjacency_coherence=Verdict.FAIL)), None, ""),
    (rules_data.find_bad_data, evidence(actions=(action("norms"), action("compare", space="PASS"))), None, ""),
    (rules_data.find_bad_setup, evidence(checks=(check("environment", Verdict.FAIL, "3 GB free"),)), 0.95, "3 GB free"),
    (rules_data.find_bad_setup, evidence(checks=(check("plan_sanity", Verdict.ERROR),)), 0.75, "amn-tui preflight"),
    (rules_data.find_bad_setup, evidence(checks=checks(off_by_one=Verdict.FAIL)), None, ""),
    (rules_data.find_bad_data, evidence(checks=(check("environment", Verdict.FAIL),)), None, ""),
    (rules_data.find_too_diverse, evidence((), checks=checks(adjacency_coherence=Verdict.FAIL)), 0.95, "data filter"),
    (rules_data.find_too_diverse, evidence(checks=checks(adjacency_coherence=Verdict.FAIL)), 0.6, "data filter"),
    (rules_data.find_too_diverse,
     evidence(checks=checks(adjacency_coherence=Verdict.FAIL, off_by_one=Verdict.FAIL)), 0.6, "adjacency"),
    (rules_data.find_too_diverse, evidence(checks=checks(adjacency_coherence=Verdict.WARN)), 0.4, "adjacency"),
    (rules_data.find_too_diverse, evidence(WEAK, checks=checks(adjacency_coherence=Verdict.WARN)), 0.75, "adjacency"),
    (rules_data.find_too_diverse,
     evidence(WEAK, actions=(action("compare", "FAIL", "mean 0.337", coherence="FAIL"),)), 0.95, "mean 0.337"),
    (rules_data.find_too_diverse, evidence((0.49, 0.49, 0.49, 0.49, 0.49, 0.49)), 0.6, "gate epoch 6"),
    (rules_data.find_too_diverse, evidence((0.40, 0.40, 0.40, 0.40, 0.40, 0.40)), 0.25, "gate epoch 6"),
    (rules_data.find_too_diverse, evidence(), None, ""),
    (rules_data.find_leak, evidence(checks=(check("off_by_one", **{"train.edge": 1.0, "train.inner": 0.545}),)),
     0.95, "1.000 against 0.545"),
    (rules_data.find_leak, evidence((0.64, 0.71)), 0.9, "0.110 above mean of context"),
    (rules_data.find_leak, evidence((0.64, 0.69)), None, ""),
    (rules_data.find_leak, evidence(checks=(check("off_by_one", **{"train.edge": 0.545, "train.inner": 0.545}),)), None,
     ""),

    (rules_loss.find_nonfinite,
     evidence(step=Reading(1, {"loss": math.nan}, 40), executed={"lambda_info": "0.5", "tau": "1e-300"}), 0.97,
     "train.tau=0.07"),
    (rules_loss.find_nonfinite, evidence(step=Reading(1, {"loss": math.inf}, 40), executed={"lr": "0.05"}), 0.97,
     "train.lr=0.0005"),
    (rules_loss.find_nonfinite, evidence((0.5, math.nan), executed={"grad_clip": "0"}), 0.97, "train.grad_clip=1.0"),
    (rules_loss.find_nonfinite, evidence((0.5, math.nan)), 0.97, "amn-tui data verify"),
    (rules_loss.find_nonfinite, evidence((math.nan, 0.5, 0.51)), None, ""),
    (rules_loss.find_dominance, evidence(WEAK, shares=INFO), 0.95, "info is 97.0%"),
    (rules_loss.find_dominance, evidence(WEAK, shares=INFO, executed={"lambda_mse": "0.5"}), 0.95, "balance=adaptive"),
    (rules_loss.find_dominance, evidence(WEAK, shares={"mse_share": 0.1, "info_share": 0.9}), 0.75, "info is 90.0%"),
    (rules_loss.find_dominance, evidence(shares=INFO), 0.5, "info"),
    (rules_loss.find_dominance, evidence(shares={"mse_share": 0.99, "moment_share": 0.01}), 0.25, "mse is 99.0%"),
    (rules_loss.find_dominance, evidence(WEAK, shares={"mse_share": 0.4, "info_share": 0.6}), None, ""),
    (rules_loss.find_dominance, evidence(WEAK), None, ""),  # one term alone is all of the loss
    (rules_loss.find_learning_rate, evidence((0.228,), executed={"lr": "5e-05", "steps": "224"}), 0.9, "= 0.011"),
    (rules_loss.find_learning_rate, evidence((0.42,), executed={"lr": "0.00025", "steps": "224"}), 0.75,
     "train.lr=0.0005"),
    (rules_loss.find_learning_rate, evidence((0.42,), executed={"lr": "0.00025", "steps": "20420"}), None, ""),
    (rules_loss.find_learning_rate,
     evidence((0.42,), executed={"lr": "0.00025", "steps": "224", "pretrained": "a"}), None, ""),
    (rules_loss.find_learning_rate, evidence((0.5, 0.2), executed={"lr": "0.02", "steps": "224"}), 0.75, "fell by 0.3"),
    (rules_loss.find_learning_rate, evidence((0.52, 0.49, 0.56)), 0.7, "fell by 0.03"),
    (rules_loss.find_learning_rate, evidence(), None, ""),
    (rules_loss.find_plan_drift, evidence(executed={"lr": "0.001"}), 0.5, "lr is 0.001, planned 0.0005"),
    (rules_loss.find_plan_drift, evidence(WEAK, executed={"lr": "0.001"}), 0.9, "lr is 0.001, planned 0.0005"),
    (rules_loss.find_plan_drift, evidence(executed={"lr": "5e-4"}), None, ""),

    (rules_model.find_bad_model, evidence(actions=(action("forward", "FAIL", "output norm 2.58"),)), 0.95, "2.58"),
    (rules_model.find_bad_model, evidence(WEAK), 0.55, "5 of 5 checks passed"),
    (rules_model.find_bad_model, evidence(WEAK, actions=(action("forward"),)), 0.4, "forward pass: as it should be"),
    (rules_model.find_bad_model, evidence(WEAK, checks=checks(off_by_one=Verdict.FAIL)), None, ""),
    (rules_model.find_bad_model, evidence(WEAK, (0.6, 0.6, 0.6)), None, ""),  # it fits what it sees
    (rules_model.find_bad_model, evidence(), None, ""),
    (rules_model.find_bad_evaluator, evidence(epochs=epochs((0.52,), rescore_gap=0.31)), 0.97, "0.3100 off"),
    (rules_model.find_bad_evaluator, evidence(epochs=epochs((0.52,), rescore_gap=math.nan)), 0.97, "could not be"),
    (rules_model.find_bad_evaluator, evidence(epochs=epochs((0.52,), rescore_gap=0.00009)), None, ""),
    (rules_model.find_bad_evaluator, evidence(epochs=epochs((0.052,), val_cosine_raw=0.469)), 0.85, "ema_decay=0.99"),
    (rules_model.find_bad_evaluator, evidence((0.15,), (0.52,)), 0.75, "too early to overfit"),
    (rules_model.find_bad_evaluator, evidence(epochs=epochs((0.52,), ood_cosine=0.02)), 0.75, "ood_cosine 0.02"),
    (rules_model.find_bad_evaluator, evidence(epochs=epochs((0.52,), ood_cosine=0.45, val_cosine_raw=0.51)), None, ""),
    (rules_model.find_overfitting, evidence((0.40, 0.41, 0.36), (0.40, 0.45, 0.54)), 0.86, "epochs=2"),
    (rules_model.find_overfitting, evidence((0.40, 0.41, 0.42), (0.40, 0.45, 0.54)), None, ""),  # it still gets better
    (rules_model.find_overfitting, evidence(), None, ""),
    (rules_model.find_unconverged, evidence((0.5254, 0.5591, 0.5723)), 0.6, "pretrained=/runs/one/checkpoints"),
    (rules_model.find_unconverged, evidence((0.5254, 0.5591, 0.5723), outcome=CRASHED), None, ""),
    (rules_model.find_unconverged, evidence(), None, ""),
    (rules_model.find_worse_than_trivial, evidence((0.15,)), 0.65, "global mean"),
    (rules_model.find_worse_than_trivial, evidence((0.35,)), 0.5, "copy last"),
    (rules_model.find_worse_than_trivial, evidence(), 0.25, "mean of context"),
    (rules_model.find_worse_than_trivial, evidence((0.53, 0.61)), None, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "seen", "score", "word"), CASES, ids=[f"{case[0].__name__}-{at}" for at, case in enumerate(CASES)]
)
def test_a_rule_fires_with_its_score_or_not_at_all(rule: Rule, seen: Evidence, score: float | None, word: str) -> None:
    finding = rule(seen)
    assert (finding.score if finding else None) == (pytest.approx(score, abs=0.011) if score is not None else None)
    if finding is not None:
        assert word in " | ".join((*finding.evidence, finding.next.command))
        assert finding.evidence
        assert shlex.split(finding.next.command)


def test_every_rule_fires_somewhere_and_is_silent_somewhere() -> None:
    from amn_tui.run.diagnosis.ranking import RULES

    for rule in RULES:
        scores = [score for asked, _, score, _ in CASES if asked is rule]
        assert any(score is None for score in scores), rule.__name__
        assert any(score is not None for score in scores), rule.__name__
        assert rule(evidence()) is None or not rule(evidence()).is_problem  # type: ignore[union-attr]


def test_paths_are_quoted_for_the_shell() -> None:
    finding = rules_ending.find_killed(evidence(path="/runs/it's one", outcome=CRASHED, signal="SIGKILL"))
    assert finding is not None
    assert shlex.split(finding.next.command) == ["amn-tui", "launch", "--resume", "/runs/it's one"]
