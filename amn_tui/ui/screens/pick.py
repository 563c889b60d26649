"""A list over the screen to pick from, filtered while one types."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.fuzzy import Matcher
from textual.widget import Widget
from textual.widgets import Input

from amn_tui.ui.keymap import find_own_keys, list_keys
from amn_tui.ui.line import Line
from amn_tui.ui.screens.dialog import Dialog
from amn_tui.ui.widgets.pick_list import PickList, Row
from amn_tui.ui.widgets.text_field import TextField

LONGEST_FILTER = 4096  # a path may be typed


def filter_rows(rows: Sequence[Row], typed: str) -> tuple[Row, ...]:
    """Return the rows that what was typed fits, the best first; all of them while nothing is typed."""
    if not typed.strip():
        return tuple(rows)
    matcher = Matcher(typed.strip())
    scored = [(matcher.match(row.words), number, row) for number, row in enumerate(rows)]
    return tuple(row for score, _, row in sorted(scored, key=lambda s: (-s[0], s[1])) if score > 0)


class PickScreen(Dialog[str | None]):
    """Answers with the key of the row that was picked; None when it is left."""

    DEFAULT_CLASSES = "-explains"  # goes by itself when an alarm comes up, whose keys one would type into the filter
    REFUSAL: ClassVar[str] = "leave"
    is_typed_in: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "go back", id="pick-leave"),
        Binding("down,ctrl+n", "move(1)", "next row", id="pick-down"),
        Binding("up,ctrl+p", "move(-1)", "row before", id="pick-up"),
        Binding("pagedown", "move(10)", "ten rows down", id="pick-page-down"),
        Binding("pageup", "move(-10)", "ten rows up", id="pick-page-up"),
    ]

    def __init__(
        self, title: str, words: Callable[[int], list[Line]], keys: Iterable[tuple[str, str]], *, placeholder: str
    ) -> None:
        """Ask `title`; `words` say what there is to pick."""
        super().__init__(title, words, keys)
        self.placeholder = placeholder
        self.all: tuple[Row, ...] = ()

    def compose_answer(self) -> Iterable[Widget]:
        """Yield the filter and the list."""
        yield TextField(placeholder=self.placeholder, max_length=LONGEST_FILTER)
        yield PickList()

    def list_keys(self) -> tuple[tuple[str, str], ...]:
        """Return the keys, a person's own where they are not those of the field."""
        (leave,) = (one for one in PickScreen.BINDINGS if isinstance(one, Binding) and one.id == "pick-leave")
        key = list_keys(leave, find_own_keys(self.app))[0]
        return tuple((key if keys == "escape" else keys, words) for keys, words in self.keys)

    @property
    def list(self) -> PickList:
        """Return the list."""
        return self.query_one(PickList)

    @property
    def typed(self) -> str:
        """Return the filter."""
        return self.query_one(Input).value

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one(Input).focus()

    def show(self, rows: Iterable[Row]) -> None:
        """Have these rows to pick from."""
        self.all = tuple(rows)
        self.list.most = len(self.all)
        self.list.rows = filter_rows(self.all, self.typed)

    def on_input_changed(self) -> None:
        """Filter, and start from the best."""
        self.list.rows = filter_rows(self.all, self.typed)
        self.list.cursor = 0

    def on_input_submitted(self) -> None:
        """Take what the cursor is on, else what was typed."""
        picked = self.list.picked
        self.pick(picked.key if picked else self.typed.strip())

    def on_pick_list_fitted(self) -> None:
        """Say in the title how many rows are out of sight."""
        hidden = self.list.hidden
        self.query_one("#dialog").border_title = Content(f"{self.words}  +{hidden} more" if hidden else self.words)

    def on_pick_list_picked(self) -> None:
        """Take what was clicked."""
        self.on_input_submitted()

    def pick(self, key: str) -> None:
        """Answer, unless there is nothing to answer with."""
        if key:
            self.dismiss(key)
        else:
            self.app.bell()

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.list.move(by)

    def action_leave(self) -> None:
        """Go back without an answer."""
        self.dismiss(None)
