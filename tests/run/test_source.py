"""What a log says does not depend on how it was cut, and steps that nobody needs are not read."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from amn_tui.run.curve import Curve, apply_log
from amn_tui.run.fold import fold
from amn_tui.run.folder import RunFolder
from amn_tui.run.formats.detect import DetectedDialect
from amn_tui.run.model import Logged, ProblemFound, Run
from amn_tui.run.source import LogSource, PlanSource
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
