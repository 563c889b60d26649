"""What every pane has: the run comes down, one datum is picked from it, and only another datum is drawn again."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, cast

from rich.segment import Segment
from rich.style import Style
from textual.content import Content, Span
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.style import Style as ContentStyle
from textual.widget import Widget

from amn_tui.run.model import Run
from amn_tui.run.text import sanitize
from amn_tui.ui.glyphs import UNICODE, Glyphs
from amn_tui.ui.keymap import Keys, find_own_keys
from amn_tui.ui.line import OVERLAY_TONES, Line, Tone

TALL_ROWS = 32  # a screen of this height has room for borders, the forked tree and every check
ROOMY_ROWS = 46  # and one of this height for every loss term and GPU
MARGIN = 1  # free at the right of lines that scroll: what they say never touches the scrollbar
TONE_CLASSES = {f"tone-{tone}" for tone in Tone if tone not in OVERLAY_TONES}
CHART_CLASSES = TONE_CLASSES | {f"tone-{tone}" for tone in OVERLAY_TONES}


def find_budget(height: int, share: int) -> int:
    """Return how many rows numbers may take to be drawn higher; none on a screen, `height` rows, that is not roomy."""
    return height // share if height >= ROOMY_ROWS else 0


def make_content(lines: Sequence[Line], style_tone: Callable[[Tone], ContentStyle]) -> Content:
    """Turn lines into content: text is taken literally, and every part of it is made safe."""
    text: list[str] = []
    spans: list[Span] = []
    at = 0
    for number, line in enumerate(lines):
        if number:
            text.append("\n")
            at += 1
        for part in line:
            safe = sanitize(part.text)
            grounds = [part.on] if part.on else []
            spans += [Span(at, at + len(safe), style_tone(tone)) for tone in (*grounds, part.tone)]
            text.append(safe)
            at += len(safe)
    return Content("".join(text), spans)


class Shows(Widget):
    """Mixed into a widget: `run` and `now` are bound to the app's; `pick` says what of them is shown."""

    TICKS: ClassVar[bool] = False  # whether the clock alone can change what is shown
    run: reactive[Run | None] = reactive(None, repaint=False)
    now: reactive[float] = reactive(0.0, repaint=False)
    datum: reactive[Any] = reactive(None, repaint=False)
    title_words = ""
    _title_drawn = ""

    @property
    def glyphs(self) -> Glyphs:
        """Return the app's table of characters."""
        return cast("Glyphs", getattr(self.app, "glyphs", UNICODE))

    @property
    def keys(self) -> Keys:
        """Return a person's own keys."""
        return find_own_keys(self.app)

    def pick(self, run: Run, now: float) -> Any:
        """Return what is shown of the run at `now` (Unix seconds): a value that can be compared."""
        raise NotImplementedError

    def watch_run(self) -> None:
        """Pick anew."""
        if self.run is not None:
            self.datum = self.pick(self.run, self.now)

    def watch_now(self) -> None:
        """Pick anew where the clock says something."""
        if self.TICKS:
            self.watch_run()

    def watch_datum(self) -> None:
        """Draw anew: the datum is another one."""
        self.refresh()

    def entitle(self, words: str) -> None:
        """Have a title in the edge; in a rule, which has no corners, it brings the blanks around it along."""
        corners = self.styles.border_left[0] not in ("", "none", "hidden")
        drawn = sanitize(words) if corners else f" {sanitize(words)} "
        self.title_words = words
        if drawn != self._title_drawn:
            self._title_drawn = drawn
            self.border_title = Content(drawn)

    def on_resize(self) -> None:
        """Have the title as it is in a box, or in a rule: the size decides which of them there is."""
        if self.title_words:
            self.entitle(self.title_words)

    def style_content(self, tone: Tone) -> ContentStyle:
        """Return what a tone adds to the style of content.

        The screen has the tones' rules, once: on every pane they would be computed anew with every change of a class.
        Textual's own partial styles lose an opaque ground.
        """
        rules = self.screen.get_component_styles(f"tone-{tone}")
        return ContentStyle(
            background=rules.background if rules.has_rule("background") else None,
            foreground=rules.color if rules.has_rule("color") else None,
            bold=rules.text_style.bold,
            reverse=rules.text_style.reverse,
            underline=rules.text_style.underline,
        )

    def style_tone(self, tone: Tone) -> Style:
        """Return the Rich style of a tone, for lines that are drawn as strips."""
        return self.screen.get_component_rich_style(f"tone-{tone}", partial=True)

    def make_strip(self, line: Line, width: int, base: Style) -> Strip:
        """Turn one line into a strip of exactly `width` cells."""
        segments = [
            Segment(
                sanitize(part.text),
                base + (self.style_tone(part.on) if part.on else Style.null()) + self.style_tone(part.tone),
            )
            for part in line
        ]
        return Strip(segments).adjust_cell_length(width, base)


def list_changed(before: Sequence[object], now: Sequence[object]) -> list[int]:
    """Return the rows that differ between two drawings of the same height."""
    return [row for row, (old, new) in enumerate(zip(before, now, strict=True)) if old != new]


class Pane(Shows):
    """A pane that draws its datum into the cells it is given."""

    def __init__(self) -> None:
        """Start with nothing drawn."""
        super().__init__()
        self.drawn: list[Line] = []

    def draw(self, datum: Any, width: int, height: int) -> list[Line]:
        """Return the lines of a datum."""
        raise NotImplementedError

    def watch_datum(self) -> None:
        """Draw anew the rows that changed; lay out anew only if there are more or fewer."""
        width, height = self.content_size
        lines = [] if self.datum is None else self.draw(self.datum, width, height)
        if self.styles.height is not None and self.styles.height.is_auto:
            lines = [] if self.datum is None else self.draw(self.datum, width, self.app.size.height)
        if len(lines) != len(self.drawn):
            self.refresh(layout=True)
        elif rows := list_changed(self.drawn, lines):
            self.refresh(*(Region(0, row, width, 1) for row in rows))
        self.drawn = lines

    def render(self) -> Content:
        """Draw the datum."""
        width, height = self.content_size
        self.drawn = [] if self.datum is None else self.draw(self.datum, width, height)
        return make_content(self.drawn, self.style_content)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 (Textual's)
        """Return how many lines there are to draw where the height is the content's."""
        return len(self.draw(self.datum, width, viewport.height)) if self.datum is not None else 0
