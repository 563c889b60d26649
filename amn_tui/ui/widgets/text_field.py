"""A field to type in, whose text is safe: Textual's own writes what is pasted into it to the terminal as it is."""

from textual.widgets import Input

from amn_tui.run.text import sanitize


class TextField(Input):
    """Takes only text that a terminal draws, wherever it comes from."""

    def validate_value(self, value: str) -> str:
        """Return the text made safe."""
        return sanitize(value)
