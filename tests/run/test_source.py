"""What a log says does not depend on how it was cut, and steps that nobody needs are not read."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from amn_tui.run.control import AbortAsked
from amn_tui.run.curve import Curve, apply_log
from amn_tui.run.fold import fold
from amn_tui.run.folder import RunFolder
from amn_tui.run.formats.detect import DetectedDialect
from amn_tui.run.guard_events import GuardStarted, ProcessIdentity, RunEnded
from amn_tui.run.model import Logged, ProblemFound, Run
from amn_tui.run.outcome import Outcome
from amn_tui.run.source import LogSource, PlanSource, RunSource
from checks.jsonl import append_line
from trainer.events import LogEvent, Stepped

STAMP = "2026-11-22T10:04:12Z"
LINES = st.sampled_from(
    [
        f"{STAMP} config lr=0.5",
        f"{STAMP} Epoch 1/20 step 1/9 loss=0.5",
        f"{STAMP} Epoch 1/20 step 2/9 loss=0.4",
        f"{STAMP} Epoch 2/20 step 1/9 loss=nan",
        f"{STAMP} Epoch 2/20 step torn",
        f"{STAMP} Epoch 1/20 done val_cosine=0.5",
        f"{STAMP} Epoch 2/20 done val_cosine=0.6",
        f"{STAMP} saved checkpoint=last epoch=1 step=9 seconds=0.1",
        "Epoch 1/20",
        "text",
    ]
)


@given(st.lists(LINES, max_size=30), st.integers(1, 400))
def test_rows_of_steps_are_cut_short_and_nothing_is_lost(lines: list[str], chunk_bytes: int) -> None:
    dialect, whole = DetectedDialect(), Curve()
    for line in lines:
        whole = apply_log(whole, dialect.read(line))
    source = LogSource(Path("unused"))
    events: list[LogEvent] = []
    rest = "\n".join([*lines, ""])
    while rest:  # any cut at the ends of lines
        at = rest.find("\n", chunk_bytes) + 1 or len(rest)
        events += source._read_lines(rest[:at].splitlines())
        rest = rest[at:]
    cut = Curve()
    for event in events:
        cut = apply_log(cut, event)
    assert repr(cut) == repr(whole)  # nan is not equal to itself


def test_of_a_row_of_steps_the_first_and_the_last_are_read(tmp_path: Path) -> None:
    path = tmp_path / "log"
    steps = [f"{STAMP} Epoch 1/20 step {n}/999 loss=0.5" for n in range(1, 1000)]
    path.write_text("\n".join([f"{STAMP} config lr=0.5", *steps, ""]))
    source = LogSource(path)
    said = [event.event for event in source.read() if isinstance(event, Logged)]
    source.close()
    assert [event.step for event in said if isinstance(event, Stepped)] == [1, 999]


def test_a_plan_that_is_no_file_is_a_problem(tmp_path: Path) -> None:
    plan = RunFolder(tmp_path).plan
    plan.mkdir()
    (problem,) = PlanSource(plan).read()
    assert isinstance(problem, ProblemFound)
    assert "not a regular file" in problem.words
    assert fold(Run("x"), [problem]).problems == {"plan.toml": problem.words}


def test_what_is_wrong_is_said_once_and_taken_back(tmp_path: Path) -> None:
    plan, log = tmp_path / "plan.toml", tmp_path / "training.log"
    plan.write_text("[run")
    log.mkdir()
    plans, logs, run = PlanSource(plan), LogSource(log), Run("/x")
    for _ in range(2):
        run = fold(run, [*plans.read(), *logs.read()])
        assert run.problems.keys() == {"plan.toml", "training.log"}
    assert logs.read() == []
    plan.write_text('[run]\nname = "p"\n')
    log.rmdir()
    log.write_text(f"{STAMP} Epoch 1/20 done val_cosine=0.5\n")
    run = fold(run, [*plans.read(), *logs.read()])
    assert run.problems == {}
    assert run.name == "p"
    logs.close()


def test_files_are_merged_by_time_and_each_keeps_its_order(tmp_path: Path) -> None:
    who = ProcessIdentity(1, 2, "boot")
    append_line(tmp_path / "control.jsonl", AbortAsked(6.0, "ada"))
    append_line(tmp_path / "guard.jsonl", GuardStarted(5.0, who, "here"))
    append_line(tmp_path / "guard.jsonl", RunEnded(1.0, Outcome.COMPLETED, "done", 0))  # the clock was set back
    source = RunSource(tmp_path)
    assert [type(event) for event in source.read()] == [GuardStarted, RunEnded, AbortAsked]
    source.close()


def test_a_log_that_is_too_long_for_one_look_says_how_far_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "training.log"
    path.write_text("x" * 99 + "\n")
    source, shares = LogSource(path), list[float | None]()
    source._tail._chunk_bytes = 40
    run = Run("/x")
    for _ in range(4):
        run = fold(run, source.read())
        shares.append(run.history)
    assert shares == [0.4, 0.8, None, None]
    source.close()


def test_a_log_that_is_deleted_is_said_and_a_new_one_takes_it_back(tmp_path: Path) -> None:
    log = tmp_path / "training.log"
    source = LogSource(log)
    assert source.read() == []  # not there yet is no problem
    log.write_text(f"{STAMP} Epoch 1/2 done val_cosine=0.5\n")
    assert len(source.read()) == 1
    log.unlink()
    (told,) = source.read()
    assert isinstance(told, ProblemFound)
    assert told.words.startswith("it was deleted")
    assert source.read() == []
    log.write_text(f"{STAMP} Epoch 2/2 done val_cosine=0.6\n")
    assert ProblemFound("training.log", "") in source.read()
    source.close()
