"""How other runs stood at a gate: their own baselines, newest first, and nothing that cannot be read stops it."""

import os
from pathlib import Path

from amn_tui.run.guard_events import RunEnded
from amn_tui.run.outcome import Outcome
from amn_tui.run.standing import MOST_RUNS, list_siblings, read_standings
from checks.gate import Gate
from checks.jsonl import append_line
from checks.result import PreflightEnded
from checks.verdict import Verdict
from trainer.events import EpochEnded, Stepped, format_event

BAD_INIT = Gate(name="bad init", metric="val_cosine", at=1, floor=0.45)
COLLAPSE = Gate(name="collapse", metric="drop", start=2, ceiling=0.02)
TRIVIAL = Gate(name="beats trivial", metric="val_cosine", at=2, floor="baseline.copy_last")


def make_run(root: Path, name: str, cosines: list[float], *, at_s: int = 0, copy_last: float | None = None) -> Path:
    path = root / name
    path.mkdir(parents=True)
    lines = []
    for epoch, cosine in enumerate(cosines, 1):
        lines.append(format_event(Stepped(epoch, 9, 1, 2, {"loss": 1.0}, 1.0), 1.0))
        lines.append(format_event(EpochEnded(epoch, 9, {"val_cosine": cosine}, 1.0), 1.0))
    (path / "training.log").write_text("\n".join(lines) + "\n")
    os.utime(path / "training.log", (1_000_000 + at_s, 1_000_000 + at_s))
    if copy_last is not None:
        append_line(path / "preflight.jsonl", PreflightEnded(1.0, Verdict.PASS, {"copy_last": copy_last}, 1.0))
    return path


def test_every_sibling_with_its_value_and_verdict_newest_first(tmp_path: Path) -> None:
    own = make_run(tmp_path, "own", [0.5])
    make_run(tmp_path, "bad", [0.2, 0.3], at_s=10)
    good = make_run(tmp_path, "good", [0.52], at_s=20)
    append_line(good / "guard.jsonl", RunEnded(2.0, Outcome.COMPLETED, "all done", 0))
    found = list(read_standings(own, BAD_INIT))
    assert [one.name for one in found] == ["good", "bad"]
    assert [one.judgement.verdict for one in found] == [Verdict.PASS, Verdict.WARN]
    assert [one.judgement.value for one in found] == [0.52, 0.2]
    assert [one.outcome for one in found] == [Outcome.COMPLETED, None]


def test_a_run_that_never_came_so_far_has_no_verdict(tmp_path: Path) -> None:
    own = make_run(tmp_path, "own", [])
    make_run(tmp_path, "short", [0.5])
    (found,) = read_standings(own, Gate(name="late", metric="val_cosine", at=7, floor=0.1))
    assert found.judgement.verdict is None


def test_bounds_are_those_of_the_run_itself(tmp_path: Path) -> None:
    own = make_run(tmp_path, "own", [])
    make_run(tmp_path, "easy", [0.5, 0.51], at_s=1, copy_last=0.4)
    make_run(tmp_path, "hard", [0.5, 0.51], copy_last=0.6)
    assert [one.judgement.verdict for one in read_standings(own, TRIVIAL)] == [Verdict.PASS, Verdict.WARN]


def test_a_gate_that_is_judged_again_and_again_shows_the_newest_value(tmp_path: Path) -> None:
    own = make_run(tmp_path, "own", [])
    make_run(tmp_path, "steady", [0.5, 0.51, 0.52])
    (found,) = read_standings(own, COLLAPSE)
    assert (found.judgement.epoch, found.judgement.value) == (3, -0.01)


def test_what_cannot_be_read_is_passed_over_and_what_is_asked_to_stop_stops(tmp_path: Path) -> None:
    own = make_run(tmp_path, "own", [])
    make_run(tmp_path, "good", [0.5])
    (tmp_path / "no-log").mkdir()
    (tmp_path / "a-file").write_text("x")
    junk = tmp_path / "junk"
    junk.mkdir()
    (junk / "training.log").write_bytes(b"\xff\x00 Epoch nonsense\n" * 9)
    (tmp_path / "link").symlink_to(tmp_path / "good")
    assert [one.name for one in read_standings(own, BAD_INIT)] == ["good"]
    assert list(read_standings(own, BAD_INIT, lambda: True)) == []
    assert list(read_standings(tmp_path / "gone" / "run", BAD_INIT)) == []


def test_no_more_runs_than_a_person_reads(tmp_path: Path) -> None:
    own = make_run(tmp_path, "own", [])
    for number in range(MOST_RUNS + 5):
        make_run(tmp_path, f"run-{number}", [0.5], at_s=number)
    found = list_siblings(own)
    assert len(found) == MOST_RUNS
    assert found[0].name == f"run-{MOST_RUNS + 4}"
