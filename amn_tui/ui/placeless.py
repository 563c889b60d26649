"""Styles without a place: what is kept of drawing then grows with the colours in use, not with the lines drawn."""

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

PLACE = frozenset({"offset"})


class PlacelessStyles(LineFilter):
    """Takes the place of a text out of its style before it is drawn; who selects text asks the pane, not the picture.

    Textual puts the row and column of the content into the style, so that no two lines of a log ever have the same one,
    and keeps thousands of such styles with what is written for each.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 (Textual's)
        """Return the segments; what else is in a style, such as an action, stays."""
        return [
            segment
            if segment.style is None or segment.style.meta.keys() != PLACE
            else Segment(segment.text, _share(segment.style.clear_meta_and_links()), segment.control)
            for segment in segments
        ]


@lru_cache(maxsize=1024)
def _share(style: Style) -> Style:
    """Return the first style that was equal to this one."""
    return style
