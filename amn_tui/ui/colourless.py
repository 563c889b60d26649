"""NO_COLOR: not grey instead of colours, as Textual has it, but none; bold and reverse remain."""

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter


class Colourless(LineFilter):
    """Takes every colour out of a line before it is drawn, so that the terminal's own two are all there is."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 (Textual's)
        """Return the segments without colours."""
        return [Segment(text, _strip(style) if style else None, control) for text, style, control in segments]


@lru_cache(maxsize=1024)
def _strip(style: Style) -> Style:
    """Return the style's attributes alone; `dim` goes too: many terminals draw it as a colour that is hard to read."""
    return style.without_color + Style(dim=False)
