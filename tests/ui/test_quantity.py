"""Numbers and times in words."""

import math

import pytest

from amn_tui.ui.quantity import (
    NOTHING,
    format_against,
    format_bound,
    format_bytes,
    format_count,
    format_duration,
    format_number,
    format_share,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0:00"), (42.9, "0:42"), (3599, "59:59"), (3600, "1:00:00"), (93784, "1d 02:03:04"), (-5, "0:00"),
        (None, NOTHING), (math.nan, NOTHING), (math.inf, NOTHING),
    ],
)  # fmt: skip
def test_durations(seconds: float | None, words: str) -> None:
    assert format_duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.5, "0.5000"), (3.0, "3"), (-0.25, "-0.2500"), (0.00025, "2.50e-4"), (2.5e7, "25000000"), (1.5e-9, "1.50e-9"),
        (1e308, "1.00e+308"), (None, NOTHING), (math.nan, "nan"), (-math.inf, "-inf"),
    ],
)  # fmt: skip
def test_numbers(value: float | None, words: str) -> None:
    assert format_number(value) == words


@pytest.mark.parametrize(
    ("value", "bound", "words"),
    [
        (0.5227, 0.45, "0.5227"),
        (0.449961, 0.45, "0.449961"),  # four digits would say 0.4500, and that it holds
        (0.45, 0.45, "0.4500"),
        (0.0, 0.0, "0"),
        (0.0002, 0.02, "0.0002"),
        (math.nan, 0.45, "nan"),
        (math.inf, 0.0, "inf"),
    ],
)
def test_a_value_shows_on_which_side_of_its_bound_it_lies(value: float, bound: float, words: str) -> None:
    assert format_against(value, (bound, None)) == words


@pytest.mark.parametrize(("value", "words"), [(0.45, "0.45"), (0.5, "0.50"), (0.600195, "0.6002"), (600.0, "600")])
def test_bounds(value: float, words: str) -> None:
    assert format_bound(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_240_000_000, "1.2 GB"), (41e9, "41 GB"), (5e15, "5000 TB"),
        (None, NOTHING), (math.nan, NOTHING),
    ],
)  # fmt: skip
def test_bytes(value: float | None, words: str) -> None:
    assert format_bytes(value) == words


def test_counts_and_shares() -> None:
    assert format_count(1234567.4) == "1,234,567"
    assert format_count(None) == NOTHING
    assert format_count(math.nan) == "nan"
    assert format_share(0.316) == "32 %"
    assert format_share(None) == NOTHING
    assert format_share(math.inf) == "inf"
