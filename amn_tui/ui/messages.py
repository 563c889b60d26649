"""What travels up: from the source's thread and from the widgets to the app."""

from enum import StrEnum

from textual.message import Message

from amn_tui.run.model import Run
from amn_tui.ui.log_index import LogIndex


class RunChanged(Message):
    """The run is another value now; posted from the source's thread."""

    def __init__(self, run: Run) -> None:
        """Carry the new run."""
        super().__init__()
        self.run = run


class LogIndexed(Message):
    """The log's lines are counted anew; posted from the indexing thread."""

    def __init__(self, index: LogIndex) -> None:
        """Carry the new index."""
        super().__init__()
        self.index = index


class RowChosen(Message):
    """Enter or a click on a row of a list: the name of the check or gate that it shows."""

    def __init__(self, kind: str, name: str) -> None:
        """Carry "check" or "gate", and the name."""
        super().__init__()
        self.kind, self.name = kind, name


class ChartAsked(Message):
    """Enter, or a click, on the chart: it is wanted in full."""


class Asked(StrEnum):
    """What is typed at the foot of the log; the value is the sign before it."""

    SEARCH = "/"
    FILTER = "&"
    EPOCH = "epoch"


class WordsTyped(Message):
    """What is typed is another text now; `entered` tells that it was confirmed."""

    def __init__(self, asked: Asked, words: str, *, is_regexp: bool, entered: bool) -> None:
        """Carry what was typed."""
        super().__init__()
        self.asked, self.words, self.is_regexp, self.entered = asked, words, is_regexp, entered


class TypingEnded(Message):
    """What was typed is given up: nothing is to be changed."""


class EpochWanted(Message):
    """Somebody who looks at an epoch wants to see it in the log."""

    def __init__(self, epoch: int | None, why: str = "") -> None:
        """Carry its number; None where there is none to show yet, and `why`."""
        super().__init__()
        self.epoch, self.why = epoch, why
