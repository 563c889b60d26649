"""Offsets in two bytes each are the same as in a list, whatever is added, taken and let go of."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amn_tui.ui.line_starts import LineStarts

STEPS = st.lists(st.integers(1, 200) | st.sampled_from([65_535, 65_536, 1 << 40]), max_size=200)


@given(st.integers(0, 1 << 40), st.lists(STEPS, max_size=4), st.integers(-300, 300), st.booleans())
def test_it_is_a_list_of_offsets(begin: int, parts: list[list[int]], cut: int, front: bool) -> None:
    model, starts = [begin], LineStarts([begin])
    for steps in parts:
        added = list(accumulate(steps, initial=model[-1]))[1:]
        model.extend(added)
        starts.extend(added)
    if front:
        assert list(starts[cut:]) == model[cut:]
        del model[:cut]
        del starts[:cut]
    else:
        del model[cut:]
        del starts[cut:]
    assert list(starts) == model
    assert len(starts) == len(model)
    assert [starts[at] for at in range(len(starts))] == model
    assert [starts[at - len(model)] for at in range(len(model))] == model
    end = model[-1] + 1 if model else 5
    starts.append(end)
    assert list(starts) == [*model, end]


def test_what_is_not_there() -> None:
    assert not LineStarts()
    for at in (0, -1):
        with pytest.raises(IndexError):
            LineStarts()[at]
    with pytest.raises(IndexError):
        LineStarts([1])[1]


def test_a_million_lines_take_two_megabytes() -> None:
    starts = LineStarts(range(0, 80_000_000, 80))
    sizes = starts._marks.buffer_info()[1] * 8 + starts._steps.buffer_info()[1] * 2
    assert len(starts) == 1_000_000
    assert starts[999_999] == 79_999_920
    assert sizes < 2_200_000


@given(st.integers(0, 1 << 40), st.lists(STEPS, max_size=4))
def test_steps_are_as_good_as_offsets(begin: int, parts: list[list[int]]) -> None:
    by_steps, by_offsets = LineStarts([begin]), LineStarts([begin])
    for steps in parts:
        by_steps.extend_by_steps(steps)
        by_offsets.extend(list(accumulate(steps, initial=by_offsets[-1]))[1:])
    assert list(by_steps) == list(by_offsets)
    assert [by_steps[at] for at in range(len(by_steps))] == list(by_offsets)
