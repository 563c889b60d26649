"""Passing over calm steps changes nothing that is decided."""

from hypothesis import given
from hypothesis import strategies as st

from amn_tui.run.calm import CalmSteps
from amn_tui.run.formats.ours import OursDialect
from amn_tui.run.plan import Plan, RunSection
from amn_tui.run.supervision import Supervision, hear_log
from checks.gate import Action, Gate

STAMP = "2026-11-22T10:24:40Z "
LOSS = Gate(name="loss", metric="loss", start=1, ceiling=2.0, on_fail=Action.ABORT)
RUN = RunSection(name="a", command=("x",))
PLANS = (Plan(run=RUN), Plan(run=RUN, gates=(LOSS,)))


def step(epoch: int, number: int, values: str = "loss=0.5") -> str:
    return f"{STAMP}Epoch {epoch}/9 step {number}/99 {values}"


def done(epoch: int, value: float = 0.5) -> str:
    return f"{STAMP}Epoch {epoch}/9 done val_cosine={value}"


def test_of_a_row_of_calm_steps_the_last_is_kept_and_text_among_them() -> None:
    lines = [step(1, 1), "text", step(1, 2), step(1, 3), done(1), step(2, 1), step(2, 2)]
    assert CalmSteps(()).thin(lines) == ["text", step(1, 3), done(1), step(2, 2)]


def test_the_last_of_an_epoch_is_kept_where_no_end_is_logged() -> None:
    assert CalmSteps(()).thin([step(1, 1), step(1, 2), step(2, 1)]) == [step(1, 2), step(2, 1)]


def test_what_is_not_calm_is_kept_in_its_place() -> None:
    for values in ("loss=nan", "loss=-inf", "loss=1e999", "loss=1e40", 'loss="x"', "loss=", f"loss={'9' * 400}"):
        assert CalmSteps(()).thin([step(1, 1), step(1, 2, values), step(1, 3)]) == [
            step(1, 1), step(1, 2, values), step(1, 3),
        ]  # fmt: skip


def test_a_metric_that_may_stop_the_run_is_always_looked_at() -> None:
    lines = [step(1, 1), step(1, 2)]
    assert CalmSteps((LOSS,)).thin(lines) == lines
    shares = [step(1, n, "mse_share=0.5 variance_share=0.5") for n in (1, 2)]
    assert CalmSteps((LOSS,)).thin(shares) == shares[1:]
    largest = Gate(name="s", metric="max_share", start=1, ceiling=0.9, on_fail=Action.ABORT)
    assert CalmSteps((largest,)).thin(shares) == shares


VALUES = st.sampled_from(["loss=0.5", "loss=3.0", "loss=nan", "a_share=0.99 b_share=0.01", "loss=1e999", "", "lr=1e-5"])
LINES = st.one_of(
    st.builds(step, st.integers(1, 3), st.integers(1, 9), VALUES),
    st.builds(done, st.integers(1, 3), st.sampled_from([0.5, 0.4, 0.1, float("nan")])),
    st.sampled_from(["text", "", f"{STAMP}config lr=1", f"{STAMP}saved checkpoint=x epoch=1 step=1 seconds=1"]),
)


@given(st.lists(LINES, max_size=30), st.sampled_from(PLANS))
def test_who_may_stop_the_run_decides_the_same(lines: list[str], plan: Plan) -> None:
    dialect = OursDialect()
    whole = hear_log(Supervision(plan, {}), [dialect.read(line) for line in lines], 1.0)
    thin = CalmSteps(plan.list_gates({})).thin(lines)
    passed = hear_log(Supervision(plan, {}), [dialect.read(line) for line in thin], 1.0)
    assert repr(passed.judged.failed) == repr(whole.judged.failed)
    assert repr(passed.curve) == repr(whole.curve)
    stopping = {
        gate.name for gate in plan.list_gates({}) if gate.on_fail is Action.ABORT
    }  # a warning may be passed over
    assert [passed.judged.told.get(name) for name in stopping] == [whole.judged.told.get(name) for name in stopping]
