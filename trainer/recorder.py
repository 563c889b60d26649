"""Says what happens in training: each event as a line on stdout and as JSON in metrics.jsonl."""

import dataclasses
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from checks.jsonl import append_line
from trainer.events import EpochEnded, LogEvent, Stepped, Text, format_event, round_value

METRICS_FILE = "metrics.jsonl"


class Recorder:
    """Writes events; a number is rounded here, once, and its full precision goes beside it into metrics.jsonl."""

    def __init__(self, output_dir: Path, stdout: TextIO, now: Callable[[], float] = time.time) -> None:
        """Write to `stdout` and to `output_dir`, which must exist; `now` gives Unix time in seconds."""
        self._path = output_dir / METRICS_FILE
        self._stdout = stdout
        self._now = now

    def record(self, event: LogEvent) -> None:
        """Write one event to both places at once; raises OSError when either cannot be written."""
        now_s = self._now()
        exact: Mapping[str, float] = {}
        if isinstance(event, (Stepped, EpochEnded)):
            exact = event.values
            event = dataclasses.replace(event, values={key: round_value(value) for key, value in exact.items()})
        if isinstance(event, Text):
            event = Text(" ".join(event.text.splitlines()))  # one event is one line, whatever a path or message holds
        else:
            event = dataclasses.replace(event, time=now_s)
        self._stdout.write(format_event(event, now_s) + "\n")
        self._stdout.flush()
        append_line(self._path, event, **({"exact": exact} if exact else {}))

    def say(self, text: str) -> None:
        """Write a line for people."""
        self.record(Text(text))


class Silence(Recorder):
    """What the processes beside the first have: one of them writes for all."""

    def __init__(self) -> None:
        """Need no place to write to."""

    def record(self, event: LogEvent) -> None:
        """Write nothing."""
