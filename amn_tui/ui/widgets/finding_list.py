"""The findings, most likely cause first, each with its evidence and the command to type next."""

from collections.abc import Sequence
from typing import ClassVar

from amn_tui.run.diagnosis.finding import Diagnosis, Finding, Step
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Part, Tone, crop, wrap
from amn_tui.ui.widgets.row_list import RowList

INDENT = 7
ALTERNATIVE = "alternative"


def draw_findings(diagnosis: Diagnosis, width: int, glyphs: Glyphs) -> list[tuple[str, Line]]:
    """Return the rows of every finding and every alternative, each with the name of its entry."""
    rows: list[tuple[str, Line]] = []
    for number, finding in enumerate(diagnosis.findings):
        name = str(number)
        rows += [(name, crop(line, width)) for line in _draw_finding(finding, width, glyphs)]
    if not diagnosis.findings:
        rows.append(("", (Part("nothing was found", Tone.DIM),)))
    if diagnosis.alternatives:
        first = f"{ALTERNATIVE} 0"
        rows += [(first, ()), (first, (Part("what else could be tried, one at a time", Tone.DIM),))]
    for number, step in enumerate(diagnosis.alternatives):
        rows += [(f"{ALTERNATIVE} {number}", crop(line, width)) for line in _draw_step(step, width, glyphs, 0)]
    return rows


def _draw_finding(finding: Finding, width: int, glyphs: Glyphs) -> list[Line]:
    problem = finding.is_problem
    mark, tone = (glyphs.failed, Tone.FAIL) if finding.score >= 0.75 else (glyphs.warned, Tone.WARN)
    if not problem:
        mark, tone = glyphs.waiting, Tone.DIM
    words = finding.title if problem else f"{finding.title} (worth knowing)"
    title = wrap(words, max(8, width - INDENT))
    lines: list[Line] = [
        (Part(f"{mark} {finding.score:.2f}", tone), Part(" "), Part(title[0], Tone.STRONG if problem else Tone.DIM))
    ]
    lines += [(Part(" " * INDENT), Part(line, Tone.STRONG)) for line in title[1:]]
    for evidence in finding.evidence:
        lines += [(Part(" " * INDENT), Part(line, Tone.DIM)) for line in _hang(evidence, width - INDENT, glyphs.dot)]
    return [*lines, *_draw_step(finding.next, width, glyphs, INDENT)]


def _draw_step(step: Step, width: int, glyphs: Glyphs, indent: int) -> list[Line]:
    room = " " * indent
    lines: list[Line] = [
        (Part(room), Part(line)) for line in _hang(step.words, width - indent, glyphs.arrow.strip()[-1])
    ]
    command = wrap(step.command, max(8, width - indent - 4))
    lines.append((Part(f"{room}  $ ", Tone.DIM), Part(command[0], Tone.HERE)))
    return [*lines, *((Part(f"{room}    "), Part(line, Tone.HERE)) for line in command[1:])]


def _hang(text: str, width: int, mark: str) -> Sequence[str]:
    first, *more = wrap(text, max(8, width - 2))
    return [f"{mark} {first}", *(f"  {line}" for line in more)]


class FindingList(RowList):
    """The findings as a list to walk through; the datum is set by the screen."""

    kind: ClassVar[str] = "finding"
    noun: ClassVar[str] = "findings"

    def draw_rows(self, datum: Diagnosis, width: int) -> list[tuple[str, Line]]:
        """Draw them."""
        return draw_findings(datum, width, self.glyphs)

    @property
    def chosen(self) -> Step | None:
        """Return the step of the entry under the cursor."""
        if not self.rows or self.datum is None:
            return None
        name = self.names[self.cursor]
        if name.startswith(ALTERNATIVE):
            return self.datum.alternatives[int(name.removeprefix(ALTERNATIVE))]  # type: ignore[no-any-return]
        return self.datum.findings[int(name)].next if name else None
