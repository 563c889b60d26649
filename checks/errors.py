"""The error that a person sees: which file, which key, what was found, what was expected."""

from pathlib import Path

LONGEST = {"source": 4096, "key": 200, "found": 300, "expected": 1000}  # characters; a hostile file has longer ones


class InputError(Exception):
    """Bad input, told so that it can be mended; the message is whole, `str(error)` is what is shown."""

    def __init__(self, source: Path | str, key: str, found: object, expected: str) -> None:
        """Compose "SOURCE: KEY: found X, expected Y", one line that a terminal only draws; `key` may be empty."""
        shown = repr(found) if isinstance(found, str) else str(found)
        parts = {"source": str(source), "key": key, "found": shown, "expected": expected}
        told = {name: _show(text, LONGEST[name]) for name, text in parts.items()}
        words = f"found {told['found']}, expected {told['expected']}"
        super().__init__(": ".join(part for part in (told["source"], told["key"], words) if part))


def _show(text: str, longest: int) -> str:
    """Write what is not printable as Python does, and cut what is long."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return cut if cut.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)
