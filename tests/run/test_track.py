"""A run's numbers from its log: on three axes, bounded, and what a resumed run says again counts once."""

import math
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amn_tui.run.column import Axis
from amn_tui.run.step_rows import StepRows
from amn_tui.run.track import MOST_METRICS, Track, find_column
from trainer.events import Configured, EpochEnded, LogEvent, Rescored, Stepped, format_event, parse_line


def step(epoch: int, at: int, value: float = 0.5, *, steps: int = 10, time: float | None = None) -> Stepped:
    return Stepped(epoch, 3, at, steps, {"loss": value}, time)


def end(epoch: int, value: float, time: float | None = None) -> EpochEnded:
    return EpochEnded(epoch, 3, {"val_cosine": value}, time)


def read(events: list[LogEvent]) -> Track:
    track = Track()
    track.take(events)
    return track


def test_every_value_has_a_place_on_every_axis() -> None:
    track = read([Configured({}, 100.0), step(1, 5, time=110.0), step(1, 10, time=120.0), end(1, 0.4, 125.0),
                  step(2, 5, time=130.0), Rescored("last", 1, 0.4, 1e-5, 131.0)])  # fmt: skip
    loss, cosine = track.steps["loss"], track.epochs["val_cosine"]
    assert list(loss.place(Axis.EPOCH)) == [0.5, 1.0, 1.5]
    assert list(loss.place(Axis.STEP)) == [5, 10, 15]
    assert list(loss.place(Axis.TIME)) == [10, 20, 30]
    assert [cosine.place(axis)[0] for axis in Axis] == [1.0, 10.0, 25.0]
    assert track.epochs["rescore_gap"].newest == 1e-5
    assert (track.total_epochs, track.steps_an_epoch) == (3, 10)
    assert track.list_axes() == tuple(Axis)


def test_a_log_without_steps_or_stamps_has_epochs_alone() -> None:
    assert read([end(1, 0.4), end(2, 0.5)]).list_axes() == (Axis.EPOCH,)
    assert Track().list_axes() == (Axis.EPOCH,)
    assert read([end(1, 0.4, 100.0), end(2, 0.5, 101.0)]).list_axes() == (Axis.EPOCH, Axis.TIME)


@pytest.mark.parametrize(
    ("events", "losses", "cosines"),
    [
        ([step(1, 5), end(1, 0.4), step(2, 5, 0.3), step(2, 5, 0.2), end(2, 0.5)], [0.5, 0.2], [0.4, 0.5]),
        ([end(1, 0.4), end(2, 0.5), end(3, 0.6), Configured({}), end(2, 0.7)], [], [0.4, 0.7]),
        ([step(1, 5), end(1, 0.4), end(2, 0.5), step(1, 5, 0.1)], [0.1], []),
        ([end(1, 0.4), end(1, 0.45)], [], [0.45]),
        ([end(2, 0.5), step(2, 3, 0.1), step(2, 4, 0.2), step(2, 1, 0.3)], [0.3], []),
    ],
)
def test_what_is_said_again_counts_once(events: list[LogEvent], losses: list[float], cosines: list[float]) -> None:
    track = read(events)
    assert list(track.steps["loss"].last if losses else []) == losses
    assert list(track.epochs["val_cosine"].last if "val_cosine" in track.epochs else []) == cosines


def test_what_the_machine_does_lies_where_the_log_was() -> None:
    track = read([Configured({}, 100.0), step(1, 5, time=110.0), step(1, 10, time=120.0)])
    for stamp in (105.0, 115.0, 130.0):
        track.take_sample(stamp, {"cpu_percent": 90.0})
    column = track.system["cpu_percent"]
    assert [list(column.place(axis)) for axis in Axis] == [[0.25, 0.75, 1.0], [2.5, 7.5, 10.0], [5.0, 15.0, 30.0]]
    empty = Track()
    empty.take_sample(1.0, {"cpu_percent": 90.0})
    assert math.isnan(empty.system["cpu_percent"].place(Axis.EPOCH)[0])


def test_there_is_an_end_to_metrics() -> None:
    columns = read([EpochEnded(1, 1, {f"m{number}": 0.0 for number in range(200)})]).epochs
    assert len(columns) == MOST_METRICS
    assert find_column(columns, "one more") is None


VALUES = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf, 1e-12, 2.5e20])
STEPS = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 10), VALUES, st.booleans()), max_size=60)


@given(STEPS)
def test_rows_of_steps_are_read_as_one_by_one(said: list[tuple[int, int, float, bool]]) -> None:
    lines = [
        format_event(step(epoch, at, value) if in_steps else end(epoch, value), 1.8e9 + number)
        for number, (epoch, at, value, in_steps) in enumerate(said)
    ]
    single, rows, many = Track(), StepRows(), Track()
    for line in lines:
        event = parse_line(line)
        single.take((event,))
        if not rows.collect(line):
            rows.hand_on(many)
            many.take((event,))
            if isinstance(event, Stepped):
                rows.learn(line, event)
    rows.hand_on(many)
    assert describe(single) == describe(many)


def describe(track: Track) -> str:
    columns = {**track.epochs, **{f"step {name}": column for name, column in track.steps.items()}}
    rows = {
        name: [list(part) for part in (*c.at, c.low, c.high, c.first, c.last)] for name, c in columns.items() if len(c)
    }
    return str((rows, track.reached, track.total_epochs, track.steps_an_epoch))


def test_a_line_with_words_in_it_has_no_layout() -> None:
    rows = StepRows()
    line = '2026-11-22T10:04:12Z Epoch 1/3 step 1/10 loss=0.1 note="a b"'
    rows.learn(line, parse_line(line))
    assert not rows.collect(line)
    rows.learn(line[:48], SimpleNamespace(values={"loss": 0.1}))
    assert not rows.collect("2026-11-22T10:04:12Z Epoch 1/3 step 1/10 loss=1.2.3")
