"""Styles without a place: what is kept of drawing then grows with the colours in use, not with the lines drawn."""

from collections.abc import Sequence
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

PLACE = frozenset({"offset"})


class PlacelessStyles(LineFilter):
    """Takes the place of a text out of its style before it is drawn; who selects text asks the pane, not the picture.

    Textual puts the row and column of the content into the style, so that no two lines of a log ever have the same one,
    and keeps thousands of such styles with what is written for each. It also keeps what every single filter made of
    every line: `others`, which come after this one, are applied at once.
    """

    def __init__(self, others: Sequence[LineFilter] = ()) -> None:
        """Apply `others` to what has no place any more."""
        super().__init__()
        self.others = tuple(others)

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments; what else is in a style, such as an action, stays."""
        drawn = [
            segment
            if segment.style is None or segment.style.meta.keys() != PLACE
            else Segment(segment.text, _share(segment.style.clear_meta_and_links()), segment.control)
            for segment in segments
        ]
        for other in self.others:
            drawn = other.apply(drawn, background)
        return drawn


@lru_cache(maxsize=1024)
def _share(style: Style) -> Style:
    """Return the first style that was equal to this one."""
    return style
