"""The error that a person sees: which file, which key, what was found, what was expected."""

from pathlib import Path


class InputError(Exception):
    """Bad input, told so that it can be mended; the message is whole, `str(error)` is what is shown."""

    def __init__(self, source: Path | str, key: str, found: object, expected: str) -> None:
        """Compose "SOURCE: KEY: found X, expected Y"; `key` may be empty."""
        shown = repr(found) if isinstance(found, str) else str(found)
        super().__init__(": ".join(part for part in (str(source), key, f"found {shown}, expected {expected}") if part))
