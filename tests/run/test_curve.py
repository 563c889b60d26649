"""What a log says, in any order, becomes readings in order."""

from hypothesis import given
from hypothesis import strategies as st

from amn_tui.run.curve import Curve, apply_log
from trainer.events import Configured, EpochEnded, LogEvent, Rescored, Saved, Stepped, Stopped, Text


def read(*events: LogEvent) -> Curve:
    curve = Curve()
    for event in events:
        curve = apply_log(curve, event)
    return curve


def end(epoch: int, cosine: float = 0.5) -> EpochEnded:
    return EpochEnded(epoch, 20, {"val_cosine": cosine})


def list_epochs(curve: Curve) -> list[int]:
    return [reading.epoch for reading in curve.epochs]


def test_epochs_carry_what_is_derived() -> None:
    curve = read(end(1, 0.5), end(2, 0.46), end(3, float("nan")))
    assert [r.values.get("drop") for r in curve.epochs[:2]] == [None, 0.04]
    assert curve.epochs[1].values["best"] == 0.5
    assert curve.epochs[2].values["nonfinite"] == 1
    assert curve.list_values("val_cosine")[:2] == [(1, 0.5), (2, 0.46)]


def test_the_best_of_an_epoch_that_comes_late_is_known_to_the_later_ones() -> None:
    curve = read(end(1, 0.5), end(3, 0.6), end(2, 0.9), end(4, 0.7))
    assert [reading.values["best"] for reading in curve.epochs] == [0.5, 0.9, 0.9, 0.9]


def test_a_step_is_a_reading_until_its_epoch_ends() -> None:
    curve = read(end(1), Stepped(2, 20, 40, 217, {"loss": 0.1, "mse_share": 0.99, "info_share": 0.01}))
    assert curve.readings[-1].step == 40
    assert curve.readings[-1].values["max_share"] == 0.99
    assert (curve.total_epochs, curve.total_steps) == (20, 217)
    assert apply_log(curve, end(2)).step is None


def test_duplicates_and_disorder_within_a_session() -> None:
    curve = read(end(1, 0.1), end(3), end(2), end(1, 0.2))
    assert list_epochs(curve) == [1]  # epoch 1 said again is a restart: what came after it will be said again
    assert list_epochs(read(end(1), end(3), end(2), end(3, 0.7))) == [1, 2, 3]


def test_a_resumed_session_drops_what_it_repeats() -> None:
    resumed = read(Configured({}), end(1), end(2), end(3), Configured({"lr": "1"}), end(2, 0.9))
    assert list_epochs(resumed) == [1, 2]
    assert resumed.epochs[-1].values["val_cosine"] == 0.9
    assert resumed.sessions == 2
    assert resumed.config == {"lr": "1"}


def test_a_score_from_disk_belongs_to_its_epoch() -> None:
    curve = read(end(1), end(2), Rescored("best", 1, 0.4, 0.1), Rescored("best", 7, 0.4, 0.2))
    assert [reading.values.get("rescore_gap") for reading in curve.epochs] == [0.1, None]
    assert curve.epochs[0].values["val_cosine"] == 0.5


def test_saves_stops_and_text() -> None:
    curve = read(Saved("last", 1, 217, 0.05), Stopped("SIGTERM", 1, 217), Text("anything"))
    assert curve.last_save_s == 0.05
    assert curve.stopped == Stopped("SIGTERM", 1, 217)
    assert curve.epochs == ()


EVENTS = st.one_of(
    st.builds(
        EpochEnded,
        st.integers(0, 9),
        st.integers(0, 9),
        st.dictionaries(st.sampled_from(["val_cosine", "loss"]), st.floats()),
    ),
    st.builds(Stepped, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
    st.builds(Configured, st.just({})),
    st.builds(Text, st.text(max_size=3)),
)


@given(st.lists(EVENTS, max_size=30))
def test_any_history_gives_each_epoch_once_and_in_order(events: list[LogEvent]) -> None:
    epochs = list_epochs(read(*events))
    assert epochs == sorted(set(epochs))


def test_where_a_later_session_went_on_is_known() -> None:
    again = Configured({})
    assert read(again, end(1), end(2), again, end(2), end(3)).restarts == (2,)
    assert read(again, end(1), again, end(2), again, end(4)).restarts == (2, 4)
    assert read(end(1), end(2), end(3), end(1), end(2)).restarts == (1,)
    assert read(again, end(1), end(2)).restarts == ()
