"""Every character that the screen draws besides words, in one table per character set."""

import locale
from dataclasses import dataclass

from checks.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One character set; `levels` are bars of growing height, `braille` tells whether dots may be drawn."""

    passed: str
    warned: str
    failed: str
    unjudged: str  # ERROR: could not be judged
    waiting: str
    running: str
    here: str
    arrow: str
    branch_down: str  # where the decision tree forks: the first line, then the second
    branch_end: str
    branch_side: str  # a way that goes off while the trunk goes on
    bar_done: str
    bar_half: str
    bar_rest: str
    levels: str
    axis: str
    tick: str
    nonfinite: str
    above: str
    below: str
    last: str
    marks: str  # of the curves on validation, training and other data
    minus: str
    at_least: str
    at_most: str
    ellipsis: str
    dot: str
    rule: str
    guard: str
    more_left: str  # where a line is cut
    more_right: str
    braille: bool

    def of(self, verdict: Verdict | None) -> str:
        """Return the glyph of a verdict; None is "not yet"."""
        by_verdict = {
            Verdict.PASS: self.passed,
            Verdict.WARN: self.warned,
            Verdict.FAIL: self.failed,
            Verdict.ERROR: self.unjudged,
        }
        return self.waiting if verdict is None else by_verdict[verdict]


UNICODE = Glyphs(
    passed="✓", warned="!", failed="✗", unjudged="?", waiting="·", running="▸", here="●", arrow="─▸",
    branch_down="┬", branch_end="╰", branch_side="├", bar_done="━", bar_half="╸", bar_rest="─", levels=" ▁▂▃▄▅▆▇█",
    axis="│", tick="┤",
    nonfinite="×", above="▲", below="▼", last="●", marks="●○◇", minus="−", at_least="≥", at_most="≤", ellipsis="…",
    dot="·", rule="─", guard="◆", more_left="‹", more_right="›", braille=True,
)  # fmt: skip
ASCII = Glyphs(
    passed="+", warned="!", failed="x", unjudged="?", waiting=".", running=">", here="*", arrow="->",
    branch_down="+", branch_end="+", branch_side="+", bar_done="#", bar_half="", bar_rest="-", levels=" .:-=+*#@",
    axis="|", tick="+",
    nonfinite="x", above="^", below="v", last="o", marks="*.o", minus="-", at_least=">=", at_most="<=", ellipsis="~",
    dot="-", rule="-", guard="*", more_left="<", more_right=">", braille=False,
)  # fmt: skip


def choose_glyphs(encoding: str | None = None) -> Glyphs:
    """Return the table that the terminal's encoding can show; by default the encoding of the locale."""
    name = (encoding or locale.getencoding()).lower().replace("-", "").replace("_", "")
    return UNICODE if name.startswith("utf") else ASCII
