"""What travels up: from the source's thread and from the widgets to the app."""

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
