"""Going through the log for the lines that match, a piece at a time, in whoever's thread: what was found is kept."""

import re
import time
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate

from amn_tui.run.text import LINE_BYTES, decode_log_line
from amn_tui.ui.line_starts import LineStarts
from amn_tui.ui.log_file import LogFile
from amn_tui.ui.log_index import LogIndex, holds_bars
from amn_tui.ui.log_pattern import LinePattern, SlowPatternError
from amn_tui.ui.log_rows import LogRows

CHUNK_BYTES = 1 << 18
SLICE_S = 0.05  # after so long whoever goes through the log says how far it is, and may be told to stop
# A progress bar of tqdm: what it is about, then how far it is. Bars that are about the same follow each other.
_BAR = re.compile(r"^(.{0,200}?)\s*\d{1,3}%\|.{0,300}\| |^(.{0,200}?)\d+it \[\d+:\d\d")
# As long as none of these is in a piece of the log, what is shown of it is what stands there.
_REWRITTEN = (b"\x1b", b"\r", b"\t", b"\xc2")


def find_bar(text: str) -> str | None:
    """Return what a progress bar is about; None for a line that is none."""
    found = _BAR.match(text)
    return None if found is None else found[1] or found[2] or ""


def list_starts(raw: bytes) -> list[int]:
    """Return where in `raw`, which is whole lines, each of them begins."""
    lengths = [len(piece) + 1 for piece in raw.split(b"\n")]
    return list(accumulate(lengths[:-2], initial=0)) if len(lengths) > 1 else []


def find_lines(raw: bytes, patterns: Sequence[LinePattern]) -> list[int]:
    """Return where in `raw`, which is whole lines, those begin that match all patterns; raises SlowPatternError."""
    if not patterns:
        return list_starts(raw)
    first = next((pattern for pattern in patterns if pattern.needles), None)
    literal = not any(mark in raw for mark in _REWRITTEN)
    if first is None or not literal:
        candidates = list_starts(raw)
    else:
        candidates = _find_candidates(raw, first)
        if len(patterns) == 1 and first.sufficient:
            return candidates
    return [at for at in candidates if _holds(raw, at, patterns)]


def _find_candidates(raw: bytes, pattern: LinePattern) -> list[int]:
    """Return where lines begin that have one of the needles in what is shown of them."""
    searched = raw.lower() if pattern.ignores_case else raw
    found: set[int] = set()
    for needle in pattern.needles:
        at = searched.find(needle)
        while at >= 0:
            begin = searched.rfind(b"\n", 0, at) + 1
            if at + len(needle) - begin <= LINE_BYTES:
                found.add(begin)
            end = searched.find(b"\n", at)
            at = searched.find(needle, end) if end >= 0 else -1
    return sorted(found)


def _holds(raw: bytes, at: int, patterns: Iterable[LinePattern]) -> bool:
    text = decode_log_line(raw[at : raw.find(b"\n", at)].removesuffix(b"\r"))
    return all(pattern.holds(text) for pattern in patterns)


class LogScan:
    """The lines of one log that match all patterns, and of progress bars the last one only, where they are folded.

    `advance` is called by one thread at a time; `rows` is a value that any thread may take.
    """

    def __init__(self, log: LogFile, patterns: Sequence[LinePattern], *, fold: bool = False) -> None:
        """Prepare; nothing is read yet."""
        self.patterns, self.fold = tuple(patterns), fold
        self.rows = LogRows(LineStarts())
        self.index: LogIndex | None = None  # all of this one has been looked at
        self.at = 0  # as far as this
        self.problem = ""
        self._log = log
        self.generation = self._begin = -1
        self._bar: tuple[int, str, int] | None = None  # where the newest one begins, what it is about, how many

    def is_done(self, index: LogIndex) -> bool:
        """Tell whether there is nothing left to look at, or no use in it."""
        return self.index is index or bool(self.problem)

    def measure_progress(self, index: LogIndex) -> float:
        """Return which share of the log has been looked at, 0 to 1."""
        return 1.0 if self.is_done(index) else max(0.0, (self.at - self._begin) / max(1, index.end - self._begin))

    def advance(
        self, index: LogIndex, budget_s: float = SLICE_S, clock: Callable[[], float] = time.perf_counter
    ) -> bool:
        """Look further, for about so long; return whether all of the index has been looked at."""
        if not index.count:
            self.index, self.rows = index, LogRows(LineStarts())
            return True
        first = index.starts[0]
        if index.generation != self.generation or first < self._begin:
            self._begin_anew(index.generation, first)
        elif first > self._begin:
            self._let_go(first)
        until_s = clock() + budget_s
        try:
            while self._take_chunk(index):
                if clock() >= until_s:
                    self._say(())
                    return False
            self._take_half(index)
        except SlowPatternError as error:
            self.problem = f"given up: {error}"
            self._say(())
        self.index = index
        return True

    def _begin_anew(self, generation: int, first: int) -> None:
        self.generation, self._begin, self.at, self._bar, self.problem = generation, first, first, None, ""
        self._starts, self._folds, self._sizes = LineStarts(), LineStarts(), array("I")

    def _let_go(self, first: int) -> None:
        """Forget the lines that the index has let go of."""
        self._begin, self.at = first, max(self.at, first)
        kept = bisect_left(self._folds, first)
        self._starts = self._starts[bisect_left(self._starts, first) :]
        self._folds, self._sizes = self._folds[kept:], self._sizes[kept:]

    def _take_chunk(self, index: LogIndex) -> bool:
        """Take the next lines; return whether there may be more."""
        raw = self._log.read_bytes(index, self.at, min(index.end, self.at + CHUNK_BYTES))
        whole = raw.rfind(b"\n") + 1
        if whole:
            self._take(raw[:whole])
            self.at += whole
            return self.at < index.end
        number = index.find_line(self.at)
        if not raw or number + 1 >= index.count:
            return False
        text = self._log.read_line(index, number)  # longer than a chunk
        if all(pattern.holds(text) for pattern in self.patterns):
            self._keep((self.at,), {self.at: bar} if self.fold and (bar := find_bar(text)) is not None else {})
        self.at = index.starts[number + 1]
        return True

    def _take(self, raw: bytes) -> None:
        found = find_lines(raw, self.patterns)
        bars: dict[int, str] = {}
        if self.fold and holds_bars(raw):
            for at in found:
                text = decode_log_line(raw[at : raw.find(b"\n", at)].removesuffix(b"\r"))
                if (bar := find_bar(text)) is not None:
                    bars[self.at + at] = bar
        self._keep([self.at + at for at in found], bars)

    def _keep(self, found: Sequence[int], bars: dict[int, str]) -> None:
        """Keep what was found; of bars that follow each other the last."""
        if not bars and self._bar is None:
            self._starts.extend(found)
            return
        kept: list[int] = []
        for at in found:
            bar = bars.get(at)
            if self._bar is not None:
                last, about, size = self._bar
                if about == bar:
                    self._bar = (at, about, size + 1)
                    continue
                self._end_bar(kept, last, size)
            self._bar = None if bar is None else (at, bar, 1)
            if bar is None:
                kept.append(at)
        self._starts.extend(kept)

    def _end_bar(self, kept: list[int], last: int, size: int) -> None:
        kept.append(last)
        if size > 1:
            self._folds.append(last)
            self._sizes.append(size)

    def _take_half(self, index: LogIndex) -> None:
        """Look at a line that has no end yet; it is looked at again when it has grown."""
        number = index.count - 1
        half: tuple[int, ...] = ()
        if index.starts[number] == self.at < index.end:
            text = self._log.read_line(index, number)
            half = (self.at,) if all(pattern.holds(text) for pattern in self.patterns) else ()
        self._say(half)

    def _say(self, half: tuple[int, ...]) -> None:
        bar = (self._bar[0],) if self._bar else ()
        size = self._bar[2] if self._bar else 1
        self.rows = LogRows(self._starts, len(self._starts), (*bar, *half), self._folds, self._sizes, size)
