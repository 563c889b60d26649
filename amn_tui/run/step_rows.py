"""Lines of steps in our dialect, many at once: the same as one by one, at a fifth of the price."""

import re
from collections.abc import Sequence
from datetime import datetime

from amn_tui.run.column import Place
from amn_tui.run.track import Track
from trainer.events import Stepped

HEAD = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) Epoch (\d{1,9})/(\d{1,9}) step (\d{1,12})/(\d{1,12})"
VALUE = r"=(nan|-?inf|-?\d{1,20}(?:\.\d{1,20})?(?:e[-+]?\d{1,3})?)"
HEAD_FIELDS = 5


class StepRows:
    """Collects lines that have the layout of one that was read before, and hands them to a track in one go."""

    def __init__(self) -> None:
        """Start without a layout."""
        self._names: tuple[str, ...] = ()
        self._layout: re.Pattern[str] | None = None
        self._rows: list[tuple[str, ...]] = []

    def learn(self, line: str, event: Stepped) -> None:
        """Take the layout of a line that was read as `event`; one that says more than numbers has none."""
        layout = re.compile(HEAD + "".join(f" {re.escape(name)}{VALUE}" for name in event.values), re.ASCII)
        if layout.fullmatch(line):
            self._names, self._layout = tuple(event.values), layout

    def collect(self, line: str) -> bool:
        """Take a line if it has the layout."""
        found = self._layout.fullmatch(line) if self._layout else None
        if found is not None:
            self._rows.append(found.groups())
        return found is not None

    def hand_on(self, track: Track) -> None:
        """Give a track what was collected."""
        if self._rows:
            rows, self._rows = self._rows, []
            heads, values = list(zip(*rows, strict=True))[:HEAD_FIELDS], list(zip(*rows, strict=True))[HEAD_FIELDS:]
            track.take_steps(
                int(rows[-1][2]), int(rows[-1][4]), place_rows(track, heads),
                {name: list(map(float, column)) for name, column in zip(self._names, values, strict=True)},
            )  # fmt: skip


def place_rows(track: Track, heads: Sequence[tuple[str, ...]]) -> list[Place]:
    """Return where rows lie, given as the columns stamp, epoch, epochs, step, steps."""
    stamps, epochs, _, steps, of = heads
    times = {stamp: track.time(_read_stamp(stamp)) for stamp in dict.fromkeys(stamps)}
    whole = [
        (int(epoch) - 1, int(step), int(all_steps)) for epoch, step, all_steps in zip(epochs, steps, of, strict=True)
    ]
    return [
        (epoch + step / (all_steps or 1), float(epoch * all_steps + step), times[stamp])
        for (epoch, step, all_steps), stamp in zip(whole, stamps, strict=True)
    ]


def _read_stamp(stamp: str) -> float | None:
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except ValueError:
        return None  # no such day
