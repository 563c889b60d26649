import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.expression import Line, parse_bound, resolve_bound


@pytest.mark.parametrize(
    ("bound", "parsed"),
    [
        (0.45, 0.45),
        (1, 1.0),
        ("baseline.copy_last", Line("baseline.copy_last")),
        ("baseline.copy_last + 0.02", Line("baseline.copy_last", 1.0, 0.02)),
        ("baseline.copy_last-0.02", Line("baseline.copy_last", 1.0, -0.02)),
        ("0.70 * baseline.context_next", Line("baseline.context_next", 0.7)),
        ("  0.9*best - 1 ", Line("best", 0.9, -1.0)),
        ("0 * best + 1", Line("best", 0.0, 1.0)),
    ],
)
def test_bounds(bound: float | str, parsed: float | Line) -> None:
    assert parse_bound(bound) == parsed


@pytest.mark.parametrize(
    "bound", ["", "0.45", "a + b", "a * 2", "2 * 3 * a", "a + -1", "A", "a..b", ".a", "a + 1e3", "a;b", "ä"]
)
def test_other_text_is_refused(bound: str) -> None:
    with pytest.raises(ValueError, match="expected a number or"):
        parse_bound(bound)


@pytest.mark.parametrize("bound", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_are_refused(bound: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        parse_bound(bound)


@pytest.mark.parametrize(
    ("bound", "names", "value"),
    [
        (0.45, {}, 0.45),
        ("a + 0.02", {"a": 0.5}, 0.52),
        ("0.7 * a", {"a": 0.6}, 0.42),  # rounded: 0.42, not 0.41999999999999993
        ("a", {}, None),
        ("a", {"a": math.nan}, None),
        ("a", {"a": math.inf}, None),
    ],
)
def test_resolving(bound: float | str, names: dict[str, float], value: float | None) -> None:
    assert resolve_bound(bound, names) == value


@settings(deadline=None)  # a busy machine is no failure
@given(st.text(max_size=60))
def test_any_text_is_a_line_or_refused(text: str) -> None:
    try:
        line = parse_bound(text)
    except ValueError:
        return
    assert isinstance(line, Line)
    assert line.name in text
