"""Says what happens in training: each event as a line on stdout and as JSON in metrics.jsonl."""

import dataclasses
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from checks.disk import explain
from checks.jsonl import append_line
from trainer.events import EpochEnded, LogEvent, Stepped, Text, format_event, round_value
from trainer.room import Output, Room

METRICS_FILE = "metrics.jsonl"
Result = TypeVar("Result")


class Recorder:
    """Writes events; a number is rounded here, once, and its full precision goes beside it into metrics.jsonl."""

    def __init__(
        self, output_dir: Path, stdout: Output, now: Callable[[], float] = time.time, room: Room | None = None
    ) -> None:
        """Write to `stdout` and to `output_dir`, which must exist; `now` gives Unix time in seconds.

        `room` waits where the disk is full; without it nothing waits.
        """
        self._path = output_dir / METRICS_FILE
        self._stdout = stdout
        self._now = now
        self._room = room
        self._complaints: set[str] = set()

    def record(self, event: LogEvent) -> None:
        """Write one event to both places at once; raises OSError when `stdout` cannot be written."""
        now_s = self._now()
        exact: Mapping[str, float] = {}
        if isinstance(event, (Stepped, EpochEnded)):
            exact = event.values
            event = dataclasses.replace(event, values={key: round_value(value) for key, value in exact.items()})
        if isinstance(event, Text):
            event = Text(" ".join(event.text.splitlines()))  # one event is one line, whatever a path or message holds
        else:
            event = dataclasses.replace(event, time=now_s)
        self._print(event, now_s)
        more = {"exact": exact} if exact else {}
        try:
            self.insist(METRICS_FILE, lambda: append_line(self._path, event, **more))
        except OSError as error:  # nothing that trains or watches needs this file
            self._complain(f"{METRICS_FILE} lacks what follows: {explain(error, self._path.parent)}")

    def insist(self, what: str, work: Callable[[], Result]) -> Result:
        """Do `work`, and again until there is room on the disk for it; raises OSError as Room.insist does."""
        if self._room is None:
            return work()
        return self._room.insist(
            work, lambda error: self._complain(f"{what} waits for room: {explain(error, self._path.parent)}")
        )

    def _print(self, event: LogEvent, now_s: float) -> None:
        self._stdout.write(format_event(event, now_s) + "\n")
        self._stdout.flush()

    def _complain(self, words: str) -> None:
        """Say it in the log alone, and once."""
        if words not in self._complaints:
            self._complaints.add(words)
            self._print(Text(words), self._now())

    def say(self, text: str) -> None:
        """Write a line for people."""
        self.record(Text(text))


class Silence(Recorder):
    """What the processes beside the first have: one of them writes for all."""

    def __init__(self) -> None:
        """Need no place to write to."""

    def record(self, event: LogEvent) -> None:
        """Write nothing."""
