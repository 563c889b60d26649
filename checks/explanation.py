"""The page of each check: what it measures, why that matters, how it fails, what to do."""

import textwrap
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TEXTS = Path(__file__).with_name("explanations.toml")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Four short paragraphs of plain text about a check."""

    measures: str
    matters: str
    fails: str
    remedy: str

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """Return (heading, text) in the order to read them."""
        return (
            ("measures", self.measures), ("why", self.matters), ("fails", self.fails), ("what to do", self.remedy),
        )  # fmt: skip


def format_page(title: str, page: Explanation | None, width: int = 80) -> str:
    """Return a page for a terminal, with a blank line between its parts."""
    if page is None:
        return f"{title}\n\n  nobody has written a page about it\n"
    indent = " " * 12
    parts = [
        textwrap.fill(text, width, initial_indent=f"{heading:<12}", subsequent_indent=indent)
        for heading, text in page.parts
    ]
    return "\n\n".join([title, *parts]) + "\n"


@cache
def read_explanations() -> Mapping[str, Explanation]:
    """Return the pages of our own checks by name, each paragraph on one line."""
    tables = tomllib.loads(TEXTS.read_text("utf-8"))
    return {
        name: Explanation(**{part: " ".join(text.split()) for part, text in table.items()})
        for name, table in tables.items()
    }
