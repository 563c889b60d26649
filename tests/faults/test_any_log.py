"""Whatever is logged, in whatever order and pieces: a run comes of it, always the same, and no exception."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from amn_tui.run.control import AbortAsked, MonitorAttached, WaiveAsked
from amn_tui.run.curve import Curve, apply_log
from amn_tui.run.fold import apply, fold
from amn_tui.run.guard_events import AlarmWaived, ProcessIdentity
from amn_tui.run.liveness import Machine
from amn_tui.run.model import HistoryRead, Logged, LogRestarted, Planned, ProblemFound, Run, RunEvent
from amn_tui.run.session import RunReader
from amn_tui.ui.glyphs import ASCII, UNICODE
from amn_tui.ui.widgets.banner import pick_banner
from amn_tui.ui.widgets.cosine import draw_cosine, pick_cosine
from amn_tui.ui.widgets.header import draw_header, pick_header
from amn_tui.ui.widgets.losses import draw_losses, pick_losses
from amn_tui.ui.widgets.optimizer import draw_optimizer, pick_optimizer
from amn_tui.ui.widgets.status_line import pick_status
from amn_tui.ui.widgets.throughput import draw_throughput, pick_throughput
from checks.gate import Gate, judge
from checks.verdict import Verdict
from tests.ui import conftest as ui
from trainer.events import Configured, EpochEnded, Saved, Stepped, Stopped, Text

Happened = Callable[[str], None]
pytestmark = pytest.mark.no_cover  # thousands of events by way of lines that others cover
WHO = ProcessIdentity(1, 2, "boot")
NUMBERS = st.one_of(st.floats(), st.sampled_from([1e308, -1e308, 5e-324, 0.45]))
VALUES = st.dictionaries(
    st.sampled_from(["val_cosine", "val_loss", "loss", "mse_share", "variance_share", "seconds", "lr", "drop"]), NUMBERS
)
EPOCHS = st.one_of(st.integers(0, 5), st.integers(0, 999_999_999))
TIMES = st.one_of(st.none(), st.floats(0, 4e9), st.floats(-6e10, 2.5e11))
LOGGED = st.one_of(
    st.builds(Configured, st.dictionaries(st.text(max_size=5), st.text(max_size=5)), TIMES),
    st.builds(Stepped, EPOCHS, EPOCHS, EPOCHS, EPOCHS, VALUES, TIMES),
    st.builds(EpochEnded, EPOCHS, EPOCHS, VALUES, TIMES),
    st.builds(Saved, st.text(max_size=5), EPOCHS, EPOCHS, NUMBERS, TIMES),
    st.builds(Stopped, st.text(max_size=5), EPOCHS, EPOCHS, TIMES),
    st.builds(Text, st.text()),
)
STORIES: list[list[RunEvent]] = [ui.healthy(), ui.aborted(), ui.completed(), ui.blocked(), ui.diverged()]
EVENTS: st.SearchStrategy[RunEvent] = st.one_of(
    LOGGED.map(Logged),
    LOGGED.map(Logged),
    st.sampled_from([event for story in STORIES for event in story]),
    st.sampled_from(
        [LogRestarted(), HistoryRead(0.5), HistoryRead(1.0), ProblemFound("x", "y"), ProblemFound("x", ""),
         AlarmWaived(1.0, 1, "ada", "why"), MonitorAttached(1.0, "ada", WHO), WaiveAsked(1.0, "ada", 1, "why"),
         AbortAsked(1.0, "ada"), Planned(ui.plan("demo"))]
    ),
)  # fmt: skip


def draw(run: Run, now: float) -> None:
    """Draw what the screen would show, large and small."""
    pick_banner(run, now, can_answer=True)
    pick_status(run, now)
    for width, height, glyphs in ((100, 30, UNICODE), (20, 3, ASCII), (1, 1, UNICODE)):
        draw_header(pick_header(run, now), width, glyphs, tall=True)
        draw_cosine(pick_cosine(run, now), width, height, glyphs)
        draw_losses(pick_losses(run), width, height, glyphs)
        draw_optimizer(pick_optimizer(run), width, height, glyphs)
        draw_throughput(pick_throughput(run), width, height, glyphs)


@pytest.mark.fault(39)
@pytest.mark.fault(40)
def test_any_events_in_any_order_give_a_run_that_can_be_drawn(happened: Happened) -> None:
    seen = 0

    @settings(max_examples=150)
    @given(st.lists(EVENTS, max_size=25), st.floats(-1e12, 1e12))
    def check(events: list[RunEvent], now: float) -> None:
        nonlocal seen
        seen += len(events)
        run = fold(Run("/x"), events)
        one_by_one = Run("/x")
        for event in events:
            one_by_one = apply(one_by_one, event)
        assert repr(one_by_one) == repr(run)  # nan is not equal to itself
        draw(run, now)

    check()
    happened(f"{seen} events in any order: never an exception, every run drawn in 3 sizes")


@pytest.mark.fault(40)
def test_an_event_that_comes_twice_changes_nothing(happened: Happened) -> None:
    @settings(max_examples=100)
    @given(st.lists(EVENTS, max_size=15), EVENTS)
    def check(events: list[RunEvent], again: RunEvent) -> None:
        before = fold(Run("/x"), events)
        # Epoch 1 said behind later ones is a restart: that it comes twice is no accident.
        assume(not (before.curve.epochs and isinstance(again, Logged) and getattr(again.event, "epoch", 0) == 1))
        once = apply(before, again)
        twice = apply(once, again)
        # How often the trainer said its configuration is counted: that it does so again is what tells of a restart.
        counted = replace(twice.curve, sessions=once.curve.sessions, resumed=once.curve.resumed)
        assert repr(replace(twice, curve=counted)) == repr(once)

    check()
    happened("100 histories: the last event again, and the run stayed the same")


@pytest.mark.fault(40)
def test_epochs_in_any_order_against_a_simple_model(happened: Happened) -> None:
    """Keyed by session and epoch: a new session replaces what it repeats, and what came after it."""
    said = st.one_of(st.just("config"), st.tuples(st.integers(1, 6), st.integers(0, 9)))

    @settings(max_examples=200)
    @given(st.lists(said, max_size=20))
    def check(history: list[str | tuple[int, int]]) -> None:
        curve, model, sessions, resumed = Curve(), dict[int, float](), 0, False
        for word in history:
            if isinstance(word, str):
                curve = apply_log(curve, Configured({}))
                resumed, sessions = sessions > 0, sessions + 1
                continue
            epoch, value = word[0], float(word[1])
            curve = apply_log(curve, EpochEnded(epoch, 6, {"val_cosine": value}))
            if resumed or (epoch == 1 and len(model) > 1):
                model = {e: v for e, v in model.items() if e < epoch}
            model[epoch], resumed, sessions = value, False, max(sessions, 1)
        assert curve.list_values("val_cosine") == sorted(model.items())

    check()
    happened("200 histories of duplicated, missing, late and restarted epochs: as the model says")


@pytest.mark.fault(40)
def test_where_a_run_went_on_is_drawn(happened: Happened) -> None:
    go_on = Logged(Configured({}))
    run = ui.make_run([go_on, *ui.epochs([0.5, 0.55, 0.56]), go_on, ui.epoch(3, 0.57), ui.epoch(4, 0.58)])
    assert [value for _, value in run.curve.list_values("val_cosine")] == [0.5, 0.55, 0.57, 0.58]
    assert pick_cosine(run, 0.0).chart.restarts == run.curve.restarts == (3,)
    from_the_start = fold(run, [go_on, ui.epoch(1, 0.51)])
    assert (len(from_the_start.curve.epochs), from_the_start.curve.restarts) == (1, (1,))
    happened("a second session from epoch 3 on: its epochs replace the first one's, and a divider stands before them")


@pytest.mark.fault(40)
def test_a_gate_for_an_epoch_that_was_skipped_is_judged_on_the_next(happened: Happened) -> None:
    gate = Gate(name="bad init", metric="val_cosine", at=2, floor=0.45)
    run = ui.make_run([ui.epoch(1, 0.5), ui.epoch(4, 0.3)])
    judgement = judge(gate, run.curve.readings, {})
    assert (judgement.epoch, judgement.verdict) == (4, Verdict.WARN)
    happened("epochs 1, 4 logged: the gate at epoch 2 was judged at 4")


@pytest.mark.fault(31)
@pytest.mark.fault(40)
def test_any_interleaving_of_the_files_gives_the_same_run(happened: Happened) -> None:
    """Each file comes in pieces, cut anywhere, and the reader looks between any two of them."""
    machine = Machine("here", "boot", lambda _identity: False)
    looks = 0
    with tempfile.TemporaryDirectory() as scratch:
        stories = []
        for number, story in enumerate((ui.aborted(), ui.completed(), ui.blocked(), ui.healthy())):
            path = ui.write_folder(Path(scratch) / str(number), story)
            stories.append({file.name: file.read_bytes() for file in sorted(path.iterdir())})

        @settings(max_examples=60)
        @given(st.sampled_from(stories), st.data())
        def check(files: dict[str, bytes], data: st.DataObject) -> None:
            nonlocal looks
            places = st.lists(st.integers(0, 9999), max_size=4)
            cuts = {name: _cut(raw, data.draw(places)) for name, raw in files.items()}
            order = data.draw(st.permutations([name for name, pieces in cuts.items() for _ in pieces]))
            pieces = [(name, cuts[name].pop(0)) for name in order]
            looks += len(pieces)
            run = _read(scratch, machine, pieces, look_between=True)
            assert repr(run) == repr(_read(scratch, machine, list(files.items())))

        check()
    happened(f"{looks} looks at files in pieces: always the same run")


def _cut(raw: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(raw) + 1) for place in places), len(raw)]
    return [raw[start:end] for start, end in pairwise(edges)]


def _read(scratch: str, machine: Machine, pieces: list[tuple[str, bytes]], *, look_between: bool = False) -> Run:
    with tempfile.TemporaryDirectory(dir=scratch) as path:
        reader, run = RunReader(Path(path), machine), Run("/x")
        for name, raw in pieces:
            with (Path(path) / name).open("ab") as file:
                file.write(raw)
            if look_between:
                run = fold(run, reader.read())
        run = fold(run, reader.read())
        reader.source.close()
        return replace(run, problems={})
