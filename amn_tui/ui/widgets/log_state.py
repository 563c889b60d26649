"""One line at the foot of the log: what is shown of it, what is searched for, how far that is."""

from textual.geometry import Size

from amn_tui.ui.line import Line, Part, Tone, crop, cut, measure
from amn_tui.ui.log_finding import LogFinding
from amn_tui.ui.log_index import LogIndex
from amn_tui.ui.log_scan import LogScan
from amn_tui.ui.quantity import format_count, format_share
from amn_tui.ui.widgets.pane import Pane

LONGEST_WORDS = 30


def say_progress(scan: LogScan, index: LogIndex) -> Line:
    """Say how far a scan is, or why it was given up; nothing once it is through."""
    if scan.problem:
        return (Part(f" {scan.problem}", Tone.WARN),)
    return () if scan.is_done(index) else (Part(f" {format_share(scan.measure_progress(index))} searched", Tone.DIM),)


def say_filter(finding: LogFinding, index: LogIndex) -> Line:
    """Say how many lines are shown, and of how many; nothing while all of them are."""
    wanted, scan = finding.wanted, finding.view
    if scan is None or not wanted.is_filtered:
        return ()
    words = " and ".join(cut(pattern.words, LONGEST_WORDS) for pattern in wanted.list_patterns())
    only = f": only {format_count(len(scan.rows))} of {format_count(index.count)} lines shown"
    return (Part("& ", Tone.HERE), Part(words, Tone.STRONG), Part(only), *say_progress(scan, index))


def say_search(finding: LogFinding, index: LogIndex, mark: int | None, sign: str = "/ ") -> Line:
    """Say what is searched for, and which of how many lines one is at."""
    search, scan = finding.wanted.search, finding.hits
    if search is None or scan is None:
        return ()
    found = len(scan.rows)
    at = scan.rows.find_row(mark) if mark is not None else found
    here = f"{format_count(at + 1)} of " if at < found and scan.rows[at] == mark else ""
    words = f" {here}{format_count(found)}" if found or not scan.is_done(index) else " no line matches"
    name = Part(cut(search.words, LONGEST_WORDS), Tone.STRONG)
    return (Part(sign, Tone.HERE), name, Part(words), *say_progress(scan, index))


class LogState(Pane):
    """Shows the line that it is told; gone while there is none."""

    def __init__(self, place: str) -> None:
        """Start with nothing; `place` is its class, by which monitor.tcss knows it."""
        super().__init__()
        self.add_class(place)

    def say(self, line: Line) -> None:
        """Show this."""
        if line != self.datum:
            wider = measure(line) != measure(self.datum or ())
            self.display = bool(line)
            self.datum = line
            self.refresh(layout=wider and self.styles.width is not None and self.styles.width.is_auto)

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002 (Textual's)
        """Return how wide the line is, for a place that is as wide as that."""
        return measure(self.datum or ())

    def draw(self, datum: Line, width: int, height: int) -> list[Line]:  # noqa: ARG002 (one line)
        """Draw it."""
        return [crop(datum, width)]
