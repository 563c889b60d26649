"""What a guard that was killed has left for the next one."""

from pathlib import Path

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import (
    AlarmRaised,
    GateJudged,
    GuardStarted,
    ProcessIdentity,
    RunEnded,
    StopAsked,
    TrainerAdopted,
    TrainerStarted,
)
from amn_tui.run.history import Interrupted, find_part, read_interrupted
from amn_tui.run.outcome import Outcome
from checks.jsonl import append_line
from checks.verdict import Verdict
from trainer.events import Configured, Text

ME = ProcessIdentity(1, 1, "b")
FIRST = (
    GuardStarted(1.0, ME, "h"),
    TrainerStarted(2.0, ME, ()),
    GateJudged(3.0, "g", Verdict.FAIL, "", ""),
    AlarmRaised(3.0, 4, "g", "", "", 9.0),
    StopAsked(4.0, "gate g", "low"),
)


def write(tmp_path: Path, *events: object) -> RunFolder:
    folder = RunFolder(tmp_path)
    for event in events:
        append_line(folder.guard_log, event)
    return folder


def test_what_was_said_and_asked_is_known(tmp_path: Path) -> None:
    assert read_interrupted(RunFolder(tmp_path)) == Interrupted()
    folder = write(tmp_path, *FIRST, TrainerAdopted(5.0, ME, "h", ME), GateJudged(6.0, "g", Verdict.PASS, "", ""))
    assert read_interrupted(folder) == Interrupted(1.0, 1, {"g": Verdict.PASS}, 4, FIRST[-1])
    assert read_interrupted(write(tmp_path, RunEnded(7.0, Outcome.CRASHED, ""))).ended


def test_an_earlier_part_has_left_only_its_numbers(tmp_path: Path) -> None:
    folder = write(tmp_path, *FIRST, RunEnded(7.0, Outcome.ABORTED_BY_GATE, ""), GuardStarted(8.0, ME, "h"))
    assert read_interrupted(folder) == Interrupted(8.0, 1, alarms=4)


def test_a_part_begins_where_the_trainer_says_what_it_runs_with() -> None:
    log = [Configured({}, 10.0), Text("x"), Configured({}, 20.0), Text("y")]
    assert find_part(log, 10.5) == 0  # stamps are whole seconds
    assert find_part(log, 15.0) == 2
    assert find_part(log, 25.0) == 4
