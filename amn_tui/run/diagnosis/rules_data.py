"""Whether the data are to blame: not what they should be, too diverse, or with the target in them."""

from amn_tui.run.diagnosis import commands
from amn_tui.run.diagnosis.evidence import Evidence
from amn_tui.run.diagnosis.finding import LIKELY, NOTE, POSSIBLE, SURE, Cause, Finding, Step
from amn_tui.run.model import CheckState
from checks.verdict import Verdict

COHERENCE = "adjacency_coherence"
SETUP = {"environment", "plan_sanity"}  # checks of the machine and of the plan, not of the data
LEAK_MARGIN = 0.10  # above the best trivial predictor; what the built-in gate "too good" asks for
LEAK_EDGE = 0.10  # by which the last step into the target may not be nearer than the step before it
LATE_EPOCH = 6
BAD = (Verdict.FAIL, Verdict.ERROR)


def find_bad_data(evidence: Evidence) -> Finding | None:
    """SURE when a check failed that lower coherence does not explain, or a debug action refuses the data.

    LIKELY for a check that could not be judged or was overridden. POSSIBLE when the run is weak and no check ran.
    """
    failed = [state for state in _list_bad(evidence) if state.check not in {COHERENCE, *SETUP}]
    norms, compared = evidence.find_action("norms"), evidence.find_action("compare")
    lines = [f"check {state.title}: {_say_ended(state)}" for state in failed]
    scores = [_score(state) for state in failed]
    if norms is not None and norms.verdict in ("FAIL", "ERROR"):
        lines.append(f"norms: {norms.found}")
        scores.append(SURE if norms.verdict == "FAIL" else LIKELY)
    parts = [part for part, verdict in (compared.about.items() if compared else ()) if verdict == "FAIL"]
    if compared is not None and set(parts) & {"encoder", "space", "norms"}:
        lines.append(f"against {evidence.data.reference}: {compared.found}")
        scores.append(0.9)
    if scores:
        return Finding(
            Cause.DATA, "the data are not what they should be", max(scores), tuple(lines), _mend(evidence, failed)
        )
    if not evidence.checks and evidence.ours and evidence.weakness >= POSSIBLE:
        words = "no preflight was recorded: nothing shows that the data are sound"
        step = Step("Prove the data.", commands.preflight(evidence))
        return Finding(Cause.DATA, "the data were never checked", POSSIBLE, (words, *say_weakness(evidence)), step)
    return None


def find_bad_setup(evidence: Evidence) -> Finding | None:
    """SURE when a check of the machine or of the plan failed, LIKELY when it was overridden or not judged."""
    failed = [state for state in _list_bad(evidence) if state.check in SETUP]
    if not failed:
        return None
    lines = tuple(f"check {state.title}: {_say_ended(state)}" for state in failed)
    step = Step("Mend what the check names, then prove it.", commands.preflight(evidence))
    title = "the machine or the plan cannot carry the run"
    return Finding(Cause.SETUP, title, max(map(_score, failed)), lines, step)


def find_too_diverse(evidence: Evidence) -> Finding | None:
    """SURE when coherence alone fails against the reference; 0.6 beside other faults, or of a run that learned well.

    0.4 to LIKELY where it only warns, the more the weaker the run is.

    NOTE or POSSIBLE when every check passes and val_cosine stays below its gate late in the run: a ceiling.
    """
    state = next((state for state in evidence.checks if state.check == COHERENCE and state.ended), None)
    verdict = state.ended.verdict if state and state.ended else None
    compared = evidence.find_action("compare")
    drift = compared.about.get("coherence") if compared else None
    others = [bad for bad in _list_bad(evidence) if bad.check not in {COHERENCE, *SETUP}]
    step = Step("See what the junk filter would take out; or train with context = 7.", commands.filter_junk(evidence))
    lines = [f"check {state.title}: {_say_ended(state)}"] if state and verdict is not Verdict.PASS else []
    if compared is not None and drift in ("FAIL", "WARN"):
        lines.append(f"against {evidence.data.reference}: {compared.found}")
    if verdict is Verdict.FAIL or drift == "FAIL":
        title = "the data are too diverse: less coherent than the reference"
        learned = bool(evidence.reached) and evidence.weakness == 0
        return Finding(Cause.TOO_DIVERSE, title, 0.6 if others or learned else SURE, tuple(lines), step)
    if lines and (verdict is Verdict.WARN or drift == "WARN"):
        score = min(LIKELY, 0.4 + 0.35 * evidence.weakness)
        return Finding(Cause.TOO_DIVERSE, "the data are a little more diverse than the reference", score, tuple(lines),
                       step)  # fmt: skip
    return _find_ceiling(evidence, step)


def _find_ceiling(evidence: Evidence, step: Step) -> Finding | None:
    missed = [
        state for state in evidence.gates
        if state.gate.at is not None and state.gate.at >= LATE_EPOCH and state.judgement.floor is not None
        and state.judgement.value is not None and state.judgement.value < state.judgement.floor
    ]  # fmt: skip
    if not missed or _list_bad(evidence):
        return None
    lines = tuple(f"gate {state.gate.name}: {state.judgement.words}" for state in missed)
    early = [state for state in evidence.gates if state.gate.at is not None and state.gate.at < LATE_EPOCH]
    held = all(state.judgement.verdict in (Verdict.PASS, None) for state in early)
    title = "a ceiling: it learned well at first and stays below what it should reach"
    return Finding(Cause.TOO_DIVERSE, title, POSSIBLE + 0.1 if held else NOTE, lines, step)


def find_leak(evidence: Evidence) -> Finding | None:
    """SURE when the last context vector is nearer to the target than to its own neighbour, as measured in preflight.

    0.9 when val_cosine is more than 0.10 above every trivial predictor.
    """
    lines, score = [], 0.0
    for state in evidence.checks:
        if state.check == "off_by_one" and state.ended:
            edge, inner = state.ended.measured.get("train.edge"), state.ended.measured.get("train.inner")
            if isinstance(edge, float) and isinstance(inner, float) and edge > inner + LEAK_EDGE:
                lines.append(f"cos(last context, target) {edge:.3f} against {inner:.3f} one step before")
                score = SURE
    last, trivial = evidence.get_last(), evidence.trivial
    if last is not None and trivial and last > trivial[0][1] + LEAK_MARGIN:
        name, value = trivial[0]
        lines.append(f"val_cosine {last:.4f} is {last - value:.3f} above {name.replace('_', ' ')} ({value:.4f})")
        score = max(score, 0.9)
    if not lines:
        return None
    step = Step("Look at the alignment of contexts and targets.", commands.inspect(evidence))
    return Finding(Cause.LEAK, "too good: the target can be read from the context", score, tuple(lines), step)


def say_weakness(evidence: Evidence) -> tuple[str, ...]:
    """Say what makes the run weak, with numbers."""
    base, last = evidence.baselines.get("context_next", evidence.baselines.get("mean_of_context")), evidence.get_last()
    lines = []
    if base and last is not None:
        lines.append(f"val_cosine {last:.4f} at epoch {evidence.reached} is {last / base:.2f} of the mean of the "
                     f"context ({base:.4f}); sound runs have 0.84 and more")  # fmt: skip
    lines += [f"gate {state.gate.name}: {state.judgement.words}" for state in evidence.gates
              if state.gate.at is not None and state.judgement.value is not None and state.judgement.floor is not None
              and not state.judgement.value >= state.judgement.floor]  # fmt: skip
    return tuple(lines[:3])


def _list_bad(evidence: Evidence) -> list[CheckState]:
    return [
        state for state in evidence.checks if state.ended and (state.ended.verdict in BAD or not _has_control(state))
    ]


def _has_control(state: CheckState) -> bool:
    """Tell whether the check refused its broken copy; where none was run, nothing is held against it."""
    return state.ended is None or state.ended.control is None or state.ended.control.held


def _score(state: CheckState) -> float:
    assert state.ended is not None  # noqa: S101
    if state.ended.overridden:
        return LIKELY
    return SURE if state.ended.verdict is Verdict.FAIL else LIKELY


def _say_ended(state: CheckState) -> str:
    if state.ended is None:
        return "not run"
    overridden = f" (overridden: {state.ended.overridden})" if state.ended.overridden else ""
    return f"{state.ended.verdict}: {state.ended.detail}{overridden}"


def _mend(evidence: Evidence, failed: list[CheckState]) -> Step:
    names = {state.check for state in failed}
    if "encoder_fingerprint" in names and evidence.data.reference:
        return Step("See how the data differ from the reference; make them again with its encoder.",
                    commands.compare(evidence))  # fmt: skip
    if names and names <= {"eval_normalization"}:
        return Step("Find the rows; normalise the vectors and write the data again.", commands.verify(evidence))
    if "off_by_one" in names:
        return Step("Cut the windows again: the target must be the chunk after the last one of the context.",
                    commands.inspect(evidence))  # fmt: skip
    if names:
        return Step("Fix the data, then prove them.", commands.preflight(evidence))
    compared = evidence.find_action("compare")
    if compared is not None and compared.verdict == "FAIL":
        return Step("See how the data differ from the reference.", commands.compare(evidence))
    return Step("Normalise the vectors, leave out what is none.", commands.verify(evidence))
