"""Whether a table may stand in for another: preflight's judges, asked about B with A as the known-good set."""

import dataclasses
import json
import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from checks import adjacency_coherence, encoder_fingerprint, eval_normalization
from checks.config import resolve_settings
from checks.finding import Finding
from checks.manifest import compare_manifests
from checks.registry import Numbers
from checks.result import Measured
from checks.verdict import Verdict, worst
from trainer.tables.kinship import hold_spaces
from trainer.tables.measures import Spread
from trainer.tables.sides import Side

SETTINGS = resolve_settings({})


@dataclass(frozen=True, slots=True)
class Drift:
    """One judgement of B against A: what was found, what that means for training, and the command to type next."""

    about: str
    verdict: Verdict
    found: str
    meaning: str
    next: str


def judge_drift(a: Side, b: Side) -> list[Drift]:
    """Judge everything in which B may differ from A so that a model of one cannot use the other."""
    alike = a.measures.dim == b.measures.dim and a.measures.dim > 0
    whole = all(side.windows is None or len(side.windows) for side in (a, b))
    space = [_judge_space(a, b)] if alike and whole else []
    norms = [_judge_norms(a, b)] if b.measures.norms.count else []
    return [_judge_encoder(a, b), *space, _judge_coherence(a, b), *norms]


def summarize(drifts: Sequence[Drift]) -> tuple[str, str]:
    """Return what decides in one line, and the next command."""
    verdict = worst(drift.verdict for drift in drifts)
    if verdict is Verdict.PASS:
        return "; ".join(drift.found for drift in drifts), drifts[0].next
    deciding = [drift for drift in drifts if drift.verdict is verdict]
    return "; ".join(f"{drift.about}: {drift.found}" for drift in deciding), deciding[0].next


def _judge_encoder(a: Side, b: Side) -> Drift:
    expected, found = a.measures.encoder, b.measures.encoder
    remake = f"amn-tui data build --encoder {shlex.quote(str(expected.get('encoder', 'NAME')))} --help"
    if a.measures.dim and b.measures.dim and a.measures.dim != b.measures.dim:
        words = f"B has {b.measures.dim:,} numbers a vector, A has {a.measures.dim:,}"
        return Drift("encoder", Verdict.FAIL, words, "no model can read both", remake)
    silent = [side for side, fields in (("A", expected), ("B", found)) if "encoder" not in fields]
    if silent:
        words = f"no manifest says which encoder made {' and '.join(silent)}"
        return Drift(
            "encoder",
            Verdict.WARN,
            words,
            "only the space can tell whether one model may read both",
            (a if silent == ["A"] else b).look,
        )
    differences = compare_manifests(found, expected)
    if differences:
        by_name = differences[:1] if differences[0].startswith("encoder ") else differences
        words = "; ".join(by_name).replace(", expected ", ", A has ")
        return Drift("encoder", Verdict.FAIL, words, "to a model of A the vectors of B mean something else", remake)
    return Drift("encoder", Verdict.PASS, f"both by {found['encoder']}", "one model may read both", a.propose(b))


def _judge_space(a: Side, b: Side) -> Drift:
    """Ask check 1 of the space alone: the manifests are judged beside it."""
    numbers = hold_spaces(a, b)
    if numbers is None:
        words = "a baseline does not record where its vectors lie"
        silent = b if b.recorded is not None and b.recorded.space is None else a
        meaning = "only the encoder's name says whether one model may read both"
        return Drift("space", Verdict.WARN, words, meaning, silent.look)
    finding = encoder_fingerprint.judge(numbers, SETTINGS["encoder_fingerprint"])
    shown = f"overlap {numbers['train.overlap']:.2f}, mean vectors at cosine {numbers['train.mean_cosine']:.2f}"
    ood = f"data.ood={json.dumps([b.measures.name])}"
    test = f"amn-tui preflight demo --set data.train={a.argument} --set {shlex.quote(ood)}"
    meaning, command = {
        Verdict.PASS: ("it is text of A's kind", a.propose(b)),
        Verdict.WARN: (
            "use it to test a model of A; training on it pulls the model away from A's text",
            test if a.windows is not None and b.windows is not None else b.look,
        ),
    }.get(finding.verdict, ("a model of A cannot read B", b.look))
    found = shown if finding.verdict is Verdict.PASS else _name_sides(finding)
    return Drift("space", finding.verdict, found, meaning, command)


def _judge_coherence(a: Side, b: Side) -> Drift:
    """Ask check 5, with A as its reference."""
    numbers: dict[str, Measured] = {
        "train.pairs": b.measures.adjacency.count,
        "train.low_share": b.measures.low_share,
        "train.shuffled": b.measures.random if math.isfinite(b.measures.random) else 0.0,  # not every baseline has it
        "reference.low_share": a.measures.low_share,
        **_list_spread("train", b.measures.adjacency),
        **_list_spread("reference", a.measures.adjacency),
    }
    finding = adjacency_coherence.judge(numbers, SETTINGS["adjacency_coherence"])
    if finding.verdict is Verdict.PASS:
        meaning = "a chunk of B says as much about the next one as in A"
        command = a.propose(b)
    else:
        meaning = "a chunk of B says less about the next one: expect a lower val_cosine than A gives"
        command = b.clean
    return Drift("coherence", finding.verdict, _name_sides(finding), meaning, command)


def _list_spread(name: str, spread: Spread) -> dict[str, Measured]:
    keys = ("mean", "std", "p10", "p50", "p90")
    return {f"{name}.{key}": value for key, value in dataclasses.asdict(spread).items() if key in keys}


def _judge_norms(a: Side, b: Side) -> Drift:
    """Ask check 2 about B."""
    spread = b.measures.norms
    numbers: Numbers = {
        "B.rows.rows": b.measures.rows,
        "B.rows.mean": spread.mean,
        "B.rows.std": spread.std,
        "B.rows.farthest": max(abs(spread.min - 1), abs(spread.max - 1)),
        "B.rows.nonfinite": b.measures.nan_rows + b.measures.inf_rows,
        "B.rows.zero": b.measures.zero_rows,
    }
    finding = eval_normalization.judge(numbers, SETTINGS["eval_normalization"])
    if finding.verdict is Verdict.PASS:
        words = f"mean norm {spread.mean:.4f}, std {spread.std:.4f}, no faulty rows"
        return Drift("norms", finding.verdict, words, "every row of B is a unit vector", a.propose(b))
    meaning = "a cosine of B is not a dot product: normalise B, and leave out what is no vector"
    return Drift("norms", finding.verdict, finding.detail, meaning, b.look)


def _name_sides(finding: Finding) -> str:
    """Say A and B where preflight says reference and train."""
    words = finding.detail.replace("train targets: ", "B: ").replace("train: ", "B: ")
    return words.replace("the reference's", "A's").replace("the reference", "A")
