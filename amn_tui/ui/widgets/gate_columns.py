"""What a gate's row says, and how wide its columns are at a width."""

from collections.abc import Sequence
from dataclasses import dataclass

WORD_CELLS = 6
NAME_CELLS = (10, 24)  # at least, at most
BOUND_CELLS = (6, 16)
VALUE_CELLS = (6, 11)
TO_GO_CELLS = 8  # in 6 ep.
MARGIN_CELLS = (7, 10)
LEAST_ADVICE = 16


@dataclass(frozen=True, slots=True)
class Cells:
    """What one gate's row says, before it is cut to columns."""

    when: str
    value: str
    bound: str
    margin: str
    unjudged: str = "wait"  # the word for it while it has no verdict
    to_go: str = ""  # how far away it is if it is the next


@dataclass(frozen=True, slots=True)
class Columns:
    """How wide each column is; 0 leaves it out."""

    name: int
    when: int
    value: int
    bound: int
    margin: int
    advice: int


def _clamp(cells: int, least_most: tuple[int, int]) -> int:
    return min(max(least_most[0], cells), least_most[1])


def choose_columns(width: int, names: Sequence[str], rows: Sequence[Cells]) -> Columns:
    """Choose the columns for a width: advice goes first, then when, then margin, then the ends of names."""
    numbers = [len(row.bound) for row in rows if row.bound[-1:].isdigit()]
    bound = _clamp(max(numbers, default=0), BOUND_CELLS)
    value = _clamp(max((len(row.value) for row in rows), default=0), VALUE_CELLS)
    least, most = NAME_CELLS
    wanted = _clamp(max(map(len, names), default=0), NAME_CELLS)
    fixed = 2 + WORD_CELLS + 1 + 1 + bound
    whens = max((len(row.when) for row in rows), default=0)
    margins = _clamp(max((len(row.margin) for row in rows), default=0), MARGIN_CELLS)
    for when, margin in ((whens, margins), (0, margins), (0, 0)):
        value = value if when else max(value, TO_GO_CELLS)  # where there is no other place to say when
        room = width - fixed - value - sum(cells + 1 for cells in (when, margin) if cells)
        if room >= min(wanted, least + 4 if when or margin else most):
            more = room - wanted - 2
            return Columns(min(room, wanted), when, value, bound, margin, more if more >= LEAST_ADVICE else 0)
    return Columns(max(4, width - fixed - value), 0, value, bound, 0, 0)
