"""Names beside the axes: round, apart, with as many digits as tell them apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amn_tui.run.column import Axis
from amn_tui.ui.chart.scale import Scale
from amn_tui.ui.chart.ticks import list_places, name_unit, place_ticks, write_place, write_ticks


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.0, 0.35, 0.7], ["0.00", "0.35", "0.70"]),
        ([0.0, 2e-4, 4e-4], ["0", "2e-4", "4e-4"]),
        ([0, 500, 1000], ["0", "500", "1000"]),
        ([1e6, 2.5e6], ["1e6", "2.5e6"]),
        ([0.5871, 0.5879], ["0.5871", "0.5879"]),
        ([], []),
    ],
)
def test_numbers_have_the_same_digits(values: list[float], texts: list[str]) -> None:
    assert write_ticks(values) == texts


@pytest.mark.parametrize(
    ("axis", "place", "text"),
    [(Axis.EPOCH, 12, "12"), (Axis.EPOCH, 1.25, "1.25"), (Axis.STEP, 20420, "20,420"), (Axis.TIME, 42, "42s"),
     (Axis.TIME, 125, "2m05"), (Axis.TIME, 3600, "60m"), (Axis.TIME, 9000, "2h30"), (Axis.TIME, 10800, "3h"),
     (Axis.TIME, 200_000, "2d07h"), (Axis.TIME, 172_800, "2d")],
)  # fmt: skip
def test_places_are_written_as_people_say_them(axis: Axis, place: float, text: str) -> None:
    assert write_place(axis, place) == text


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(3, 60), st.booleans())
def test_ticks_stand_apart_whatever_the_scale(low: float, span: float, rows: int, logarithmic: bool) -> None:
    scale = Scale(abs(low) + 1e-9, abs(low) + 1e-9 + span, True) if logarithmic else Scale(low, low + span)
    ticks = place_ticks(scale, rows)
    assert ticks
    assert all(0 <= row < rows for row in ticks)
    assert all(abs(one - other) >= 2 for one in ticks for other in ticks if one != other)
    assert max(map(len, ticks.values())) < 20


@given(st.sampled_from(list(Axis)), st.floats(0, 1e7), st.floats(1e-3, 1e7), st.integers(1, 30))
def test_places_are_inside_and_not_too_many(axis: Axis, left: float, width: float, most: int) -> None:
    places = list_places(axis, left, left + width, most)
    assert all(left <= place <= left + width for place in places)
    assert len(places) <= most + 3


def test_units_come_from_names() -> None:
    found = [name_unit(name) for name in ("val_cosine", "samples_per_s", "mse_share", "seconds", "lr")]
    assert found == ["cosine", "samples/s", "share of the loss", "s", ""]
